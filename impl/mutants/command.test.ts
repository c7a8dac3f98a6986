import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, 'mutateMain.ts')
const mutate = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('npm run mutate', () => {
  /** Rationale: a typing error that tries nothing must not look like a run in which nothing survived. */
  test.each([
    [['nothing'], 'spec, contracts, vm'],
    [['contracts', '--sample', '0'], 'at least 1'],
    [['contracts', '--sample', 'some'], 'a whole number'],
    [['vm', '--record'], 'nothing is recorded'],
    [['spec', '--record', '--only', 'x'], 'the whole'],
  ])('MUTANTS-18 %j is bad input', (args, said) => {
    const { status, stdout, stderr } = mutate(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(said)
  })
})
