import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../checks/properties/refusal.ts'
import { concat, fromBigEndian } from '../commitments/bytes.ts'
import { keccak, type StateRoot } from '../commitments/hash.ts'
import { EMPTY_MEMORY, MEMORY_HEIGHT, memoryRoot, writeBytes } from '../commitments/memory.ts'
import { encode } from './encode.ts'
import { step } from './execute.ts'
import { CODE_BASE, DATA_BASE, machine } from './machine.arbitrary.ts'
import { type Code, codeTree, type Program } from './program.ts'
import {
  commitState,
  decodeState,
  encodeState,
  initialState,
  type MachineState,
  PROCESSOR_BYTES,
} from './state.ts'
import { stepRoot, stepWitness } from './witness.ts'

const committed = (code: Code): Pick<Program, 'codeBase' | 'codeHeight' | 'codeRoot'> => ({
  codeBase: code.base,
  codeHeight: code.height,
  codeRoot: codeTree(code).root,
})

/** A machine that is about to load a word. */
const loading = (memory = EMPTY_MEMORY) => {
  const code: Code = {
    base: CODE_BASE,
    height: 2,
    words: [encode({ kind: 'load', operation: 'lw', rd: 1, rs1: 2, immediate: 0 }), 0x13],
  }
  const state: MachineState = {
    ...initialState(CODE_BASE, memory),
    registers: [0, 0, DATA_BASE, ...Array.from({ length: 29 }, () => 0)],
  }
  return { code, program: committed(code), pre: commitState(state), witness: stepWitness(code, state) }
}

