import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GOLDEN_FILES } from './files.ts'

const MAX_BYTES = 5_000_000

const golden = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

describe('golden vectors', () => {
  // Rationale: other implementations are held against the files alone. A change of the specification that changes a
  // vector must show in them, and one that is meant to change none must not.
  test.each(GOLDEN_FILES)(
    'VECTORS-1 $name is what the specification gives, byte for byte',
    ({ name, text }) => {
      // Not `toBe`: a diff of megabytes helps nobody, the first line that differs does.
      const [expected, found] = [text().split('\n'), golden(name).split('\n')]
      const line = expected.findIndex((content, i) => content !== found[i])
      expect({ line, found: found[line]?.slice(0, 300) }).toEqual({ line: -1, found: undefined })
      expect(found).toHaveLength(expected.length)
    },
  )

  test('VECTORS-2 no file is left over, and all are valid JSON of at most 5 MB together', () => {
    const files = readdirSync(import.meta.dirname).filter(
      (name) => name.endsWith('.json') && name !== 'biome.json',
    )
    expect(files.sort()).toEqual(GOLDEN_FILES.map(({ name }) => name).sort())
    for (const name of files) expect(JSON.parse(golden(name))).toHaveProperty('about')
    expect(files.reduce((sum, name) => sum + golden(name).length, 0)).toBeLessThan(MAX_BYTES)
  })
})
