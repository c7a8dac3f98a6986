import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'

/** A program that is committed together with its sources, so that whoever has no compiler can run it. */
export interface CommittedBuild {
  /** What a message calls it, one word. */
  readonly name: string
  readonly description: string
  /** Where the built program is committed. */
  readonly file: string
  readonly compiler: string
  /** Debian's packages of the compiler. */
  readonly packages: readonly string[]
  /** The release that built the committed file; another one may well choose other instructions. */
  readonly builtWith: string
  /** The installed compiler's release; undefined where it is not installed. */
  readonly release: () => string | undefined
  /** @returns the built file's bytes @throws Error with the compiler's messages */
  readonly build: () => Uint8Array
}

/** The command that builds it anew, or with `--check` compares. @returns the exit code */
export const buildCommand = (committed: CommittedBuild, args: readonly string[]): number => {
  const { name, description, file, compiler, packages, builtWith } = committed
  const { check } = new Command(`build-${name}`)
    .description(description)
    .option('--check', `compare with the committed ${name} instead of writing it`)
    .parse(args, { from: 'user' })
    .opts<{ check?: true }>()

  const release = committed.release()
  if (release === undefined) {
    console.error(`${compiler} is not installed (Debian: ${packages.join(', ')})`)
    if (check) console.log(`${name} check skipped: no compiler`)
    return check ? 0 : 1
  }
  const built = committed.build()
  if (!check) {
    writeFileSync(file, built)
    console.log(`${basename(file)}: ${built.length} bytes, built with ${compiler} ${release}`)
    return 0
  }
  if (Buffer.compare(built, readFileSync(file)) === 0) {
    console.log(`${name} check passed: the committed ${basename(file)} comes out bit for bit the same`)
    return 0
  }
  console.error(
    `${basename(file)} is not what its sources give with ${compiler} ${release} (it was built with ${builtWith})`,
  )
  return 1
}
