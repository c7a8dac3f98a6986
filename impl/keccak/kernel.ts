import { readFileSync } from 'node:fs'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { KERNEL_FILE } from './build.ts'

/**
 * The kernel that hashes Merkle trees, `keccak.c`. There is one for the process: whoever calls it puts what is to be
 * hashed into its buffers, and takes the result out before anybody else may call it.
 */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly messages: Address
  readonly hashes: Address
  readonly block: Address
  readonly heap: Address
  readonly leaves: Address
  readonly initialise: () => void
  readonly hash_messages: (count: number) => void
  readonly hash_block: () => void
  readonly clear_heap: (leafHeight: number) => void
  readonly set_leaves: () => void
  readonly is_stale: () => number
  readonly hash_heap: () => void
}

interface Address {
  readonly value: number
}

/** The part of WebAssembly's JavaScript interface that is used here; Node's types leave it out. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Bytes) => object
  readonly Instance: new (module: object) => { readonly exports: Exports }
}

const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly
const { exports } = new Instance(new Module(readFileSync(KERNEL_FILE)))
exports.initialise()

/** The kernel's memory never grows, so a view stays one. */
const view = ({ value }: Address, length: number): Bytes =>
  new Uint8Array(exports.memory.buffer, value, length)

export const HASH_BYTES = 32
/** What an inner node hashes: its two children. */
export const MESSAGE_BYTES = 2 * HASH_BYTES

/** Messages a batch. */
export const BATCH_MESSAGES = 1024
/** Messages of 64 bytes, `BATCH_MESSAGES` of them. */
export const messages = view(exports.messages, BATCH_MESSAGES * MESSAGE_BYTES)
/** Their hashes. */
export const hashes = view(exports.hashes, BATCH_MESSAGES * HASH_BYTES)
/** Hashes the first `count` messages, `BATCH_MESSAGES` at most. */
export const hashMessages: (count: number) => void = exports.hash_messages

/** What a block of the sponge takes in. */
export const RATE_BYTES = 136
/** A message of less than `RATE_BYTES` and its padding. */
export const block = view(exports.block, RATE_BYTES)
/** Hashes the block; the hash is the first of `hashes`. */
export const hashBlock: () => void = exports.hash_block

/** Height of the tree that `heap` holds. */
export const HEAP_HEIGHT = 7
export const HEAP_LEAVES = 2 ** HEAP_HEIGHT
export const HEAP_BYTES = 2 * HEAP_LEAVES * HASH_BYTES
/**
 * A tree of 128 leaves: the root at 1, the children of node i at 2 i and 2 i + 1, leaf i at 128 + i, 32 bytes each.
 * What stands before the root says which leaves changed since the tree was hashed, so that a heap may be taken out and
 * put back at any time.
 */
export const heap = view(exports.heap, HEAP_BYTES)
/** Node `index` of a heap. */
export const heapNode = (of: Bytes, index: number): Bytes =>
  of.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
/** Makes `leaf` the leaf at `index` of a heap that was taken out; whether that changed it. */
export const replaceLeaf = (of: Bytes, index: number, leaf: Bytes): boolean => {
  const node = heapNode(of, HEAP_LEAVES + index)
  if (Buffer.compare(node, leaf) === 0) return false
  node.set(leaf)
  of[index >> 3]! |= 1 << (index & 7)
  return true
}
/** What `setLeaves` makes the heap's leaves. */
export const leaves = view(exports.leaves, HEAP_LEAVES * HASH_BYTES)
/** Makes the heap a tree of zeros whose leaves are roots of height `leafHeight`, at most 25. */
export const clearHeap: (leafHeight: number) => void = exports.clear_heap
export const setLeaves: () => void = exports.set_leaves
/** Whether leaves changed since the heap was hashed. */
export const isStale = (): boolean => exports.is_stale() !== 0
/** Hashes what lies above the leaves that changed, and nothing else. */
export const hashHeap: () => void = exports.hash_heap
