import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from './folder.ts'

test('FOLDER-1 a folder is made with those above it, and making it again changes nothing', () => {
  const root = mkdtempSync(join(tmpdir(), 'folder-'))
  try {
    const deep = join(root, 'a', 'b', 'c')
    makeFolder(deep)
    makeFolder(deep)
    expect(existsSync(deep)).toBe(true)
  } finally {
    rmSync(root, { recursive: true })
  }
})

/** Rationale: below /proc Node's own recursion tries for ever, so that a run with such a folder never ended. */
test.skipIf(!existsSync('/proc'))('FOLDER-2 where no folder can be made, the error says so at once', () => {
  expect(() => makeFolder('/proc/a/b')).toThrow(/ENOENT|EACCES|EPERM/)
})
