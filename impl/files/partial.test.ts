import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { partialOf } from './partial.ts'

// Rationale: a conversion that is killed leaves gigabytes, which nobody looks for; one that runs must be left alone.
test('PARTIAL-1 what killed processes left of a file goes when it is written again, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'partial-'))
  try {
    const { pid: dead } = spawnSync(process.execPath, ['--version'])
    const others = [
      'model.opml',
      `model.opml.partial-${process.ppid}`,
      `other.opml.partial-${dead}`,
      `model.opml.partial-${dead}.kept`,
      'model.opml.partial-',
    ]
    for (const name of [...others, `model.opml.partial-${dead}`]) writeFileSync(join(folder, name), 'x')
    expect(partialOf(join(folder, 'model.opml'))).toBe(join(folder, `model.opml.partial-${process.pid}`))
    expect(readdirSync(folder).sort()).toEqual([...others].sort())
    expect(partialOf(join(folder, 'missing', 'a.opml'))).toBe(
      join(folder, 'missing', `a.opml.partial-${process.pid}`),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
