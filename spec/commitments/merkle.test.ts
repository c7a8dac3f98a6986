import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigEndian, fromHex } from './bytes.ts'
import { asHash, type Hash, keccak, ZERO_HASH } from './hash.ts'
import {
  climb,
  join,
  leavesOf,
  type MerkleTree,
  merkleTree,
  packHashes,
  padToHeight,
  rootOfBytes,
  unpackHashes,
  zeroRoot,
} from './merkle.ts'

/** Never zero, so that a leaf that is there differs from one that is not. */
const hashes = fc.nat().map((seed) => keccak<Hash>(bigEndian(seed, 4)))

interface Grown {
  readonly tree: MerkleTree
  readonly leaves: readonly Hash[]
}

/** A tree of height `least` to 6, full or in part, over random leaves. */
const trees = (least: number): fc.Arbitrary<Grown> =>
  fc
    .integer({ min: least, max: 6 })
    .chain((height) =>
      fc
        .uniqueArray(hashes, { minLength: 1, maxLength: 2 ** height, size: 'max' })
        .map((leaves) => ({ tree: merkleTree(leaves, height), leaves })),
    )

/** The definition, without sharing or zero roots: all leaves, joined level by level. */
const plainRoot = (leaves: readonly Hash[]): Hash =>
  leaves.length === 1
    ? leaves[0]!
    : plainRoot(
        leaves.flatMap((leaf, i) =>
          i % 2 === 0 ? [keccak<Hash>(fromHex(leaf), fromHex(leaves[i + 1]!))] : [],
        ),
      )

const padded = (leaves: readonly Hash[], height: number): readonly Hash[] =>
  Array.from({ length: 2 ** height }, (_, i) => leaves[i] ?? ZERO_HASH)

const flipBit = (hash: Hash, bit: number): Hash => {
  const bytes = fromHex(hash)
  const at = (bit % 256) >> 3
  return asHash(bytes.with(at, bytes[at]! ^ (1 << (bit % 8))))
}

describe('Merkle trees', () => {
  // Rationale: everything else is held against these functions; they are held against the definition.
  test('MERKLE-1 a root is the pairwise keccak of all 2^height leaves, absent ones zero', () => {
    fc.assert(
      fc.property(trees(0), ({ tree, leaves }) => {
        expect(tree.root).toBe(plainRoot(padded(leaves, tree.height)))
        expect(zeroRoot(tree.height)).toBe(plainRoot(padded([], tree.height)))
      }),
    )
    expect(() => merkleTree([ZERO_HASH, ZERO_HASH, ZERO_HASH], 1)).toThrow(RangeError)
  })

  test('MERKLE-2 every path leads to the root', () => {
    fc.assert(
      fc.property(trees(0), ({ tree, leaves }) => {
        padded(leaves, tree.height).forEach((leaf, index) => {
          expect(tree.leaf(index)).toBe(leaf)
          expect(tree.path(index)).toHaveLength(tree.height)
          expect(climb(leaf, index, tree.path(index))).toBe(tree.root)
        })
      }),
      { numRuns: 50 },
    )
  })

  // Rationale: a proof that also held for another leaf, place or tree would let a liar open what is not there.
  test('MERKLE-3 a proof binds leaf, index, siblings and height', () => {
    fc.assert(
      fc.property(trees(1), fc.nat(), fc.nat(), fc.nat(), ({ tree, leaves }, place, other, bit) => {
        const index = place % leaves.length
        const path = tree.path(index)
        const leaf = tree.leaf(index)
        expect(climb(flipBit(leaf, bit), index, path)).not.toBe(tree.root)
        const level = other % path.length
        expect(climb(leaf, index, path.with(level, flipBit(path[level]!, bit)))).not.toBe(tree.root)
        const elsewhere = other % 2 ** tree.height
        if (elsewhere !== index) expect(climb(leaf, elsewhere, path)).not.toBe(tree.root)
        expect(climb(leaf, index % 2 ** (tree.height - 1), path.slice(0, -1))).not.toBe(tree.root)
        expect(climb(leaf, index, [...path, zeroRoot(tree.height)])).not.toBe(tree.root)
      }),
      { numRuns: 200 },
    )
  })

  test('MERKLE-4 an index outside the tree proves nothing', () => {
    const { path, leaf, height } = merkleTree([ZERO_HASH], 3)
    for (const index of [2 ** height, 2 ** 32, -1, 0.5, Number.NaN])
      expect(climb(leaf(0), index, path(0))).toBeUndefined()
  })

  test('MERKLE-7 bytes are cut into leaves, the last one padded with zeros', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
        const leaves = leavesOf(bytes)
        const whole = packHashes(leaves)
        expect(unpackHashes(whole)).toEqual(leaves)
        expect(whole.subarray(0, bytes.length)).toEqual(bytes)
        expect(whole.subarray(bytes.length).every((byte) => byte === 0)).toBe(true)
        expect(leaves).toHaveLength(Math.ceil(bytes.length / 32))
        expect(rootOfBytes(bytes, 3)).toBe(plainRoot(padded(leaves, 3)))
      }),
    )
  })

  test('MERKLE-8 padding a root to a height puts it at the left of zeros', () => {
    fc.assert(
      fc.property(trees(0), fc.integer({ min: 0, max: 4 }), ({ tree, leaves }, more) => {
        const height = tree.height + more
        expect(padToHeight(tree.root, tree.height, height)).toBe(merkleTree(leaves, height).root)
      }),
      { numRuns: 50 },
    )
  })

  test('MERKLE-9 leaves that are roots of sub-trees stand for the leaves below', () => {
    fc.assert(
      fc.property(fc.array(fc.array(hashes, { maxLength: 4 }), { maxLength: 8 }), (groups) => {
        const roots = groups.map((group) => merkleTree(group, 2).root)
        const flat = Array.from({ length: 32 }, (_, i) => groups[i >> 2]?.[i % 4] ?? ZERO_HASH)
        const tree = merkleTree(roots, 3, 2)
        expect(tree.root).toBe(plainRoot(flat))
        expect(tree.leaf(7)).toBe(roots[7] ?? zeroRoot(2))
      }),
      { numRuns: 50 },
    )
    expect(join(ZERO_HASH, ZERO_HASH)).toBe(zeroRoot(1))
  })
})
