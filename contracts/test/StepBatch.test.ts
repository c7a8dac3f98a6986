import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Refusal, type StepBatch, type StepCase, startStepBatch } from '../../impl/chain/stepBatch.ts'
import type { StateRoot } from '../../spec/commitments/hash.ts'
import { EMPTY_MEMORY, writeBytes } from '../../spec/commitments/memory.ts'
import type { Instruction } from '../../spec/machine/decode.ts'
import { encode } from '../../spec/machine/encode.ts'
import { step } from '../../spec/machine/execute.ts'
import { CODE_BASE, codeWord, machine, opcodeWord, word } from '../../spec/machine/machine.arbitrary.ts'
import { type Code, codeTree } from '../../spec/machine/program.ts'
import { commitState, initialState, isStable, type MachineState, RUNNING } from '../../spec/machine/state.ts'
import { stepRoot, stepWitness } from '../../spec/machine/witness.ts'
import type { Result } from '../../spec/result.ts'

/** x1 to x31 of a machine in which every address is its immediate, and an ECALL exits. */
const EXITING: readonly number[] = Array.from({ length: 31 }, (_, i) => (i === 16 ? 93 : 0))

let contract: StepBatch
beforeAll(async () => {
  contract = await startStepBatch()
})
afterAll(() => contract?.stop())

const caseOf = (code: Code, state: MachineState): StepCase => ({
  program: { codeBase: code.base, codeHeight: code.height, codeRoot: codeTree(code).root },
  pre: commitState(state),
  witness: stepWitness(code, state),
})

const specVerdict = ({ program, pre, witness }: StepCase): string => {
  const result: Result<StateRoot> = stepRoot(program, pre, witness)
  return result.ok ? result.value : result.rejection.reason
}

const specRefusal = ({ program, pre, witness }: StepCase): Refusal | undefined => {
  const result = stepRoot(program, pre, witness)
  if (result.ok) return undefined
  const { reason, details } = result.rejection
  const values = ['expected', 'actual'].map((name) => details[name])
  return { reason, values: values.map((value) => (typeof value === 'number' ? BigInt(value) : value)) }
}

const damage = (witness: Uint8Array, at: number, kind: number): Uint8Array => {
  const position = at % witness.length
  switch (kind) {
    case 0:
      return witness.slice(0, position)
    case 1:
      return Uint8Array.from([...witness, ...witness.subarray(position)])
    default:
      return witness.with(position, witness[position]! ^ (1 << (kind % 8)))
  }
}

