import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseElf } from '../vm/elf.ts'
import { GUESTS } from './guests.ts'
import { linesFromObjdump, lineTableText, parseLineTable, placeAt } from './lineTable.ts'
import { sourceLineAt } from './sourceLines.ts'

describe('source lines', () => {
  // Rationale: a line that is not there, or of another function, sends a reader to code that did not run.
  test('LINES-1 every instruction of a guest has a line that is there, the compiler’s own routines aside', () => {
    for (const { file, sources } of GUESTS) {
      const { program, code } = parseElf(readFileSync(file))
      const lines = code.words.map((_, i) => sourceLineAt(program, code.base + 4 * i))
      const known = lines.filter((line) => line !== undefined)
      expect(known.length).toBeGreaterThan(code.words.length / 2)
      for (const { text } of known) expect(text).not.toBe('')
      const files = new Set(known.map((line) => line.file))
      expect(files).toContain('start.S')
      // A kernel may be a header's, taken in.
      const own = sources.filter((source) => files.has(source))
      expect(own.length).toBeGreaterThan(sources.length / 2)
    }
    const [guest] = GUESTS
    const { program } = parseElf(readFileSync(guest!.file))
    expect(sourceLineAt(program, program.entry)?.file).toBe('start.S')
    expect(sourceLineAt(program, 0)).toBeUndefined()
    expect(sourceLineAt({ ...program, codeRoot: program.imageRoot }, program.entry)).toBeUndefined()
  })

  test('LINES-2 a table reads back, the last line at an address counts, and behind a sequence there is none', () => {
    const rows = linesFromObjdump(
      [
        'a.c:',
        'File name      Line number    Starting address    View    Stmt',
        'a.c                     3              0x1000               x',
        'a.c                     4              0x1000       1       x',
        'a.c                     7              0x1008       2',
        'a.c                     -              0x1010',
        'b.c                     1              0x1010               x',
        'b.c                     -              0x1014',
      ].join('\n'),
    )
    expect(parseLineTable(lineTableText(rows))).toEqual(rows)
    const lines = [0xffc, 0x1000, 0x1004, 0x1008, 0x100c, 0x1010, 0x1014, 0x2000].map(
      (at) => placeAt(rows, at)?.line,
    )
    expect(lines).toEqual([undefined, 4, 4, 7, 7, 1, undefined, undefined])
  })
})
