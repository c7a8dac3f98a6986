import { type Bytes, concat } from '../../commitments/bytes.ts'
import { asHash, type Hash, keccak, ZERO_HASH } from '../../commitments/hash.ts'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  leafPath,
  MEMORY_HEIGHT,
  memoryRoot,
  readLeaf,
  slotAddress,
  slotRoots,
  writeBytes,
} from '../../commitments/memory.ts'
import { climb, merkleTree, padToHeight, rootOfBytes, zeroRoot } from '../../commitments/merkle.ts'
import { inOrder, openLeaves, proofOf } from '../../commitments/multiproof.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import { type Draws, drawsFrom, flipBit } from './draws.ts'
import type { VectorFile } from './json.ts'
import { outcomeOf } from './outcome.ts'

const MAX_ZERO_HEIGHT = 32

const hashes = (draws: Draws, count: number): Hash[] =>
  Array.from({ length: count }, () => asHash(draws.bytes(32)))

const keccaks = (draws: Draws) =>
  // Around the sponge's rate of 136 bytes.
  [0, 1, 32, 64, 135, 136, 137, 161, 271, 272, 512].map((length) => {
    const bytes = draws.bytes(length)
    return { bytes, hash: keccak(bytes) }
  })

const tensors = (draws: Draws) =>
  [
    ...[0, 1, 31, 32, 33, 64, 65, 100, 784, 1024].map((length) => draws.bytes(length)),
    // Zeros behind the last byte change nothing.
    concat(draws.bytes(40), new Uint8Array(60)),
    new Uint8Array(100),
  ].map((bytes) => ({ bytes, root: tensorRoot(bytes) }))

/** Roots of bytes at other heights than a slot's, and of a small tree in the corner of a high one. */
const byteTrees = (draws: Draws) =>
  [
    [0, 0],
    [1, 0],
    [32, 0],
    [33, 1],
    [100, 2],
    [512, 4],
    [513, 5],
    [70, 23],
  ].map(([length, height]) => {
    const bytes = draws.bytes(length!)
    const root = rootOfBytes(bytes, height!)
    return {
      bytes,
      height,
      root,
      paddedHeight: height! + 3,
      paddedRoot: padToHeight(root, height!, height! + 3),
    }
  })

/** Shapes of trees: height, leaves given, height of the sub-trees that the leaves stand for. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [0, 1, 0],
  [1, 1, 0],
  [1, 2, 0],
  [2, 3, 0],
  [3, 8, 0],
  [3, 5, 24],
  [4, 9, 0],
  [4, 16, 4],
  [6, 33, 0],
]

const trees = (draws: Draws) =>
  SHAPES.map(([height, count, leafHeight]) => {
    const leaves = hashes(draws, count)
    return { height, leafHeight, leaves, root: merkleTree(leaves, height, leafHeight).root }
  })

type Tree = ReturnType<typeof trees>[number]

/** null is what `climb` gives where a proof proves nothing at all, whatever the root. */
const proofsOf = (tree: Tree, number: number) => {
  const { height, leafHeight, leaves } = tree
  const built = merkleTree(leaves, height, leafHeight)
  return [...new Set([0, 1, leaves.length - 1, leaves.length, 2 ** height - 1])]
    .filter((index) => index < 2 ** height)
    .flatMap((index) => {
      const [leaf, siblings] = [built.leaf(index), built.path(index)]
      const climbed = (at: number) => climb(leaf, at, siblings) ?? null
      return [
        { tree: number, leaf, index, siblings, root: climbed(index) },
        // The same leaf and siblings at other indices: another root, or none.
        ...(height > 0 ? [{ tree: number, leaf, index: index ^ 1, siblings, root: climbed(index ^ 1) }] : []),
        { tree: number, leaf, index: index + 2 ** height, siblings, root: climbed(index + 2 ** height) },
      ]
    })
}

/** Leaves opened together, and damaged; `rootWith` is the root once the first of them is zero. */
const multiproofsOf = ({ height, leafHeight, leaves }: Tree, number: number) => {
  const built = merkleTree(leaves, height, leafHeight)
  const last = 2 ** height - 1
  const sets = [
    [0],
    [last],
    [0, last],
    [0, 1, 2].filter((i) => i <= last),
    [1, 4, 5].filter((i) => i <= last),
  ]
  return sets
    .filter((indices) => indices.length > 0)
    .map((indices) => inOrder(indices))
    .flatMap((indices) => {
      const proof = proofOf(built, indices, leafHeight)
      const damaged = [flipBit(proof, 0, 0), flipBit(proof, proof.length - 1, 3), proof.slice(0, -1)]
      return [proof, ...damaged].map((witness) => {
        const opened = openLeaves(witness, 0, indices, height, leafHeight)
        const { value } = opened.ok ? opened : { value: undefined }
        return {
          tree: number,
          indices,
          height,
          leafHeight,
          witness,
          ...(value === undefined
            ? outcomeOf('root', opened)
            : {
                leaves: value.leaves,
                root: value.root,
                rootWith: value.rootWith(indices[0]!, ZERO_HASH),
                end: value.end,
              }),
        }
      })
    })
}

interface Write {
  readonly address: number
  readonly bytes: Bytes
}

const memoryCases = (draws: Draws): readonly (readonly Write[])[] => {
  const at = (address: number, length: number): Write => ({ address, bytes: draws.bytes(length) })
  return [
    [],
    [at(0, 1)],
    [at(31, 2)],
    [at(0x1000_0000, 512), at(0x1000_0200, 8)],
    [at(0x1_0000, 70), at(slotAddress(1), 33), at(slotAddress(7), 4)],
    // The later write prevails.
    [at(64, 40), at(70, 3)],
    // Wraps at 4 GiB.
    [at(2 ** 32 - 5, 12)],
    Array.from({ length: 8 }, (_, slot) => at(slotAddress(slot) + 96 * slot, 20)),
    Array.from({ length: 40 }, () => at(draws.below(2 ** 32), 1 + draws.below(60))),
  ]
}

const memories = (draws: Draws) =>
  memoryCases(draws).map((writes) => {
    const memory = writes.reduce(
      (written, { address, bytes }) => writeBytes(written, address, bytes),
      EMPTY_MEMORY,
    )
    const touched = writes.slice(-2).map(({ address }) => Math.floor(address / LEAF_BYTES))
    const indices = [...new Set([...touched, 0, 2 ** MEMORY_HEIGHT - 1])]
    return {
      writes,
      root: memoryRoot(memory),
      slotRoots: slotRoots(memory),
      proofs: indices.map((index) => ({
        index,
        leaf: readLeaf(memory, index),
        // A sibling that is Z(level) is left out as null.
        siblings: leafPath(memory, index).map((sibling, level) =>
          sibling === zeroRoot(level) ? null : sibling,
        ),
      })),
    }
  })

export const commitmentVectors = (): VectorFile => {
  const draws = drawsFrom(1)
  const built = trees(draws)
  return {
    about:
      'Commitments: spec/commitments. Proofs name the tree that they were taken from; root is what they give.',
    zeroRoots: Array.from({ length: MAX_ZERO_HEIGHT + 1 }, (_, height) => zeroRoot(height)),
    keccaks: keccaks(draws),
    tensors: tensors(draws),
    byteTrees: byteTrees(draws),
    trees: built,
    proofs: built.flatMap(proofsOf),
    multiproofs: built.flatMap(multiproofsOf),
    memories: memories(draws),
  }
}
