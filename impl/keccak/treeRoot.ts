import { type Bytes, toHex } from '../../spec/commitments/bytes.ts'
import type { MerkleRoot, TensorRoot } from '../../spec/commitments/hash.ts'
import { SLOT_HEIGHT } from '../../spec/commitments/tensor.ts'
import {
  clearHeap,
  HASH_BYTES,
  HEAP_HEIGHT,
  HEAP_LEAVES,
  hashHeap,
  heap,
  heapNode,
  leaves,
  setLeaves,
} from './kernel.ts'

/**
 * Roots of whole trees, through the kernel: the specification's `rootOfBytes` and `tensorRoot`, some twenty times as
 * fast. A tree is hashed in tiers of seven levels; what is zero costs no hash.
 */
/** Bytes that a tier makes one node of. */
export const GROUP_BYTES = HEAP_LEAVES * HASH_BYTES

const NONE: Bytes = new Uint8Array(0)

/** Puts up to 128 nodes into the heap, zero trees of `height` behind them, and hashes it. */
const hashGroup = (nodes: Bytes, height: number): void => {
  clearHeap(height)
  // What is behind the nodes is to be left as it has just been made.
  if (nodes.length < GROUP_BYTES) leaves.set(heap.subarray(GROUP_BYTES))
  leaves.set(nodes)
  setLeaves()
  hashHeap()
}

/** Roots of height `height` + 7 over the nodes of that height. @param known the first ones of them */
const tierAbove = (nodes: Bytes, height: number, known = NONE): Bytes => {
  const groups = Math.ceil(nodes.length / GROUP_BYTES)
  const roots = new Uint8Array(groups * HASH_BYTES)
  roots.set(known)
  for (let group = known.length / HASH_BYTES; group < groups; group++) {
    hashGroup(nodes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES), height)
    roots.set(heapNode(heap, 1), group * HASH_BYTES)
  }
  return roots
}

/** Root of the tree of `height`, at most 32, from its nodes at `level`, zeros behind them. */
const rootOfNodes = (nodes: Bytes, level: number, height: number): MerkleRoot => {
  if (nodes.length > HASH_BYTES * 2 ** (height - level))
    throw new RangeError(`${nodes.length} bytes in a tree of height ${height - level}`)
  if (level + HEAP_HEIGHT <= height) return rootOfNodes(tierAbove(nodes, level), level + HEAP_HEIGHT, height)
  // What is left of the height is the heap's lower left part.
  hashGroup(nodes, level)
  return toHex(heapNode(heap, HEAP_LEAVES >> (height - level))) as MerkleRoot
}

/** Root of the tree of `height`, at most 32, whose leaves are the bytes, zeros behind them. */
export const rootOfBytes = (bytes: Bytes, height: number): MerkleRoot => rootOfNodes(bytes, 0, height)

/**
 * Roots of the pages of `GROUP_BYTES` that a tensor's bytes are cut into, 32 bytes each; the last page ends with zeros.
 *
 * @param known the first ones, where somebody has hashed them already
 */
export const pageRoots = (bytes: Bytes, known = NONE): Bytes => tierAbove(bytes, 0, known)

/** Root of the tensor whose pages have these roots. */
export const tensorRootOfPages = (roots: Bytes): TensorRoot =>
  rootOfNodes(roots, HEAP_HEIGHT, SLOT_HEIGHT) as unknown as TensorRoot

/** As the specification's: the root of the slot that the tensor's bytes begin. */
export const tensorRoot = (bytes: Bytes): TensorRoot => tensorRootOfPages(pageRoots(bytes))
