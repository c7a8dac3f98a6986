import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  leafPath,
  slotAddress,
  slotRoots,
  writeBytes,
} from '../commitments/memory.ts'
import { climb, join, zeroRoot } from '../commitments/merkle.ts'
import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_HEIGHT,
  decodeHead,
  descriptorRoot,
  descriptorTree,
  encodeDescriptor,
  encodeRange,
  HALF_SLOT_HEIGHT,
  JOB_ADDRESS,
  JOB_RANGE_ADDRESS,
  jobRoot,
  OPERAND_COUNT,
  type OperandReference,
} from './descriptor.ts'

const words = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const index30 = fc.integer({ min: 0, max: 2 ** 30 - 1 })

const operands: fc.Arbitrary<OperandReference> = fc.oneof(
  fc.constant({ kind: 'none', index: 0 } as const),
  fc.record({ kind: fc.constantFrom('value', 'weight'), index: index30 }),
)

const descriptors = fc.record({
  operands: fc.array(operands, { minLength: OPERAND_COUNT, maxLength: OPERAND_COUNT }),
  outputSlot: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  inPlace: fc.boolean(),
  tileCount: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  operatorCode: words,
  tileElements: words,
  attributes: fc.array(words, { maxLength: 118, size: 'max' }),
})

const bytes512 = fc.uint8Array({ minLength: DESCRIPTOR_BYTES, maxLength: DESCRIPTOR_BYTES })

describe('descriptors', () => {
  test('DESCRIPTOR-1 what is written into a head is read out of it, and the rest follows word by word', () => {
    fc.assert(
      fc.property(descriptors, (descriptor) => {
        const bytes = encodeDescriptor(descriptor)
        expect(bytes).toHaveLength(DESCRIPTOR_BYTES)
        const { operatorCode, tileElements, attributes, ...head } = descriptor
        expect(decodeHead(bytes)).toEqual(head)
        const view = new DataView(bytes.buffer, 32)
        const rest = [operatorCode, tileElements, ...attributes]
        expect(rest.map((_, i) => view.getUint32(4 * i, true))).toEqual(rest)
        expect(bytes.subarray(32 + 4 * rest.length).every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  // Rationale: the contract reads heads that nobody checked; a pattern without a meaning would leave a dispute without
  // a move.
  test('DESCRIPTOR-2 every head has a meaning', () => {
    fc.assert(
      fc.property(bytes512, (bytes) => {
        const { operands: read, outputSlot, inPlace, tileCount } = decodeHead(bytes)
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        const word = (i: number): number => view.getUint32(4 * i, true)
        expect(read).toHaveLength(OPERAND_COUNT)
        for (const [i, { kind, index }] of read.entries()) {
          expect(kind).toBe((['none', 'value', 'weight', 'none'] as const)[Math.floor(word(i) / 2 ** 30)])
          expect(index).toBe(kind === 'none' ? 0 : word(i) % 2 ** 30)
        }
        expect(outputSlot + (inPlace ? 2 ** 31 : 0)).toBe(word(6))
        expect(tileCount).toBe(word(7) === 0 ? 1 : word(7))
      }),
    )
  })

  test('DESCRIPTOR-3 a descriptor is committed leaf by leaf, the head first', () => {
    fc.assert(
      fc.property(bytes512, (bytes) => {
        const tree = descriptorTree(bytes)
        expect(tree.root).toBe(descriptorRoot(bytes))
        expect(tree.path(0)).toHaveLength(DESCRIPTOR_HEIGHT)
        expect(climb(tree.leaf(0), 0, tree.path(0))).toBe(descriptorRoot(bytes))
      }),
      { numRuns: 20 },
    )
  })

  // Rationale: the contract builds this root from the committed graph alone; the machine reads the page itself.
  test('DESCRIPTOR-4 the root of a job is that of the upper half of slot 0 with the page written there', () => {
    fc.assert(
      fc.property(bytes512, words, words, (bytes, firstTile, tileCount) => {
        const page = writeBytes(EMPTY_MEMORY, JOB_ADDRESS, bytes)
        const memory = writeBytes(page, JOB_RANGE_ADDRESS, encodeRange(firstTile, tileCount))
        const root = jobRoot(descriptorRoot(bytes), firstTile, tileCount)
        // The upper half is the sibling of the lower one, on the path of its first leaf.
        expect(leafPath(memory, 0)[HALF_SLOT_HEIGHT]).toBe(root)
        expect(slotRoots(memory)[0]).toBe(join(zeroRoot(HALF_SLOT_HEIGHT), root))
      }),
      { numRuns: 30 },
    )
    expect([JOB_ADDRESS, JOB_RANGE_ADDRESS]).toEqual([0x1000_0000, 0x1000_0200])
    expect(JOB_ADDRESS).toBe(slotAddress(1) - LEAF_BYTES * 2 ** HALF_SLOT_HEIGHT)
    expect([...encodeRange(1, 0x0102_0304)]).toEqual([1, 0, 0, 0, 4, 3, 2, 1, ...Array(24).fill(0)])
  })
})
