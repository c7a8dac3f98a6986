import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

const ROOT = dirname(dirname(import.meta.dirname))

const git = (...args: readonly string[]): string | undefined => {
  const { status, stdout } = spawnSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

let known: string | null | undefined

/** The commit that is checked out; of this project, and not of a repository that it happens to lie in. */
export const commitOf = (): string | null => {
  if (known === undefined)
    known =
      git('rev-parse', '--show-prefix') === ''
        ? (git('describe', '--always', '--dirty', '--abbrev=12', '--exclude=*') ?? null)
        : null
  return known
}
