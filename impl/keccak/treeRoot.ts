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
const GROUP_BYTES = HEAP_LEAVES * HASH_BYTES

/** Puts up to 128 nodes into the heap, zero trees of `height` behind them, and hashes it. */
const hashGroup = (nodes: Bytes, height: number): void => {
  clearHeap(height)
  // What is behind the nodes is to be left as it has just been made.
  if (nodes.length < GROUP_BYTES) leaves.set(heap.subarray(GROUP_BYTES))
  leaves.set(nodes)
  setLeaves()
  hashHeap()
}

/** Roots of height `height` + 7 over the nodes of that height. */
const tierAbove = (nodes: Bytes, height: number): Bytes => {
  const groups = Math.ceil(nodes.length / GROUP_BYTES)
  const roots = new Uint8Array(groups * HASH_BYTES)
  for (let group = 0; group < groups; group++) {
    hashGroup(nodes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES), height)
    roots.set(heapNode(heap, 1), group * HASH_BYTES)
  }
  return roots
}

/** Root of the tree of `height`, at most 32, whose leaves are the bytes, zeros behind them. */
export const rootOfBytes = (bytes: Bytes, height: number): MerkleRoot => {
  if (bytes.length > HASH_BYTES * 2 ** height)
    throw new RangeError(`${bytes.length} bytes in a tree of height ${height}`)
  let [nodes, level] = [bytes, 0]
  for (; level + HEAP_HEIGHT <= height; level += HEAP_HEIGHT) nodes = tierAbove(nodes, level)
  // What is left of the height is the heap's lower left part.
  hashGroup(nodes, level)
  return toHex(heapNode(heap, HEAP_LEAVES >> (height - level))) as MerkleRoot
}

/** As the specification's: the root of the slot that the tensor's bytes begin. */
export const tensorRoot = (bytes: Bytes): TensorRoot =>
  rootOfBytes(bytes, SLOT_HEIGHT) as unknown as TensorRoot
