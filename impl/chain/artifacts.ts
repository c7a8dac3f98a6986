import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/**
 * Compiled contracts, as they are committed: one file each, so that whoever plays needs no compiler. `npm run
 * contracts` builds them, `npm run contracts -- --check` compares.
 */
const COMMITTED = fileURLToPath(new URL('../../contracts/artifacts/', import.meta.url))

/** Another folder can stand in the place of the committed one, as it does where faulty contracts are tried. */
export const artifactFolder = (): string => process.env['OPML_ARTIFACTS'] ?? COMMITTED

/** JSON ABI, as ethers' `Interface` takes it. */
export const abiSchema = z.array(z.record(z.string(), z.unknown()))

const artifactSchema = z.object({
  name: z.string(),
  /** Path of its source below `contracts/`. */
  source: z.string(),
  /** Size of the code that stands on the chain; EIP-170 allows 24,576 bytes. */
  deployedBytes: z.number(),
  /** Libraries that it is linked to, each with the offsets in the creation code where its address goes. */
  links: z.record(z.string(), z.array(z.number()).readonly()),
  abi: abiSchema,
  /** Creation code, with the prefix 0x; zeros where a library's address goes. */
  bytecode: z.string(),
})

export type Artifact = Readonly<z.infer<typeof artifactSchema>>

export const artifactFile = (name: string): string => `${name}.json`

const loaded = new Map<string, Artifact>()

const read = (name: string): Artifact => {
  const path = join(artifactFolder(), artifactFile(name))
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    const there = readdirSync(artifactFolder()).filter((file) => file.endsWith('.json'))
    throw new Error(
      `no contract ${name}; there are: ${there.map((file) => file.slice(0, -'.json'.length)).join(', ')}`,
    )
  }
  return artifactSchema.parse(JSON.parse(text))
}

/** One contract's artifact. Error: there is none of that name, with those that there are. */
export const artifact = (name: string): Artifact => {
  let found = loaded.get(name)
  if (found === undefined) {
    found = read(name)
    loaded.set(name, found)
  }
  return found
}
