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

/** Exit codes of a build: it differs from what is committed or there is no compiler, bad input, nothing was checked. */
export const BUILD_EXIT = { same: 0, failed: 1, badInput: 2, unchecked: 3 } as const

export interface BuildOptions {
  readonly check?: true
  readonly strict?: true
}

/** A command that builds what is committed, and the options that each of them has. */
export const buildOptions = (name: string, description: string, args?: readonly string[]): BuildOptions => {
  const command = new Command(name)
    .description(description)
    .option('--check', 'compare with what is committed instead of writing it')
    .option('--strict', 'with --check: fail where nothing can be checked, for want of a compiler')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, or the same; 1 not the same, or no compiler; 2 bad input; 3 nothing was checked, with --strict.',
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? BUILD_EXIT.same : BUILD_EXIT.badInput))
  return (args === undefined ? command.parse() : command.parse(args, { from: 'user' })).opts<BuildOptions>()
}

/** Says that there is no compiler. @returns the exit code */
export const withoutCompiler = (
  name: string,
  compiler: string,
  packages: readonly string[],
  { check, strict }: BuildOptions,
): number => {
  console.error(`${compiler} is not installed (Debian: ${packages.join(', ')})`)
  if (!check) return BUILD_EXIT.failed
  console.log(`${name} check skipped, nothing was checked: no compiler`)
  return strict ? BUILD_EXIT.unchecked : BUILD_EXIT.same
}

/** The command that builds it anew, or with `--check` compares. @returns the exit code */
export const buildCommand = (committed: CommittedBuild, args: readonly string[]): number => {
  const { name, description, file, compiler, packages, builtWith } = committed
  const options = buildOptions(name, description, args)
  const release = committed.release()
  if (release === undefined) return withoutCompiler(name, compiler, packages, options)
  const built = committed.build()
  if (!options.check) {
    writeFileSync(file, built)
    console.log(`${basename(file)}: ${built.length} bytes, built with ${compiler} ${release}`)
    return BUILD_EXIT.same
  }
  if (Buffer.compare(built, readFileSync(file)) === 0) {
    console.log(`${name} check passed: the committed ${basename(file)} comes out bit for bit the same`)
    return BUILD_EXIT.same
  }
  console.error(
    `${basename(file)} is not what its sources give with ${compiler} ${release} (it was built with ${builtWith})`,
  )
  return BUILD_EXIT.failed
}
