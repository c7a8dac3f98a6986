import { keccakP } from '@noble/hashes/sha3.js'
import { type Bytes, fromHex } from '../../spec/commitments/bytes.ts'
import { asHash, type Hash } from '../../spec/commitments/hash.ts'
import { MEMORY_HEIGHT } from '../../spec/commitments/memory.ts'
import { zeroRoot } from '../../spec/commitments/merkle.ts'
import { PAGE_WORDS } from './pagedMemory.ts'

/**
 * The Merkle tree of the machine's memory over its pages, kept from one root to the next: a page whose bytes did not
 * change is not hashed again, and of one that did only the paths of the leaves that changed. Hashes are eight words
 * in memory order; a page's tree is a heap of 256 of them, root at 1, leaves at 128.
 */
const HASH_WORDS = 8
export const PAGE_HEIGHT = 7
const PAGE_LEAVES = 2 ** PAGE_HEIGHT
const HEAP_WORDS = 2 * PAGE_LEAVES * HASH_WORDS

type Words = Uint32Array

const wordsOf = (hash: Hash): Words => {
  const bytes = fromHex(hash)
  return new Uint32Array(bytes.buffer, bytes.byteOffset, HASH_WORDS)
}
const bytesOf = (words: Words): Bytes =>
  new Uint8Array(words.buffer, words.byteOffset, 4 * HASH_WORDS).slice()

const ZEROS: readonly Words[] = Array.from({ length: MEMORY_HEIGHT + 1 }, (_, h) => wordsOf(zeroRoot(h)))

const lanes = new Uint32Array(50)

/** keccak-256 of the 64 bytes at `from` into `to`: one block of the sponge, so the permutation alone is called. */
const hashPair = (source: Words, from: number, target: Words, to: number): void => {
  lanes.fill(0)
  for (let i = 0; i < 2 * HASH_WORDS; i++) lanes[i] = source[from + i]!
  // Padding of a message of 64 bytes in a block of 136.
  lanes[16] = 0x01
  lanes[33] = 0x8000_0000
  keccakP(lanes)
  for (let i = 0; i < HASH_WORDS; i++) target[to + i] = lanes[i]!
}

const equalAt = (a: Words, at: number, b: Words, from = 0): boolean => {
  for (let i = 0; i < HASH_WORDS; i++) if (a[at + i] !== b[from + i]) return false
  return true
}

/** Hashes node `index` of a page's heap from its children; most nodes of a sparse page are a zero root. */
const hashNode = (heap: Words, index: number, height: number): void => {
  const zero = ZEROS[height - 1]!
  const children = 2 * index * HASH_WORDS
  if (equalAt(heap, children, zero) && equalAt(heap, children + HASH_WORDS, zero)) {
    heap.set(ZEROS[height]!, index * HASH_WORDS)
  } else {
    hashPair(heap, children, heap, index * HASH_WORDS)
  }
}

const zeroHeap = (() => {
  const heap = new Uint32Array(HEAP_WORDS)
  for (let index = PAGE_LEAVES - 1, height = 1; index >= 1; index--) {
    if (index < PAGE_LEAVES >> height) height++
    heap.set(ZEROS[height]!, index * HASH_WORDS)
  }
  return heap
})()

/** Brings a page's heap up to date with its 1024 words; whether anything changed. */
const updateHeap = (heap: Words, words: Words): boolean => {
  const stale = new Uint8Array(PAGE_LEAVES)
  let changed = false
  for (let leaf = 0; leaf < PAGE_LEAVES; leaf++) {
    const at = (PAGE_LEAVES + leaf) * HASH_WORDS
    if (equalAt(heap, at, words, leaf * HASH_WORDS)) continue
    heap.set(words.subarray(leaf * HASH_WORDS, (leaf + 1) * HASH_WORDS), at)
    stale[(PAGE_LEAVES + leaf) >> 1] = 1
    changed = true
  }
  if (!changed) return false
  for (let index = PAGE_LEAVES - 1, height = 1; index >= 1; index--) {
    if (index < PAGE_LEAVES >> height) height++
    if (stale[index] === 0) continue
    hashNode(heap, index, height)
    stale[index >> 1] = 1
  }
  return true
}

export class PageTree {
  /** Heaps of pages that were updated more than once or opened; the others are only a root in `levels`. */
  private readonly heaps = new Map<number, Words>()
  /** levels[h]: node index -> hash, of height PAGE_HEIGHT + h; absent is a zero root. */
  private readonly levels: readonly Map<number, Words>[] = Array.from(
    { length: MEMORY_HEIGHT - PAGE_HEIGHT + 1 },
    () => new Map<number, Words>(),
  )
  /** Pages whose root changed since the levels above were hashed. */
  private readonly stale = new Set<number>()
  private readonly pair = new Uint32Array(2 * HASH_WORDS)

  /**
   * Tells the tree what `page` holds now. `keep` where the page will change again: then its inner nodes stay in
   * memory (8 KiB), and only leaves that changed are hashed the next time.
   */
  update(page: number, words: Int32Array, keep: boolean): void {
    const heap = this.heaps.get(page) ?? zeroHeap.slice()
    const known = this.heaps.has(page) || !this.levels[0]!.has(page)
    const changed = updateHeap(heap, new Uint32Array(words.buffer, words.byteOffset, PAGE_WORDS))
    if (keep) this.heaps.set(page, heap)
    if (known && !changed) return
    this.levels[0]!.set(page, heap.slice(HASH_WORDS, 2 * HASH_WORDS))
    this.stale.add(page)
  }

  root(): Hash {
    return this.node(MEMORY_HEIGHT, 0)
  }

  /** Root of the sub-tree of `height` (7 to 27) at `index`. */
  node(height: number, index: number): Hash {
    this.hashLevels()
    return asHash(bytesOf(this.at(height - PAGE_HEIGHT, index)))
  }

  /** Siblings of leaf `index` of the memory, lowest first; `words` are what its page holds now. */
  path(index: number, words: Int32Array): readonly Hash[] {
    const page = index >>> PAGE_HEIGHT
    this.update(page, words, true)
    this.hashLevels()
    const heap = this.heaps.get(page)!
    return Array.from({ length: MEMORY_HEIGHT }, (_, level) => {
      if (level >= PAGE_HEIGHT) return this.node(level, (index >>> level) ^ 1)
      const node = ((PAGE_LEAVES + (index % PAGE_LEAVES)) >> level) ^ 1
      return asHash(bytesOf(heap.subarray(node * HASH_WORDS, (node + 1) * HASH_WORDS)))
    })
  }

  private at(level: number, index: number): Words {
    return this.levels[level]!.get(index) ?? ZEROS[PAGE_HEIGHT + level]!
  }

  private hashLevels(): void {
    let stale: ReadonlySet<number> = this.stale
    for (let level = 1; level < this.levels.length && stale.size > 0; level++) {
      const parents = new Set<number>()
      for (const index of stale) parents.add(index >>> 1)
      for (const index of parents) {
        this.pair.set(this.at(level - 1, 2 * index), 0)
        this.pair.set(this.at(level - 1, 2 * index + 1), HASH_WORDS)
        const hash = new Uint32Array(HASH_WORDS)
        hashPair(this.pair, 0, hash, 0)
        this.levels[level]!.set(index, hash)
      }
      stale = parents
    }
    this.stale.clear()
  }
}
