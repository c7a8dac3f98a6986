import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Artifact, abiSchema } from './artifacts.ts'

/** Compiles `contracts/**` with the npm compiler. What comes out is committed: see `artifacts.ts`. */
const CONTRACTS = fileURLToPath(new URL('../../contracts/', import.meta.url))

/** What is deployed, or linked, by its name; all else is part of these. */
export const DEPLOYED: Readonly<Record<string, string>> = {
  Opml: 'Opml.sol',
  Market: 'Market.sol',
  Seals: 'Seals.sol',
  Attention: 'Attention.sol',
  Registry: 'Registry.sol',
  Asker: 'examples/Asker.sol',
  AlphabetTower: 'test/AlphabetTower.sol',
  SymbolTower: 'test/SymbolTower.sol',
  MerkleHarness: 'test/MerkleHarness.sol',
  ReadingHarness: 'test/ReadingHarness.sol',
  Recipient: 'test/Recipient.sol',
  StepBatch: 'test/StepBatch.sol',
}

/** The compiler's settings, but for what it is to put out. */
export type CompilerSettings = Readonly<Record<string, unknown>>

const SETTINGS = {
  evmVersion: 'prague',
  viaIR: true,
  optimizer: { enabled: true, runs: 1000 },
  // Names and hashes of sources in the bytecode would change it when a comment changes.
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
} as const

const OUTPUTS = [
  'abi',
  'evm.bytecode.object',
  'evm.bytecode.linkReferences',
  'evm.deployedBytecode.object',
] as const

const linksSchema = z.record(
  z.string(),
  z.record(z.string(), z.array(z.object({ start: z.number(), length: z.number() }))),
)

/** Where there is an error, what there is of the contracts may have no code. */
const errorsSchema = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).optional(),
})

const outputSchema = z.object({
  contracts: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          abi: abiSchema,
          evm: z.object({
            bytecode: z.object({ object: z.string(), linkReferences: linksSchema }),
            deployedBytecode: z.object({ object: z.string() }),
          }),
        }),
      ),
    )
    .optional(),
})

/** Sources by their path, as import statements resolve them. */
export type Sources = Readonly<Record<string, string>>

export const contractSources = (): Sources =>
  Object.fromEntries(
    globSync('**/*.sol', { cwd: CONTRACTS })
      .sort()
      .map((path) => [path, readFileSync(join(CONTRACTS, path), 'utf8')]),
  )

/** Digest of all that decides what the compiler gives. */
export const inputHash = (sources: Sources): string =>
  createHash('sha256')
    .update(JSON.stringify({ version: compilerVersion(), SETTINGS, DEPLOYED, sources }))
    .digest('hex')

const requireFromHere = createRequire(import.meta.url)

const compilerVersion = (): string =>
  (requireFromHere('solc/package.json') as { readonly version: string }).version

/** Where the library's address goes: offsets into the creation code, in bytes. */
const linksOf = (references: z.infer<typeof linksSchema>): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(
    Object.values(references).flatMap((libraries) =>
      Object.entries(libraries).map(([name, places]) => [name, places.map(({ start }) => start)]),
    ),
  )

/** The compiler leaves a name where an address goes; zeros stand there until it is linked. */
const unlinked = (code: string): string => code.replaceAll(/__\$[0-9a-f]{34}\$__/g, '0'.repeat(40))

/**
 * Compiles `deployed`, contracts by name with the path of each one's source, from `sources`.
 *
 * Error: one with the compiler's own messages.
 */
export const compile = (
  sources: Sources,
  deployed: Readonly<Record<string, string>>,
  settings: CompilerSettings = SETTINGS,
): readonly Artifact[] => {
  // Loaded only here: the compiler takes long to load.
  const solc = requireFromHere('solc') as { readonly compile: (input: string) => string }
  const selection: Record<string, Record<string, readonly string[]>> = {}
  for (const [name, source] of Object.entries(deployed)) {
    selection[source] = { ...selection[source], [name]: OUTPUTS }
  }
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: { ...settings, outputSelection: selection },
  }
  const printed: unknown = JSON.parse(solc.compile(JSON.stringify(input)))
  const errors = (errorsSchema.parse(printed).errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    throw new Error(
      `contracts do not compile:\n${errors.map(({ formattedMessage }) => formattedMessage).join('\n')}`,
    )
  }
  const output = outputSchema.parse(printed)
  return Object.entries(deployed).map(([name, source]) => {
    const compiled = output.contracts?.[source]?.[name]
    if (compiled === undefined) throw new Error(`no contract ${name} in ${source}`)
    const { abi, evm } = compiled
    return {
      name,
      source,
      deployedBytes: evm.deployedBytecode.object.length / 2,
      links: linksOf(evm.bytecode.linkReferences),
      abi,
      bytecode: `0x${unlinked(evm.bytecode.object)}`,
    }
  })
}
