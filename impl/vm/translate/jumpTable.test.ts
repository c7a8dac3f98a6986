import { describe, expect, test } from 'vitest'
import type { Instruction } from '../../../spec/machine/decode.ts'
import { encode } from '../../../spec/machine/encode.ts'
import { codeHeightFor } from '../../../spec/machine/program.ts'
import { type PredecodedCode, predecode } from '../predecode.ts'
import { jumpTableTargets } from './jumpTable.ts'

const BASE = 0x2_0000
const REACH = 4096

const [VALUE, LIMIT, OFFSET, TABLE] = [10, 11, 12, 13]
const addi = (rd: number, rs1: number, immediate: number): Instruction => ({
  kind: 'immediate',
  operation: 'add',
  rd,
  rs1,
  immediate,
})

/** What a compiler writes for a switch over VALUE, with its table behind the code at the given word. */
const dispatch = (check: readonly Instruction[], tableAt: number): readonly Instruction[] => [
  { kind: 'auipc', rd: TABLE, immediate: 0 },
  addi(TABLE, TABLE, 4 * tableAt),
  ...check,
  { kind: 'immediate', operation: 'sll', rd: OFFSET, rs1: VALUE, immediate: 2 },
  { kind: 'register', operation: 'add', rd: OFFSET, rs1: OFFSET, rs2: TABLE },
  { kind: 'load', operation: 'lw', rd: OFFSET, rs1: OFFSET, immediate: 0 },
  { kind: 'jalr', rd: 0, rs1: OFFSET, immediate: 0 },
]

const codeOf = (instructions: readonly Instruction[], table: readonly number[]): PredecodedCode => {
  const words = [...instructions.map(encode), ...table.map((target) => BASE + 4 * target)]
  return predecode({ base: BASE, height: codeHeightFor(words.length), words })
}

const limit = (value: number): Instruction => addi(LIMIT, 0, value)
const branch = (operation: 'bltu' | 'bgeu', rs1: number, rs2: number): Instruction => ({
  kind: 'branch',
  operation,
  rs1,
  rs2,
  immediate: -8,
})

describe('jump table', () => {
  // The table holds five targets, the last two of which belong to what follows it.
  const TARGETS = [8, 3, 8, 1, 2]

  // Rationale: a case that is only known once it was taken is a way out of translated code until all is translated again.
  test.each([
    ['bltu limit, value', [limit(2), branch('bltu', LIMIT, VALUE)], 3],
    ['bgeu value, limit', [limit(3), branch('bgeu', VALUE, LIMIT)], 3],
    ['a limit that is not constant', [branch('bltu', 5, VALUE)], 5],
    ['no comparison', [], 5],
  ] as const)('VM-68 the cases of a switch are read from its table: %s', (_, check, count) => {
    const start = 6 + check.length
    const code = codeOf(dispatch(check, start), TARGETS)
    expect(jumpTableTargets(code, start - 1, REACH)).toEqual(TARGETS.slice(0, count))
  })

  test('VM-68 targets end where a word is no address inside the code, or is too far away', () => {
    const start = 6
    const code = codeOf(dispatch([], start), [1, 2, 5000, 3])
    expect(jumpTableTargets(code, start - 1, REACH)).toEqual([1, 2])
    expect(jumpTableTargets(codeOf(dispatch([], start), [1, 2, 0, 5]), start - 1, 5)).toEqual([1, 2])
  })

  test.each([
    ['a register that nothing sets', [{ kind: 'jalr', rd: 0, rs1: OFFSET, immediate: 0 }]],
    [
      'an address that is not loaded',
      [addi(OFFSET, TABLE, 0), { kind: 'jalr', rd: 0, rs1: OFFSET, immediate: 0 }],
    ],
    ['a table that is not constant', dispatch([], 6).slice(2)],
    ['a table outside the code', dispatch([], 400)],
  ] as const)('VM-68 nothing is read for %s', (_, instructions) => {
    const code = codeOf(instructions, TARGETS)
    expect(jumpTableTargets(code, instructions.length - 1, REACH)).toEqual([])
  })
})
