import { accept, type Result, reject } from '../result.ts'
import { type Bytes, bigEndian, concat, fromBigEndian } from './bytes.ts'
import type { Hash, MerkleRoot } from './hash.ts'
import { isLeafIndex, join, type MerkleTree, packHashes, unpackHashes, zeroRoot } from './merkle.ts'

/**
 * Leaves of one tree that are opened together: each sibling is given once, and none that follows from the leaves.
 *
 * A proof is a row of words, the leaves and then their siblings, lowest level first and left before right. A word that
 * is its level's zero root is left out; a bitmap before the row says which are there. Which leaves these are and how
 * high the tree is comes from what the verifier knows, never from the proof, and so does the number of words.
 */

interface Place {
  readonly level: number
  readonly position: number
}

/** Where the siblings stand that leaves at `indices`, ascending, want: in the order in which a proof gives them. */
const siblingPlaces = (indices: readonly number[], height: number): readonly Place[] => {
  const places: Place[] = []
  let positions = indices
  for (let level = 0; level < height; level++) {
    const present = new Set(positions)
    for (const position of positions) {
      const sibling = position % 2 === 0 ? position + 1 : position - 1
      if (!present.has(sibling)) places.push({ level, position: sibling })
    }
    positions = [...new Set(positions.map((position) => Math.floor(position / 2)))]
  }
  return places
}

/**
 * Root of the tree of `height` in which the leaves stand at `indices`.
 *
 * @param indices ascending, all of them in the tree, at least one; @param siblings in their order in a proof, all of them
 */
export const climbTogether = (
  leaves: readonly Hash[],
  indices: readonly number[],
  height: number,
  siblings: readonly Hash[],
): MerkleRoot => {
  if (indices.length === 0 || !indices.every((index) => isLeafIndex(index, height)))
    throw new RangeError(`no leaves ${indices.join(', ')} in a tree of height ${height}`)
  const given = siblings[Symbol.iterator]()
  let nodes = indices.map((index, i) => ({ index, root: leaves[i]! }))
  for (let level = 0; level < height; level++) {
    const parents: typeof nodes = []
    for (let i = 0; i < nodes.length; i++) {
      const { index, root } = nodes[i]!
      const isLeft = index % 2 === 0
      const neighbour = isLeft && nodes[i + 1]?.index === index + 1 ? nodes[++i]!.root : given.next().value!
      parents.push({
        index: Math.floor(index / 2),
        root: isLeft ? join(root, neighbour) : join(neighbour, root),
      })
    }
    nodes = parents
  }
  return nodes[0]!.root as MerkleRoot
}

// --- Words that may be left out --------------------------------------------------------------------------------

const bitmapBytes = (bits: number): number => Math.ceil(bits / 8)

/** The words but for those that are `zeroRoot` of their level, behind a bitmap of `bits` bits. */
export const packWords = (words: readonly Hash[], levels: readonly number[], bits = words.length): Bytes => {
  const isGiven = words.map((word, i) => word !== zeroRoot(levels[i]!))
  const bitmap = isGiven.reduce((sum, given, i) => sum | (given ? 1n << BigInt(i) : 0n), 0n)
  return concat(bigEndian(bitmap, bitmapBytes(bits)), packHashes(words.filter((_, i) => isGiven[i])))
}

export interface Words {
  readonly words: readonly Hash[]
  /** Where they end in the witness. */
  readonly end: number
}

const countBits = (bitmap: bigint): number => bitmap.toString(2).replaceAll('0', '').length

/**
 * Reads words at `at`: a bitmap of `bits` bits, big-endian, of which bit i is set where word i is given; then the words
 * given. Word i is `zeroRoot(levels[i])` else. Bits beyond the words must be clear.
 */
export const readWords = (
  witness: Bytes,
  at: number,
  levels: readonly number[],
  bits = levels.length,
): Result<Words> => {
  const given = at + bitmapBytes(bits)
  if (witness.length < given) return reject('WitnessMalformed', { expected: given, actual: witness.length })
  const bitmap = fromBigEndian(witness.subarray(at, given))
  const end = given + 32 * countBits(bitmap)
  if (witness.length < end) return reject('WitnessMalformed', { expected: end, actual: witness.length })
  const expected = BigInt.asUintN(levels.length, bitmap)
  if (bitmap !== expected) return reject('WitnessMalformed', { expected, actual: bitmap })
  const row = unpackHashes(witness.subarray(given, end))[Symbol.iterator]()
  const words = levels.map((level, i) =>
    (bitmap >> BigInt(i)) % 2n === 1n ? row.next().value! : zeroRoot(level),
  )
  return accept({ words, end })
}

// --- Proofs ----------------------------------------------------------------------------------------------------

/** Bits of a proof's bitmap: one for each leaf and each level above it, more than are ever used. */
const proofBits = (count: number, height: number): number => count * (height + 1)

const wordLevels = (indices: readonly number[], height: number, leafHeight: number): readonly number[] => [
  ...indices.map(() => leafHeight),
  ...siblingPlaces(indices, height).map(({ level }) => leafHeight + level),
]

/** Distinct and ascending: the order in which a proof gives leaves. */
export const inOrder = (indices: readonly number[]): readonly number[] =>
  [...new Set(indices)].toSorted((a, b) => a - b)

/** Proof of the leaves at `indices`, ascending, of a tree whose absent leaves are `zeroRoot(leafHeight)`. */
export const proofOf = (tree: MerkleTree, indices: readonly number[], leafHeight: number): Bytes => {
  const { height } = tree
  // A path gives the siblings of its own leaf.
  const nodeAt = ({ level, position }: Place): Hash => tree.path((position ^ 1) * 2 ** level)[level]!
  const siblings = siblingPlaces(indices, height).map(nodeAt)
  const words = [...indices.map((index) => tree.leaf(index)), ...siblings]
  const levels = wordLevels(indices, height, leafHeight)
  return packWords(words, levels, proofBits(indices.length, height))
}

export interface OpenedLeaves {
  /** By place in `indices`. */
  readonly leaves: readonly Hash[]
  readonly root: MerkleRoot
  /** The tree's root once the leaf at an index is another. */
  readonly rootWith: (index: number, leaf: Hash) => MerkleRoot
  /** Where the proof ends in the witness. */
  readonly end: number
}

/** Opens the leaves at `indices`, ascending, from the proof at `at`. Whose root that is remains to be checked. */
export const openLeaves = (
  witness: Bytes,
  at: number,
  indices: readonly number[],
  height: number,
  leafHeight: number,
): Result<OpenedLeaves> => {
  const levels = wordLevels(indices, height, leafHeight)
  const read = readWords(witness, at, levels, proofBits(indices.length, height))
  if (!read.ok) return read
  const { words, end } = read.value
  const [leaves, siblings] = [words.slice(0, indices.length), words.slice(indices.length)]
  const climbed = (own: readonly Hash[]) => climbTogether(own, indices, height, siblings)
  return accept({
    leaves,
    root: climbed(leaves),
    rootWith: (index, leaf) => climbed(leaves.with(indices.indexOf(index), leaf)),
    end,
  })
}