describe('witness', () => {
  test('VM-17 a state is its 161 bytes', () => {
    fc.assert(
      fc.property(machine, ({ state }) => {
        const memory = memoryRoot(state.memory)
        const bytes = encodeState(memory, state)
        const { status, registers, pc } = state
        expect(bytes).toHaveLength(161)
        expect(decodeState(bytes)).toEqual({ memory, processor: { status, registers, pc } })
      }),
    )
  })

  // Rationale: the contract knows roots alone; what it computes from a witness must be what the machine does.
  test('VM-18 the root from the witness is the root of the stepped state, at every step', () => {
    fc.assert(
      fc.property(machine, ({ code, state }) => {
        let current = state
        for (let i = 0; i < 12; i++) {
          const next = step(code, current)
          const computed = stepRoot(committed(code), commitState(current), stepWitness(code, current))
          expect(computed).toEqual({ ok: true, value: commitState(next) })
          current = next
        }
      }),
    )
  })

  // Rationale: if one flipped bit could be accepted, a liar would have two post-states to choose from.
  test('VM-19 a damaged witness is refused', () => {
    fc.assert(
      fc.property(machine, fc.nat(), fc.integer({ min: 0, max: 7 }), ({ code, state }, position, bit) => {
        const witness = stepWitness(code, state).slice()
        const at = position % witness.length
        witness[at]! ^= 1 << bit
        const result = stepRoot(committed(code), commitState(state), witness)
        expect(result.ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('VM-20 a witness that is longer or shorter is malformed', () => {
    fc.assert(
      fc.property(machine, fc.integer({ min: 1, max: 64 }), ({ code, state }, bytes) => {
        const witness = stepWitness(code, state)
        const pre = commitState(state)
        const longer = new Uint8Array(witness.length + bytes)
        longer.set(witness)
        expect(refusalOf(stepRoot(committed(code), pre, longer))).toBe('WitnessMalformed')
        expect(refusalOf(stepRoot(committed(code), pre, witness.slice(0, -bytes)))).toBe('WitnessMalformed')
      }),
    )
  })

  test('VM-21 each refusal has its name', () => {
    const { code, program, pre, witness } = loading()
    const damaged = (at: number, mask = 1): Uint8Array => witness.with(at, witness[at]! ^ mask)
    const bitmapAt = PROCESSOR_BYTES + 32 + 32 * code.height + 32
    expect(refusalOf(stepRoot(program, pre, witness))).toBe('accepted')
    expect(refusalOf(stepRoot(program, pre, new Uint8Array()))).toBe('WitnessMalformed')
    expect(refusalOf(stepRoot(program, pre, damaged(PROCESSOR_BYTES + 40)))).toBe('CodeMismatch')
    expect(refusalOf(stepRoot(program, pre, damaged(bitmapAt - 1)))).toBe('PreStateMismatch')
    expect(refusalOf(stepRoot(program, pre, damaged(5)))).toBe('PreStateMismatch')
    expect(refusalOf(stepRoot(program, pre, damaged(bitmapAt, 1 << (MEMORY_HEIGHT % 8))))).toBe(
      'WitnessMalformed',
    )
    // The code is looked at before what follows it.
    const both = damaged(PROCESSOR_BYTES + 40).slice(0, -1)
    expect(refusalOf(stepRoot(program, pre, both))).toBe('CodeMismatch')
  })

  /** Rationale: the contract reports the same two values; whoever reads a refusal must see what was expected. */
  test('VM-67 each refusal carries the values that disagree', () => {
    // Siblings of high levels are given, so that the bitmap's first bytes are not zero.
    const { code, program, pre, witness } = loading(writeBytes(EMPTY_MEMORY, 0, Uint8Array.of(1)))
    const dataAt = PROCESSOR_BYTES + 32 + 32 * code.height
    const siblingsAt = dataAt + 32 + 4
    const refusalOf = (given: Uint8Array) => stepRoot(program, pre, given)
    const malformed = (expected: number, actual: number) => ({
      ok: false,
      rejection: { reason: 'WitnessMalformed', details: { expected, actual } },
    })
    for (const [length, expected] of [
      [0, PROCESSOR_BYTES],
      [PROCESSOR_BYTES - 1, PROCESSOR_BYTES],
      [PROCESSOR_BYTES, dataAt],
      [dataAt - 1, dataAt],
      [dataAt, siblingsAt],
      [siblingsAt - 1, siblingsAt],
    ] as const)
      expect(refusalOf(witness.slice(0, length))).toEqual(malformed(expected, length))
    expect(refusalOf(concat(witness, new Uint8Array(1)))).toEqual(
      malformed(witness.length, witness.length + 1),
    )
    const bitmap = Number(fromBigEndian(witness.subarray(siblingsAt - 4, siblingsAt)))
    const tooHigh = witness.with(siblingsAt - 4, witness[siblingsAt - 4]! | 0x08)
    expect(refusalOf(tooHigh)).toEqual(malformed(bitmap, bitmap + 2 ** MEMORY_HEIGHT))
    const otherCode = refusalOf(witness.with(PROCESSOR_BYTES, witness[PROCESSOR_BYTES]! ^ 1))
    expect(otherCode).toMatchObject({
      rejection: { reason: 'CodeMismatch', details: { expected: program.codeRoot } },
    })
    const other = keccak<StateRoot>(new Uint8Array())
    expect(stepRoot(program, other, witness)).toEqual({
      ok: false,
      rejection: { reason: 'PreStateMismatch', details: { expected: other, actual: pre } },
    })
  })

  test('VM-68 a machine that reads no memory gives its root alone, and no byte more or less', () => {
    const { code, program } = loading()
    const state = initialState(CODE_BASE + 4, EMPTY_MEMORY)
    const stable = { ...state, status: 1 }
    for (const [given, codeBytes] of [
      [state, 32 + 32 * code.height],
      [stable, 0],
    ] as const) {
      const witness = stepWitness(code, given)
      const expected = PROCESSOR_BYTES + codeBytes + 32
      expect(witness).toHaveLength(expected)
      for (const bytes of [concat(witness, new Uint8Array(1)), witness.slice(0, -1)])
        expect(stepRoot(program, commitState(given), bytes)).toEqual({
          ok: false,
          rejection: { reason: 'WitnessMalformed', details: { expected, actual: bytes.length } },
        })
    }
  })

  test('VM-22 a sibling of zeros may be given in full', () => {
    const { program, pre, witness } = loading()
    const bitmapAt = witness.length - 4
    const full = new Uint8Array(witness.length + 32)
    full.set(witness.with(bitmapAt + 3, witness[bitmapAt + 3]! | 1))
    expect(stepRoot(program, pre, full)).toEqual(stepRoot(program, pre, witness))
  })
})
