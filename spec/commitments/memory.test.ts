import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from './bytes.ts'
import { asHash } from './hash.ts'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  leafBytes,
  leafPath,
  MEMORY_HEIGHT,
  type Memory,
  memoryRoot,
  OUTPUT_SLOT,
  readBytes,
  readLeaf,
  SLOT_COUNT,
  SLOTS_HEIGHT,
  slotAddress,
  slotRoots,
  writeBytes,
  writeLeaf,
} from './memory.ts'
import { climb, merkleTree, zeroRoot } from './merkle.ts'
import { SLOT_BYTES, SLOT_HEIGHT, tensorRoot, UNSET_TENSOR } from './tensor.ts'

/** Addresses where something happens: ends of slots and of the memory, and near each other so that writes meet. */
const addresses = fc
  .tuple(
    fc.constantFrom(0, 0x1000_0000, SLOT_BYTES, 3 * SLOT_BYTES, 7 * SLOT_BYTES, 2 ** 32),
    fc.nat({ max: 140 }),
  )
  .map(([base, offset]) => (base + offset - 70 + 2 ** 32) % 2 ** 32)

const writes = fc.array(
  fc.record({ address: addresses, bytes: fc.uint8Array({ maxLength: 80, size: 'max' }) }),
  {
    maxLength: 12,
  },
)

type Writes = readonly { readonly address: number; readonly bytes: Bytes }[]

/** The plain model: one byte at a time. */
const flatOf = (given: Writes): ReadonlyMap<number, number> =>
  new Map(
    given.flatMap(({ address, bytes }) =>
      [...bytes].map((byte, i) => [(address + i) % 2 ** 32, byte] as const),
    ),
  )

const memoryOf = (given: Writes): Memory =>
  given.reduce((memory, { address, bytes }) => writeBytes(memory, address, bytes), EMPTY_MEMORY)

describe('memory', () => {
  // Rationale: the persistent tree is clever where a flat array is plain; they must be one memory.
  test('MEMORY-1 reads give what a flat array of bytes gives', () => {
    fc.assert(
      fc.property(writes, addresses, fc.nat({ max: 150 }), (given, address, length) => {
        const flat = flatOf(given)
        const expected = Array.from({ length }, (_, i) => flat.get((address + i) % 2 ** 32) ?? 0)
        expect([...readBytes(memoryOf(given), address, length)]).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('MEMORY-2 the root depends on the bytes alone, not on how they came there', () => {
    fc.assert(
      fc.property(writes, (given) => {
        const single = [...flatOf(given)].map(([address, byte]) => ({ address, bytes: Uint8Array.of(byte) }))
        expect(memoryRoot(memoryOf(single.toReversed()))).toBe(memoryRoot(memoryOf(given)))
      }),
      { numRuns: 50 },
    )
    // Writing zeros is not writing: the root is the empty one's.
    expect(memoryRoot(writeBytes(EMPTY_MEMORY, 12, new Uint8Array(100)))).toBe(zeroRoot(MEMORY_HEIGHT))
    expect(memoryRoot(EMPTY_MEMORY)).toBe(zeroRoot(MEMORY_HEIGHT))
  })

  test('MEMORY-3 a memory is a value: what is written later does not change it, its root included', () => {
    fc.assert(
      fc.property(writes, writes, (given, later) => {
        const before = memoryOf(given)
        const [root, bytes] = [memoryRoot(before), readBytes(before, 0xffff_ffc0, 128)]
        const after = later.reduce((memory, { address, bytes: b }) => writeBytes(memory, address, b), before)
        expect(memoryRoot(after)).toBe(memoryRoot(memoryOf([...given, ...later])))
        expect([memoryRoot(before), readBytes(before, 0xffff_ffc0, 128)]).toEqual([root, bytes])
        expect(memoryRoot(memoryOf(given))).toBe(root)
      }),
      { numRuns: 50 },
    )
  })

  test('MEMORY-4 the path of any leaf leads to the root, also of one that nobody wrote', () => {
    fc.assert(
      fc.property(writes, addresses, (given, address) => {
        const memory = memoryOf(given)
        const index = Math.floor(address / LEAF_BYTES)
        const [leaf, path] = [readLeaf(memory, index), leafPath(memory, index)]
        expect(path).toHaveLength(MEMORY_HEIGHT)
        expect(leafBytes(asHash(leaf))).toEqual(leaf)
        expect(climb(asHash(leaf), index, path)).toBe(memoryRoot(memory))
        // The same siblings give the root after a store to the leaf: what arbitration relies on.
        const stored = leaf.with(5, leaf[5]! ^ 0x80)
        expect(climb(asHash(stored), index, path)).toBe(memoryRoot(writeLeaf(memory, index, stored)))
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: descents join slot roots to a memory root and open the output's, and never see a tensor.
  test('MEMORY-5 a slot is a tensor, and the root of eight slot roots is the memory root', () => {
    const tensors = fc.array(fc.uint8Array({ maxLength: 70, size: 'max' }), {
      minLength: SLOT_COUNT,
      maxLength: SLOT_COUNT,
    })
    fc.assert(
      fc.property(tensors, (given) => {
        const memory = memoryOf(given.map((bytes, slot) => ({ address: slotAddress(slot), bytes })))
        const roots = slotRoots(memory)
        expect(roots).toEqual(given.map(tensorRoot))
        expect(merkleTree(roots, SLOTS_HEIGHT, SLOT_HEIGHT).root).toBe(memoryRoot(memory))
      }),
      { numRuns: 50 },
    )
    expect(slotRoots(EMPTY_MEMORY)).toEqual(Array.from({ length: SLOT_COUNT }, () => UNSET_TENSOR))
    expect([slotAddress(1), slotAddress(OUTPUT_SLOT)]).toEqual([0x2000_0000, 0xe000_0000])
    expect(SLOT_COUNT * SLOT_BYTES).toBe(2 ** 32)
  })
})