describe('contract step', () => {
  // Rationale: the contract's word is final, so it must be the specification's word at every instruction, traps and
  // stable states included.
  test('VM-23 contract and spec agree on every root of random runs', async () => {
    const cases: StepCase[] = []
    const expected: string[] = []
    for (const { code, state } of fc.sample(machine, 300)) {
      let current = state
      for (let i = 0; i < 12; i++) {
        const next = step(code, current)
        cases.push(caseOf(code, current))
        expected.push(commitState(next))
        if (isStable(current)) break
        current = next
      }
    }
    expect(cases.length).toBeGreaterThan(1000)
    expect(await contract.verdicts(cases)).toEqual(expected)
  })

  // Rationale: runs end at the first trap, so reserved encodings are rare in them. Here are all combinations of
  // opcode and funct3 with the funct7 that matter, and single words of any kind with any registers.
  test('VM-24 contract and spec agree on every opcode and funct3, and on single words of any kind', async () => {
    const combinations = Array.from({ length: 128 * 8 * 4 }, (_, i) => {
      const funct7 = [0x00, 0x01, 0x20, 0x7f][i >> 10]!
      return {
        code: ((i & 0x7f) | (((i >> 7) & 7) << 12) | (8 << 7) | (funct7 << 25)) >>> 0,
        registers: EXITING,
      }
    })
    const any = fc.record({
      code: fc.oneof(codeWord, opcodeWord),
      registers: fc.array(word, { minLength: 31, maxLength: 31 }),
    })
    const cases = [...combinations, ...fc.sample(any, 1000)].map(({ code, registers }) =>
      caseOf(
        { base: CODE_BASE, height: 0, words: [code] },
        { ...initialState(CODE_BASE, EMPTY_MEMORY), registers: [0, ...registers] },
      ),
    )
    expect(await contract.verdicts(cases)).toEqual(cases.map(specVerdict))
  })

  // Rationale: a status is one byte on the chain; all 256 of them mean the same in both.
  test('VM-25 contract and spec agree on stable states, and on code that wraps at 2^32', async () => {
    const stable = Array.from({ length: 256 }, (_, status) =>
      caseOf(
        { base: CODE_BASE, height: 1, words: [0x13] },
        { ...initialState(CODE_BASE, EMPTY_MEMORY), status },
      ),
    )
    const wrapping = [0xffff_ffe0, 0xffff_fffc, 0, 0x1c, 0x20, 0xffff_ffdc, 2].map((pc) =>
      caseOf(
        { base: 0xffff_ffe0, height: 1, words: Array.from({ length: 16 }, () => 0x13) },
        initialState(pc, EMPTY_MEMORY),
      ),
    )
    const whole = caseOf({ base: 0x20, height: 27, words: [0x13] }, initialState(0, EMPTY_MEMORY))
    const cases = [...stable, ...wrapping, whole]
    expect(await contract.verdicts(cases)).toEqual(cases.map(specVerdict))
  })

  // Rationale: whoever moves must be able to foretell a refusal, and its reason, from the specification.
  test('VM-26 a damaged witness is refused by both for the same reason', async () => {
    const damaged = fc.sample(fc.tuple(machine, fc.nat(), fc.integer({ min: 0, max: 9 })), 1200)
    const cases = damaged.map(([{ code, state }, at, kind]) => {
      const valid = caseOf(code, state)
      return { ...valid, witness: damage(valid.witness, at, kind) }
    })
    const expected = cases.map(specVerdict)
    for (const reason of ['WitnessMalformed', 'CodeMismatch', 'PreStateMismatch'])
      expect(expected).toContain(reason)
    expect(await contract.verdicts(cases)).toEqual(expected)
    // A sibling above the memory's root, with its bit in the bitmap.
    const beyond = fc.sample(machine, 400).flatMap(({ code, state }) => {
      const valid = caseOf(code, state)
      const bitmapAt = 129 + 32 + 32 * code.height + 32
      if (valid.witness.length <= bitmapAt) return []
      const witness = Uint8Array.from([...valid.witness, ...new Uint8Array(32)])
      return [{ ...valid, witness: witness.with(bitmapAt, witness[bitmapAt]! | 0x80) }]
    })
    expect(beyond.length).toBeGreaterThan(20)
    expect(await contract.verdicts(beyond)).toEqual(beyond.map(() => 'WitnessMalformed'))
    // What is told besides the name: which length, bitmap or root there should be, and which there is.
    const told = [...cases.slice(0, 150), ...beyond.slice(0, 10)]
    const refusals = await Promise.all(told.map(contract.refusal))
    expect(refusals).toEqual(told.map(specRefusal))
    for (const reason of ['WitnessMalformed', 'CodeMismatch', 'PreStateMismatch'])
      expect(refusals.filter((refusal) => refusal?.reason === reason).length).toBeGreaterThanOrEqual(5)
  })

  // Rationale: the budget of one arbitration. A code tree of 11 levels is a program of 64 KiB; the memory is as full
  // as a run of a real node leaves it: program, job page, operands and output.
  test('VM-27 a step costs less than 100,000 gas, the whole transaction', async () => {
    const filled = [0x0002_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000, 0xe000_0000].reduce(
      (memory, address) => writeBytes(memory, address, new Uint8Array(16_384).fill(0xa5)),
      EMPTY_MEMORY,
    )
    const gasOf = (instruction: Instruction): Promise<bigint> => {
      const words = Array.from({ length: 16_384 }, (_, i) => (0x13 | (i << 20)) >>> 0)
      words[1000] = encode(instruction)
      const registers = Array.from({ length: 32 }, (_, i) =>
        i === 0 ? 0 : i === 2 ? 0xe000_0040 : (0x1234_5678 * i) >>> 0,
      )
      const state = { memory: filled, status: RUNNING, registers, pc: CODE_BASE + 4000 }
      return contract.transactionGas(caseOf({ base: CODE_BASE, height: 11, words }, state))
    }
    const gas = {
      alu: await gasOf({ kind: 'register', operation: 'mulhsu', rd: 1, rs1: 3, rs2: 4 }),
      load: await gasOf({ kind: 'load', operation: 'lh', rd: 1, rs1: 2, immediate: 6 }),
      store: await gasOf({ kind: 'store', operation: 'sh', rs1: 2, rs2: 3, immediate: 6 }),
    }
    console.log(
      `gas of one step, whole transaction: ${Object.entries(gas)
        .map(([kind, used]) => `${kind} ${used}`)
        .join(', ')}`,
    )
    for (const used of Object.values(gas)) expect(used).toBeLessThan(100_000n)
  })
})
