import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_MEMORY } from '../../../spec/commitments/memory.ts'
import type { Instruction } from '../../../spec/machine/decode.ts'
import { encode } from '../../../spec/machine/encode.ts'
import { step } from '../../../spec/machine/execute.ts'
import { arithmetic, CODE_BASE, word } from '../../../spec/machine/machine.arbitrary.ts'
import { initialState, isStable, type MachineState } from '../../../spec/machine/state.ts'
import { packedAt, predecode } from '../predecode.ts'
import { Alignment } from './alignment.ts'
import { has, NO_REGISTERS } from './registers.ts'

const register = fc.integer({ min: 0, max: 6 })
const immediate = fc.integer({ min: -6, max: 6 })

const access: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({
    kind: fc.constant('load' as const),
    operation: fc.constantFrom('lb', 'lh', 'lw', 'lbu', 'lhu'),
    rd: register,
    rs1: register,
    immediate,
  }),
  fc.record({
    kind: fc.constant('store' as const),
    operation: fc.constantFrom('sb', 'sh', 'sw'),
    rs1: register,
    rs2: register,
    immediate,
  }),
)

/** Among few registers, so that results are used. */
const few = fc
  .tuple(arithmetic, register, register, register, immediate)
  .map(([given, rd, rs1, rs2, small]): Instruction => {
    if (given.kind === 'register') return { ...given, rd, rs1, rs2 }
    if (given.kind === 'immediate')
      return { ...given, rd, rs1, immediate: given.operation.startsWith('s') ? given.immediate : small }
    return 'rd' in given ? { ...given, rd } : given
  })

/** Some bits of a register, taken and scaled by two shifts. */
const scaled = fc
  .record({ rd: register, rs1: register, left: fc.nat(31), right: fc.nat(31) })
  .map(({ rd, rs1, left, right }): readonly Instruction[] => [
    { kind: 'immediate', operation: 'sll', rd, rs1, immediate: left },
    { kind: 'immediate', operation: 'srl', rd, rs1: rd, immediate: right },
  ])

const instructions = fc
  .array(fc.oneof(few, access, scaled), { minLength: 1, maxLength: 12, size: 'max' })
  .map((parts) => parts.flat())
const bits = fc.integer({ min: 0, max: 63 })
const values = fc.array(fc.oneof(bits, word), { minLength: 31, maxLength: 31 })

// Rationale: what is wrongly held for aligned is not checked, and a load that must trap goes through.
test('VM-62 a register that is held to be aligned is, after any instructions that did not trap', () => {
  let [known, unchecked] = [0, 0]
  fc.assert(
    fc.property(instructions, values, (body, registers) => {
      const code = { base: CODE_BASE, height: 2, words: body.map(encode) }
      let state: MachineState = {
        ...initialState(CODE_BASE, EMPTY_MEMORY),
        registers: [0, ...registers],
      }
      const decoded = predecode(code)
      const alignment = new Alignment()
      for (const [i, instruction] of body.entries()) {
        const [packed, operand] = [packedAt(decoded, i), decoded.operands[i]!]
        const isAccess = instruction.kind === 'load' || instruction.kind === 'store'
        const isChecked = isAccess && alignment.uncheckedBits(packed, operand) !== 0
        state = step(code, state)
        if (isAccess && !isChecked) unchecked++
        if (isStable(state)) {
          expect(isChecked).toBe(true)
          return
        }
        alignment.step(packed, operand)
        for (const [r, value] of state.registers.entries()) {
          if (has(alignment.to2, r)) expect(value % 2).toBe(0)
          if (has(alignment.to4, r)) expect(value % 4).toBe(0)
          if (has(alignment.to4, r)) known++
        }
      }
    }),
    { numRuns: 5000 },
  )
  expect(known).toBeGreaterThan(1000)
  expect(unchecked).toBeGreaterThan(1000)
})

// Rationale: the block that was looked at before need not be the one that runs before.
test('VM-62 what was shifted is forgotten at the start of another block', () => {
  const shift = (operation: 'sll' | 'srl'): Instruction => ({
    kind: 'immediate',
    operation,
    rd: 5,
    rs1: 5,
    immediate: operation === 'sll' ? 20 : 18,
  })
  const decoded = predecode({ base: CODE_BASE, height: 0, words: [shift('sll'), shift('srl')].map(encode) })
  const after = (isOneBlock: boolean): boolean => {
    const alignment = new Alignment()
    alignment.step(packedAt(decoded, 0), decoded.operands[0]!)
    if (!isOneBlock) alignment.set(NO_REGISTERS, NO_REGISTERS)
    alignment.step(packedAt(decoded, 1), decoded.operands[1]!)
    return has(alignment.to4, 5)
  }
  expect([after(true), after(false)]).toEqual([true, false])
})
