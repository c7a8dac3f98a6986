import { type Bytes, fromHex, toHex } from './bytes.ts'
import { asHash, type Hash, keccak, type MerkleRoot, ZERO_HASH } from './hash.ts'

/**
 * Binary keccak Merkle trees of fixed height over 32-byte leaves. A tree of height h has 2^h leaves; leaf i is
 * the left child where bit 0 of i is clear. A proof binds leaf, index and height: the verifier takes the height
 * from what it knows of the tree, never from the proof, and an index outside the tree proves nothing.
 */

/** Root of two neighbours. */
export const join = (left: Hash, right: Hash): Hash => keccak(left, right)

/** No tree of the project is higher. */
const MAX_HEIGHT = 64

/** All of them at once, so that they are keccak's whoever asks first. */
const zeros: readonly Hash[] = Array.from({ length: MAX_HEIGHT }).reduce<Hash[]>(
  (roots) => {
    roots.push(join(roots.at(-1)!, roots.at(-1)!))
    return roots
  },
  [ZERO_HASH],
)

/** Z(height): the root of the tree of that height whose leaves are all zero. */
export const zeroRoot = (height: number): MerkleRoot => zeros[height] as MerkleRoot

/** Whether `index` is a leaf's index in a tree of `height`. */
export const isLeafIndex = (index: number, height: number): boolean =>
  Number.isInteger(index) && index >= 0 && index < 2 ** height

/**
 * Root of the tree of height `siblings.length` in which `leaf` stands at `index`, from the siblings on its path,
 * lowest first. Undefined where the index lies outside the tree.
 */
export const climb = (leaf: Hash, index: number, siblings: readonly Hash[]): MerkleRoot | undefined =>
  isLeafIndex(index, siblings.length)
    ? (siblings.reduce(
        (root, sibling, level) =>
          Math.floor(index / 2 ** level) % 2 === 0 ? join(root, sibling) : join(sibling, root),
        leaf,
      ) as MerkleRoot)
    : undefined

/** All levels of the tree over `leaves`, padded with zero leaves to 2^height; levels[height] is the root alone. */
const levelsOf = (leaves: readonly Hash[], height: number, zeroHeight: number): Hash[][] => {
  const levels = [[...leaves]]
  for (let level = 0; level < height; level++) {
    const below = levels[level]!
    const zero = zeroRoot(zeroHeight + level)
    levels.push(
      Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
        join(below[2 * i] ?? zero, below[2 * i + 1] ?? zero),
      ),
    )
  }
  return levels
}

/**
 * A tree of known height over given leaves. `leafHeight` is the height of the sub-trees whose roots the leaves
 * are (0 for plain 32-byte words), so that an absent leaf is Z(leafHeight).
 */
export interface MerkleTree {
  readonly root: MerkleRoot
  readonly height: number
  readonly leaf: (index: number) => Hash
  /** Siblings of one leaf, lowest first: what `climb` takes. */
  readonly path: (index: number) => readonly Hash[]
}

export const merkleTree = (leaves: readonly Hash[], height: number, leafHeight = 0): MerkleTree => {
  if (leaves.length > 2 ** height)
    throw new RangeError(`${leaves.length} leaves in a tree of height ${height}`)
  const levels = levelsOf(leaves, height, leafHeight)
  const node = (level: number, index: number): Hash => levels[level]?.[index] ?? zeroRoot(leafHeight + level)
  const path = (index: number): Hash[] =>
    Array.from({ length: height }, (_, level) => node(level, Math.floor(index / 2 ** level) ^ 1))
  return {
    root: node(height, 0) as MerkleRoot,
    height,
    leaf: (index) => node(0, index),
    path,
  }
}

/** Cuts bytes into 32-byte leaves, the last one padded with zeros. */
export const leavesOf = (bytes: Bytes): Hash[] =>
  Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => {
    const leaf = new Uint8Array(32)
    leaf.set(bytes.subarray(32 * i, 32 * i + 32))
    return asHash(leaf)
  })

/** Root of the tree of `height` whose leaves are the bytes, zeros behind them. */
export const rootOfBytes = (bytes: Bytes, height: number): MerkleRoot => {
  const leaves = leavesOf(bytes)
  // The tree over the leaves themselves, and zeros beside it: most trees are far higher than what stands in them.
  const own = Math.min(height, Math.ceil(Math.log2(Math.max(1, leaves.length))))
  return padToHeight(merkleTree(leaves, own).root, own, height)
}

/** Root of height `to` of the tree that has `root` of height `from` at its left edge and zeros elsewhere. */
export const padToHeight = (root: Hash, from: number, to: number): MerkleRoot => {
  let padded = root
  for (let level = from; level < to; level++) padded = join(padded, zeroRoot(level))
  return padded as MerkleRoot
}

/** Siblings packed for a witness: 32 bytes each. */
export const packHashes = (hashes: readonly Hash[]): Bytes => {
  const bytes = new Uint8Array(32 * hashes.length)
  hashes.forEach((hash, i) => {
    bytes.set(fromHex(hash), 32 * i)
  })
  return bytes
}

export const unpackHashes = (bytes: Bytes): Hash[] =>
  Array.from({ length: bytes.length / 32 }, (_, i) => toHex(bytes.subarray(32 * i, 32 * i + 32)) as Hash)
