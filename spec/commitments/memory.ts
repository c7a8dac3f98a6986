import { type Bytes, fromHex } from './bytes.ts'
import { asHash, type Hash, type MerkleRoot } from './hash.ts'
import { join, zeroRoot } from './merkle.ts'
import { SLOT_BYTES, SLOT_HEIGHT } from './tensor.ts'

/**
 * The machine's memory: 4 GiB as a tree of 2^27 leaves of 32 bytes, in eight slots of 512 MiB. Slot 0 holds the
 * program's data, its stack and, in the upper half, the job page; slots 1 to 6 the operands; slot 7 the output.
 *
 * A memory is a value: a store returns another memory that shares all but one path with the old one, and a
 * sub-tree's root is computed once, when somebody asks for it.
 */
export const MEMORY_HEIGHT = 27
export const SLOT_COUNT = 8
export const OUTPUT_SLOT = 7
/** Height of the slot's place in the memory: the memory root is the root of eight slot roots. */
export const SLOTS_HEIGHT = MEMORY_HEIGHT - SLOT_HEIGHT
export const LEAF_BYTES = 32

interface Branch {
  readonly left: Node
  readonly right: Node
  root?: Hash
}
/** Absent is all zero, to any height. */
type Node = Branch | Bytes | undefined

export interface Memory {
  readonly tree: Node
}

export const EMPTY_MEMORY: Memory = { tree: undefined }

const ZERO_LEAF: Bytes = new Uint8Array(LEAF_BYTES)

const isRightAt = (index: number, level: number): boolean => Math.floor(index / 2 ** (level - 1)) % 2 === 1

const child = (node: Node, right: boolean): Node =>
  node === undefined ? undefined : right ? (node as Branch).right : (node as Branch).left

const rootOf = (node: Node, height: number): Hash => {
  if (node === undefined) return zeroRoot(height)
  if (node instanceof Uint8Array) return asHash(node)
  node.root ??= join(rootOf(node.left, height - 1), rootOf(node.right, height - 1))
  return node.root
}

const replace = (node: Node, height: number, index: number, leaf: Bytes): Node => {
  if (height === 0) return leaf
  const right = isRightAt(index, height)
  const replaced = replace(child(node, right), height - 1, index, leaf)
  return right ? { left: child(node, false), right: replaced } : { left: replaced, right: child(node, true) }
}

export const memoryRoot = (memory: Memory): MerkleRoot => rootOf(memory.tree, MEMORY_HEIGHT) as MerkleRoot

/** The 32 bytes of leaf `index` = address / 32. */
export const readLeaf = (memory: Memory, index: number): Bytes => {
  let node = memory.tree
  for (let level = MEMORY_HEIGHT; level > 0 && node !== undefined; level--) {
    node = child(node, isRightAt(index, level))
  }
  return (node as Bytes | undefined) ?? ZERO_LEAF
}

export const writeLeaf = (memory: Memory, index: number, leaf: Bytes): Memory => ({
  tree: replace(memory.tree, MEMORY_HEIGHT, index, leaf),
})

/** Siblings of a leaf, lowest first: what `climb` takes. */
export const leafPath = (memory: Memory, index: number): readonly Hash[] => {
  const siblings: Hash[] = []
  let node = memory.tree
  for (let level = MEMORY_HEIGHT; level > 0; level--) {
    const right = isRightAt(index, level)
    siblings.unshift(rootOf(child(node, !right), level - 1))
    node = child(node, right)
  }
  return siblings
}

/** Roots of the eight slots. */
export const slotRoots = (memory: Memory): readonly Hash[] =>
  Array.from({ length: SLOT_COUNT }, (_, slot) => {
    let node = memory.tree
    for (let level = SLOTS_HEIGHT; level > 0; level--) node = child(node, ((slot >> (level - 1)) & 1) === 1)
    return rootOf(node, SLOT_HEIGHT)
  })

/** Bytes `address` to `address + length - 1`, wrapping at 4 GiB. */
export const readBytes = (memory: Memory, address: number, length: number): Bytes => {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const at = (address + done) % 2 ** 32
    const leaf = readLeaf(memory, Math.floor(at / LEAF_BYTES))
    const part = leaf.subarray(at % LEAF_BYTES, (at % LEAF_BYTES) + length - done)
    bytes.set(part, done)
    done += part.length
  }
  return bytes
}

export const writeBytes = (memory: Memory, address: number, bytes: Bytes): Memory => {
  let written = memory
  for (let done = 0; done < bytes.length; ) {
    const at = (address + done) % 2 ** 32
    const index = Math.floor(at / LEAF_BYTES)
    const leaf = readLeaf(written, index).slice()
    const part = bytes.subarray(done, done + LEAF_BYTES - (at % LEAF_BYTES))
    leaf.set(part, at % LEAF_BYTES)
    written = writeLeaf(written, index, leaf)
    done += part.length
  }
  return written
}

/** First address of a slot. */
export const slotAddress = (slot: number): number => slot * SLOT_BYTES

/** A leaf's bytes from its hash form; a leaf is its own hash. */
export const leafBytes = (leaf: Hash): Bytes => fromHex(leaf)
