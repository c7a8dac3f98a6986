import fc from 'fast-check'
import type { Bytes } from '../../commitments/bytes.ts'
import type { OperandReference } from '../../graph/descriptor.ts'
import type { PhaseName } from '../../tower/model.ts'
import { MAX_ELEMENTS, type Toy, type ToyDescriptor, toyOf } from './toyModel.ts'
import { toySteps } from './toyProgram.ts'

/** Random toys: any graph, of nodes that read and write any slots, in place or not, in one tile or several. */
const word = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))

const tensors: fc.Arbitrary<Bytes> = fc
  .array(word, { maxLength: MAX_ELEMENTS, size: 'max' })
  .map((words) => new Uint8Array(Uint32Array.from(words).buffer))

const references: fc.Arbitrary<OperandReference> = fc.record({
  kind: fc.constantFrom('value', 'value', 'weight', 'none'),
  index: fc.nat({ max: 40 }),
})

/** Tiles of 1, 2 or 4 elements; none means one; the last may be cut off, or lie behind the output altogether. */
const nodes: fc.Arbitrary<ToyDescriptor> = fc.record({
  operands: fc.array(references, { minLength: 2, maxLength: 6 }),
  outputSlot: fc.nat({ max: 40 }),
  inPlace: fc.boolean(),
  tileCount: fc.integer({ min: 0, max: 4 }),
  operatorCode: fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.constant(0) }),
  tileElements: fc.constantFrom(1, 2, 4),
  elements: fc.integer({ min: 0, max: MAX_ELEMENTS }),
})

export const ENOUGH_STEPS = toySteps(MAX_ELEMENTS)

/** @param stepLimits of the machine; below `ENOUGH_STEPS` runs may be cut off */
export const toys = (
  phases: readonly PhaseName[],
  stepLimits: fc.Arbitrary<number> = fc.constant(ENOUGH_STEPS),
): fc.Arbitrary<Toy> =>
  fc.integer({ min: 0, max: 2 }).chain((carryHeight) => {
    const carrySlots = 2 ** carryHeight
    return fc
      .record({
        nodes: fc.array(nodes, { minLength: 1, maxLength: 4 }),
        weights: fc.array(tensors, { maxLength: 3 }),
        carry: fc.array(tensors, { minLength: carrySlots, maxLength: carrySlots }),
        inputSlot: fc.nat({ max: carrySlots - 1 }),
        outputSlot: fc.nat({ max: (phases[0] === 'loop' ? 1 : 2) * carrySlots - 1 }),
        stepLimit: stepLimits,
        iterations: fc.integer({ min: 1, max: 3 }),
      })
      .map((plan) => toyOf({ ...plan, phases }))
  })

export const inputs = tensors
