import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** All that a run's result follows from beside its job: programs, tables, models, and the libraries' versions. */
const FILES = ['{spec,sim,impl,contracts}/**/*.{ts,json,sol,wasm,elf,opml}', 'package-lock.json'] as const
const TESTS = /\.(test|fixture|arbitrary)\.ts$/

/**
 * What tells one state of the code from every other: two processes that have the same give the same results.
 *
 * @param root of the project
 * @returns a SHA-256, as hex digits
 */
export const codeDigest = (root: string): string => {
  const hash = createHash('sha256')
  const files = FILES.flatMap((pattern) => globSync(pattern, { cwd: root }))
  for (const file of files.filter((name) => !TESTS.test(name)).sort()) {
    const bytes = readFileSync(join(root, file))
    hash.update(`${file}\n${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}
