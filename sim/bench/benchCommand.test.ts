import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// Rationale: a bench takes minutes, and one that left out what was asked for would be believed.
test.each([
  ['--threads is an option of infer, not of vm', ['vm', '--threads', '2']],
  ['--write is an option of gas and compute, not of infer', ['infer', '--write']],
  ['unknown model "none"; known: smollm2, llama-1.1b', ['infer', '--models', 'none']],
])('BENCH-1 what a bench does not know ends with 2 and says what it does: %s', (reason, args) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'benchMain.ts'), ...args],
    { encoding: 'utf8' },
  )
  expect(stderr).toContain(reason)
  expect(stderr).not.toContain('    at ')
  expect([status, stdout]).toEqual([2, ''])
})
