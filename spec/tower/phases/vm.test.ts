import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../checks/properties/refusal.ts'
import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import type { TensorRoot } from '../../commitments/hash.ts'
import { EMPTY_MEMORY, OUTPUT_SLOT, SLOT_COUNT, SLOTS_HEIGHT } from '../../commitments/memory.ts'
import { merkleTree, packHashes } from '../../commitments/merkle.ts'
import { proofOf } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT, tensorRoot, UNSET_TENSOR } from '../../commitments/tensor.ts'
import { commitProcessor, encodeState, initialState, PROCESSOR_BYTES } from '../../machine/state.ts'
import type { Model } from '../model.ts'
import { machineEndWitness, VM_TOP } from './vm.ts'

const STEP_LIMIT = 1000
const ENTRY = 0x1_0004

/** Roots of eight slots that hold anything. */
const slotRoots = fc
  .array(fc.nat(), { minLength: SLOT_COUNT, maxLength: SLOT_COUNT })
  .map((seeds) => seeds.map((seed) => tensorRoot(bigEndian(seed, 6))))

const modelOf = (slots: readonly TensorRoot[], inputSlot: number): Model => {
  const carry = merkleTree(slots.with(inputSlot, UNSET_TENSOR), SLOTS_HEIGHT, SLOT_HEIGHT)
  const program = { codeBase: 0, codeHeight: 0, codeRoot: carry.root, imageRoot: carry.root, entry: ENTRY }
  return {
    program,
    phases: ['vm'],
    graphRoot: carry.root,
    nodeCount: 1,
    valueHeight: SLOTS_HEIGHT,
    weightHeight: 0,
    weightsRoot: carry.root,
    carryRoot: carry.root,
    inputSlot,
    outputSlot: OUTPUT_SLOT,
    outputBytes: 0,
    mostIterations: 0,
    stepLimit: STEP_LIMIT,
  }
}

const damage = (witness: Bytes, place: number, bit: number): Bytes => {
  const at = place % witness.length
  return witness.with(at, witness[at]! ^ (1 << (bit % 8)))
}

describe('the machine on top', () => {
  // Rationale: keeps (1). The contract derives the first state itself, from what was committed before anybody claimed.
  test('VM-60 a claim starts in the committed memory with the input in its slot', () => {
    fc.assert(
      fc.property(slotRoots, fc.nat({ max: 7 }), fc.nat(), fc.nat(), (slots, inputSlot, place, bit) => {
        const { startRoot } = VM_TOP(modelOf(slots, inputSlot))
        const memory = merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT)
        const witness = packHashes(memory.path(inputSlot))
        const input = slots[inputSlot]!
        const start = commitProcessor(memory.root, initialState(ENTRY, EMPTY_MEMORY))
        expect(startRoot(input, witness)).toEqual({ ok: true, value: start })
        expect(refusalOf(startRoot(input, damage(witness, place, bit)))).toBe('StartMismatch')
        expect(refusalOf(startRoot(input, witness.slice(32)))).toBe('WitnessMalformed')
        expect(refusalOf(startRoot(input, concat(witness, new Uint8Array(1))))).toBe('WitnessMalformed')
      }),
    )
  })

  test('VM-61 a claim’s output is the output slot of its last state', () => {
    fc.assert(
      fc.property(slotRoots, fc.nat(), fc.nat(), (slots, place, bit) => {
        const { outputRoot } = VM_TOP(modelOf(slots, 1))
        const memory = merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT)
        const processor = { ...initialState(ENTRY, EMPTY_MEMORY), status: 1 }
        const end = commitProcessor(memory.root, processor)
        const preimage = encodeState(memory.root, processor)
        const witness = machineEndWitness(preimage, slots)
        const refusal = (damaged: Bytes) => refusalOf(outputRoot(end, 17, damaged))
        expect(outputRoot(end, 17, witness)).toEqual({ ok: true, value: slots[OUTPUT_SLOT] })
        // The bitmap is one byte; behind it the slots' words, then all of the state but the memory.
        expect(refusal(witness.with(0, witness[0]! ^ (1 << (bit % 8))))).not.toBe('accepted')
        expect(refusal(concat(witness.subarray(0, 1), damage(witness.subarray(1), place, bit)))).toBe(
          'EndMismatch',
        )
        expect(refusal(witness.slice(0, place % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(1 + (place % 64))))).toBe('WitnessMalformed')
        // Another slot than the output's proves nothing.
        const other = concat(proofOf(memory, [1], SLOT_HEIGHT), witness.subarray(-PROCESSOR_BYTES))
        if (slots[1] !== slots[OUTPUT_SLOT]) expect(refusal(other)).toBe('EndMismatch')
      }),
    )
  })

  // Rationale: keeps (3). The length is the claim's own word at k = 1; unchecked, a liar would stop where it likes.
  test('VM-62 a last state is stable, or the run has exactly the step limit', () => {
    const memory = merkleTree([], SLOTS_HEIGHT, SLOT_HEIGHT)
    const refusal = (length: number, status: number) => {
      const processor = { ...initialState(ENTRY, EMPTY_MEMORY), status }
      const witness = machineEndWitness(encodeState(memory.root, processor), [])
      return refusalOf(
        VM_TOP(modelOf([UNSET_TENSOR], 0)).outputRoot(
          commitProcessor(memory.root, processor),
          length,
          witness,
        ),
      )
    }
    for (const status of [1, 2, 255])
      for (const length of [1, STEP_LIMIT]) expect(refusal(length, status)).toBe('accepted')
    expect(refusal(STEP_LIMIT, 0)).toBe('accepted')
    for (const length of [1, STEP_LIMIT - 1]) expect(refusal(length, 0)).toBe('EndNotStable')
    for (const length of [0, -1, 0.5, Number.NaN, STEP_LIMIT + 1, 2 ** 48])
      for (const status of [0, 1]) expect(refusal(length, status)).toBe('LengthInvalid')
  })
})
