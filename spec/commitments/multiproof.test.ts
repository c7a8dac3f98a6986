import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../checks/properties/refusal.ts'
import { bigEndian, concat } from './bytes.ts'
import { type Hash, keccak } from './hash.ts'
import { climb, merkleTree, zeroRoot } from './merkle.ts'
import { inOrder, openLeaves, packWords, proofOf, readWords } from './multiproof.ts'

const hashOf = (seed: number): Hash => keccak<Hash>(bigEndian(seed, 6))

/** A tree whose absent leaves are sub-trees of zeros, and some of its leaves, absent ones among them. */
const cases = fc
  .record({ height: fc.integer({ min: 0, max: 5 }), leafHeight: fc.constantFrom(0, 4, 24) })
  .chain(({ height, leafHeight }) =>
    fc.record({
      leafHeight: fc.constant(leafHeight),
      leaves: fc.array(fc.oneof(fc.nat().map(hashOf), fc.constant(zeroRoot(leafHeight) as Hash)), {
        maxLength: 2 ** height,
        size: 'max',
      }),
      height: fc.constant(height),
      indices: fc
        .array(fc.nat({ max: 2 ** height - 1 }), { minLength: 1, maxLength: 7 })
        .map((indices) => inOrder(indices)),
    }),
  )
  .map(({ height, leafHeight, leaves, indices }) => ({
    height,
    leafHeight,
    leaves,
    indices,
    tree: merkleTree(leaves, height, leafHeight),
  }))

const flip = (bytes: Uint8Array, at: number, bit: number) => bytes.with(at, bytes[at]! ^ (1 << (bit % 8)))

describe('leaves that are opened together', () => {
  // Rationale: a descent stands on it; a set of leaves that could not be opened would leave an honest party silent.
  test('MULTIPROOF-1 any leaves of any tree open to themselves and to the root, wherever the proof stands', () => {
    fc.assert(
      fc.property(cases, fc.nat({ max: 9 }), ({ tree, height, leafHeight, indices }, before) => {
        const proof = proofOf(tree, indices, leafHeight)
        const witness = concat(new Uint8Array(before), proof, new Uint8Array(5))
        const opened = openLeaves(witness, before, indices, height, leafHeight)
        expect(opened).toMatchObject({
          ok: true,
          value: { root: tree.root, leaves: indices.map(tree.leaf), end: before + proof.length },
        })
      }),
      { numRuns: 300 },
    )
  })

  test('MULTIPROOF-2 with another leaf it leads to the root of the tree with that leaf', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ tree, leaves, height, leafHeight, indices }, seed) => {
        const opened = openLeaves(proofOf(tree, indices, leafHeight), 0, indices, height, leafHeight)
        if (!opened.ok) throw new Error(opened.rejection.reason)
        const index = indices[seed % indices.length]!
        const all = Array.from({ length: 2 ** height }, (_, i) => leaves[i] ?? zeroRoot(leafHeight))
        const written = merkleTree(all.with(index, hashOf(seed)), height, leafHeight)
        expect(opened.value.rootWith(index, hashOf(seed))).toBe(written.root)
      }),
      { numRuns: 200 },
    )
  })

  // Rationale: a proof binds leaf, index and height; whatever else it were good for, a liar would use it for.
  test('MULTIPROOF-3 a word that is another, another index and another height lead to another root', () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(), ({ tree, height, leafHeight, indices }, place, bit) => {
        const proof = proofOf(tree, indices, leafHeight)
        const bitmap = Math.ceil((indices.length * (height + 1)) / 8)
        const rootOf = (bytes: Uint8Array, at = indices, of = height) => {
          const opened = openLeaves(bytes, 0, at, of, leafHeight)
          return opened.ok && opened.value.end === bytes.length ? opened.value.root : 'refused'
        }
        if (proof.length > bitmap)
          expect(rootOf(flip(proof, bitmap + (place % (proof.length - bitmap)), bit))).not.toBe(tree.root)
        expect(rootOf(flip(proof, place % bitmap, bit))).not.toBe(tree.root)
        expect(rootOf(proof, indices, height + 1)).not.toBe(tree.root)
        const [only] = indices
        const other = only! ^ 1
        if (indices.length === 1 && height > 0 && tree.leaf(only!) !== tree.leaf(other))
          expect(rootOf(proof, [other])).not.toBe(tree.root)
      }),
      { numRuns: 200 },
    )
    expect(() => openLeaves(new Uint8Array(9), 0, [2], 1, 0)).toThrow(RangeError)
    expect(() => openLeaves(new Uint8Array(9), 0, [], 1, 0)).toThrow(RangeError)
  })

  test('MULTIPROOF-4 a proof has no sibling twice, none that follows from the leaves, and no zero root', () => {
    const leaves = Array.from({ length: 8 }, (_, i) => hashOf(i))
    const words = (indices: readonly number[], of = leaves) => {
      const proof = proofOf(merkleTree(of, 3), indices, 0)
      return (proof.length - Math.ceil((indices.length * 4) / 8)) / 32
    }
    // Leaves, and what is missing on their way to the root.
    expect(words([0])).toBe(1 + 3)
    expect(words([2, 3])).toBe(2 + 2)
    expect(words([0, 7])).toBe(2 + 4)
    expect(words([0, 1, 2, 3])).toBe(4 + 1)
    expect(words([0, 1, 2, 3, 4, 5, 6, 7])).toBe(8)
    expect(words([5], leaves.slice(0, 3))).toBe(1)
    expect(words([0], leaves.slice(0, 1))).toBe(1)
  })

  test('MULTIPROOF-5 of one leaf it is its path, without what is zero', () => {
    fc.assert(
      fc.property(cases, ({ tree, indices: [index], leafHeight }) => {
        const path = tree.path(index!)
        const words = [tree.leaf(index!), ...path]
        const levels = words.map((_, i) => leafHeight + Math.max(0, i - 1))
        expect(proofOf(tree, [index!], leafHeight)).toEqual(packWords(words, levels))
        expect(climb(tree.leaf(index!), index!, path)).toBe(tree.root)
      }),
    )
  })
})

describe('words that may be left out', () => {
  const levels = [0, 1, 2, 3, 4, 5, 6, 7, 8]

  // Rationale: what a witness says must be consumed exactly; a length that nobody checks is a place to hide in.
  test('MULTIPROOF-6 a row that is too short, or whose bitmap has bits beyond the words, is refused with the values', () => {
    const words = levels.map((level) => (level % 2 === 0 ? hashOf(level) : zeroRoot(level)))
    const row = packWords(words, levels)
    expect(row.length).toBe(2 + 5 * 32)
    expect(readWords(row, 0, levels)).toEqual({ ok: true, value: { words, end: row.length } })
    for (const length of [0, 1])
      expect(readWords(row.slice(0, length), 0, levels)).toEqual({
        ok: false,
        rejection: { reason: 'WitnessMalformed', details: { expected: 2, actual: length } },
      })
    for (const length of [2, 2 + 31, row.length - 1])
      expect(readWords(row.slice(0, length), 0, levels)).toEqual({
        ok: false,
        rejection: { reason: 'WitnessMalformed', details: { expected: row.length, actual: length } },
      })
    const beyond = concat(flip(row, 0, 7), new Uint8Array(32))
    expect(readWords(beyond, 0, levels)).toEqual({
      ok: false,
      rejection: {
        reason: 'WitnessMalformed',
        details: { expected: 0b1_0101_0101n, actual: 0b1000_0001_0101_0101n },
      },
    })
    expect(refusalOf(readWords(row, 1, levels))).toBe('WitnessMalformed')
  })
})
