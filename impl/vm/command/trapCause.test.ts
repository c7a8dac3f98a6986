import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY } from '../../../spec/commitments/memory.ts'
import type { Instruction } from '../../../spec/machine/decode.ts'
import { encode } from '../../../spec/machine/encode.ts'
import { run, step } from '../../../spec/machine/execute.ts'
import { CODE_BASE, machine } from '../../../spec/machine/machine.arbitrary.ts'
import { initialState, TRAPPED } from '../../../spec/machine/state.ts'
import { trapCause } from './trapCause.ts'

/** The cause of the trap of a machine with this one instruction at `pc`, x1 being 1. */
const causeOf = (instruction: Instruction, pc = CODE_BASE): string => {
  const code = { base: CODE_BASE, height: 0, words: [encode(instruction)] }
  const started = initialState(pc, EMPTY_MEMORY)
  const trapped = step(code, { ...started, registers: started.registers.with(1, 1) })
  expect(trapped.status).toBe(TRAPPED)
  return trapCause(code, trapped)
}

describe('trap cause', () => {
  test.each<[string, Instruction, number]>([
    ['instruction access fault', { kind: 'fence' }, CODE_BASE + 32],
    ['instruction access fault', { kind: 'fence' }, CODE_BASE - 4],
    ['instruction address misaligned', { kind: 'fence' }, CODE_BASE + 2],
    ['instruction address misaligned', { kind: 'jal', rd: 1, immediate: 6 }, CODE_BASE],
    ['instruction address misaligned', { kind: 'jalr', rd: 1, rs1: 0, immediate: 2 }, CODE_BASE],
    [
      'instruction address misaligned',
      { kind: 'branch', operation: 'beq', rs1: 0, rs2: 0, immediate: 2 },
      CODE_BASE,
    ],
    ['illegal instruction', { kind: 'illegal' }, CODE_BASE],
    ['illegal instruction', { kind: 'fence' }, CODE_BASE + 4],
    ['breakpoint', { kind: 'ebreak' }, CODE_BASE],
    ['environment call', { kind: 'ecall' }, CODE_BASE],
    ['load address misaligned', { kind: 'load', operation: 'lhu', rd: 2, rs1: 1, immediate: 0 }, CODE_BASE],
    ['store address misaligned', { kind: 'store', operation: 'sw', rs1: 1, rs2: 2, immediate: 1 }, CODE_BASE],
  ])('VMCLI-1 %s', (cause, instruction, pc) => {
    expect(causeOf(instruction, pc)).toBe(cause)
  })

  // Rationale: the cause is derived a second time, apart from the machine, so the two must know the same traps.
  test('VMCLI-2 every trap of random machines has a cause', () => {
    const causes = new Set<string>()
    fc.assert(
      fc.property(machine, ({ code, state }) => {
        const end = run(code, state, 50)
        if (end.status === TRAPPED) causes.add(trapCause(code, end))
      }),
      { numRuns: 500 },
    )
    expect(causes.size).toBe(7)
  })

  test('VMCLI-3 a machine that did not trap has none', () => {
    const code = { base: CODE_BASE, height: 0, words: [encode({ kind: 'fence' })] }
    expect(() => trapCause(code, initialState(CODE_BASE, EMPTY_MEMORY))).toThrow(/does not trap/)
  })
})
