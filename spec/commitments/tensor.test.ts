import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Hash, keccak, withSymbols } from './hash.ts'
import { leavesOf, zeroRoot } from './merkle.ts'
import { SLOT_HEIGHT, tensorRoot, UNSET_TENSOR } from './tensor.ts'

/** The definition: a root is the hash of the roots of its halves, down to the leaves. */
const plainRoot = (bytes: Uint8Array): Hash => {
  const leaves = leavesOf(bytes)
  const rootAt = (height: number, first: number): Hash => {
    if (first >= leaves.length) return zeroRoot(height)
    if (height === 0) return leaves[first]!
    const half = 2 ** (height - 1)
    return keccak(rootAt(height - 1, first), rootAt(height - 1, first + half))
  }
  return rootAt(SLOT_HEIGHT, 0)
}

const tensors = fc.uint8Array({ maxLength: 500, size: 'max' })

// Rationale: a tensor's root is what tasks, claims and weights are committed by.
describe('tensors', () => {
  test('TENSOR-1 a root is that of the slot whose bottom the bytes fill', () => {
    fc.assert(
      fc.property(tensors, (bytes) => {
        expect(tensorRoot(bytes)).toBe(plainRoot(bytes))
      }),
    )
    expect(tensorRoot(new Uint8Array())).toBe(UNSET_TENSOR)
  })

  test('TENSOR-2 zeros behind the bytes are no bytes, and any other change is another root', () => {
    fc.assert(
      fc.property(
        tensors,
        fc.nat({ max: 100 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, zeros, place, mask) => {
          const longer = new Uint8Array(bytes.length + zeros)
          longer.set(bytes)
          expect(tensorRoot(longer)).toBe(tensorRoot(bytes))
          const at = place % (longer.length || 1)
          if (longer.length > 0)
            expect(tensorRoot(longer.with(at, longer[at]! ^ mask))).not.toBe(tensorRoot(bytes))
        },
      ),
    )
  })

  test('TENSOR-3 where symbols stand for hashes a tensor has the symbol of nothing else', () => {
    fc.assert(
      fc.property(tensors, tensors, (bytes, others) => {
        withSymbols(() => {
          const root: string = tensorRoot(bytes)
          expect(tensorRoot(bytes.slice())).toBe(root)
          for (const parts of [
            [bytes],
            [new Uint8Array(), bytes],
            [bytes, new Uint8Array()],
            [others, bytes],
          ])
            expect(keccak(...parts)).not.toBe(root)
        })
      }),
    )
  })
})
