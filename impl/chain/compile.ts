import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/**
 * Compiles `contracts/**` with the npm compiler, all sources together, and keeps the result in `contracts/out` under
 * the hash of sources, settings and compiler: a second run reads it back.
 */
const CONTRACTS = fileURLToPath(new URL('../../contracts/', import.meta.url))
const OUT = join(CONTRACTS, 'out')

const SETTINGS = {
  evmVersion: 'prague',
  viaIR: true,
  optimizer: { enabled: true, runs: 1000 },
  // Names and hashes of sources in the bytecode would change it when a comment changes.
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
} as const

const artifactSchema = z.object({
  name: z.string(),
  /** Path of its source below `contracts/`. */
  source: z.string(),
  /** JSON ABI, as ethers' `Interface` takes it. */
  abi: z.array(z.record(z.string(), z.unknown())),
  /** Creation code, with the prefix 0x; `0x` alone for an interface. */
  bytecode: z.string(),
  /** Size of the code that stands on the chain; EIP-170 allows 24,576 bytes. */
  deployedBytes: z.number(),
})
const artifactsSchema = z.record(z.string(), artifactSchema)

export type Artifact = Readonly<z.infer<typeof artifactSchema>>
export type Artifacts = Readonly<Record<string, Artifact>>

const outputSchema = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).optional(),
  contracts: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          abi: artifactSchema.shape.abi,
          evm: z.object({
            bytecode: z.object({ object: z.string() }),
            deployedBytecode: z.object({ object: z.string() }),
          }),
        }),
      ),
    )
    .optional(),
})

/** Sources by their path, as import statements resolve them. */
export type Sources = Readonly<Record<string, string>>

const readSources = (): Sources =>
  Object.fromEntries(
    globSync('**/*.sol', { cwd: CONTRACTS })
      .sort()
      .map((path) => [path, readFileSync(join(CONTRACTS, path), 'utf8')]),
  )

const requireFromHere = createRequire(import.meta.url)

/**
 * Compiles `sources`. Errors: one `Error` with the compiler's own messages, or one that names two contracts of the
 * same name, since artifacts are asked for by name.
 */
export const compile = (sources: Sources): Artifacts => {
  // Loaded only here: the compiler takes longer to load than a cached artifact takes to read.
  const solc = requireFromHere('solc') as { readonly compile: (input: string) => string }
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: SETTINGS,
  }
  const output = outputSchema.parse(JSON.parse(solc.compile(JSON.stringify(input))))
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    throw new Error(
      `contracts do not compile:\n${errors.map(({ formattedMessage }) => formattedMessage).join('\n')}`,
    )
  }
  const artifacts: Record<string, Artifact> = {}
  for (const [source, contracts] of Object.entries(output.contracts ?? {})) {
    for (const [name, { abi, evm }] of Object.entries(contracts)) {
      const other = artifacts[name]
      if (other) throw new Error(`two contracts are called ${name}: in ${other.source} and in ${source}`)
      const deployedBytes = evm.deployedBytecode.object.length / 2
      artifacts[name] = { name, source, abi, bytecode: `0x${evm.bytecode.object}`, deployedBytes }
    }
  }
  return artifacts
}

const readCached = (path: string): Artifacts | undefined => {
  try {
    return artifactsSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    // Absent, or left by another version of this module: compiled anew.
    return undefined
  }
}

const writeCached = (hash: string, path: string, artifacts: Artifacts): void => {
  mkdirSync(OUT, { recursive: true })
  // Results of these very sources stay: a process beside this one may be about to rename its own into place.
  const stale = readdirSync(OUT).filter((name) => !name.startsWith(hash))
  for (const old of stale) rmSync(join(OUT, old), { force: true })
  // Renamed into place, so that a process beside this one never reads half a file.
  const partial = `${path}.${process.pid}`
  writeFileSync(partial, JSON.stringify(artifacts))
  renameSync(partial, path)
}

/** All artifacts of `contracts/**`, by contract name. */
export const compileContracts = (): Artifacts => {
  const sources = readSources()
  const { version } = requireFromHere('solc/package.json') as { readonly version: string }
  const hash = createHash('sha256').update(JSON.stringify({ version, SETTINGS, sources })).digest('hex')
  const path = join(OUT, `${hash}.json`)
  const cached = readCached(path)
  if (cached) return cached
  // Standard output may be somebody's JSON.
  console.error('compiling the contracts: some 20 seconds, once')
  const artifacts = compile(sources)
  writeCached(hash, path, artifacts)
  return artifacts
}

let compiled: Artifacts | undefined

/** One contract's artifact. Errors: as `compile`, and one that lists the contracts there are. */
export const artifact = (name: string): Artifact => {
  compiled ??= compileContracts()
  const found = compiled[name]
  if (!found) throw new Error(`no contract ${name}; there are: ${Object.keys(compiled).sort().join(', ')}`)
  return found
}
