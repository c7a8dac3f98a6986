import type { Bytes } from '../../spec/commitments/bytes.ts'
import { asHash, type Hash } from '../../spec/commitments/hash.ts'
import { MEMORY_HEIGHT } from '../../spec/commitments/memory.ts'
import { zeroRoot } from '../../spec/commitments/merkle.ts'
import {
  clearHeap,
  HEAP_BYTES,
  HEAP_HEIGHT,
  HEAP_LEAVES,
  hashHeap,
  heap,
  heapNode,
  isStale,
  leaves,
  replaceLeaf,
  setLeaves,
} from '../keccak/kernel.ts'

/**
 * The Merkle tree of the machine's memory over its pages, kept from one root to the next: a page whose bytes did not
 * change is not hashed again, and of one that did only the paths of the leaves that changed.
 *
 * It is made of heaps of seven levels: one for each page, and three tiers above them, whose leaves have the heights 7,
 * 14 and 21. The last tier is a single heap, of which the memory is the lower left part.
 */
export const PAGE_HEIGHT = HEAP_HEIGHT
const TIERS = 3

/** Height of the leaves of a tier's heaps. */
const leafHeightOf = (tier: number): number => HEAP_HEIGHT * (tier + 1)

interface Tier {
  /** By index of the heap; one that is absent is all zero. */
  readonly heaps: Map<number, Bytes>
  /** Heaps with leaves that changed since they were hashed. */
  readonly stale: Set<number>
}

/** Heaps of pages, 8 KiB each, that a tree keeps. */
const KEPT_PAGES = 1024

export class PageTree {
  /** Heaps of pages that will change again, the one that was used last at the end. */
  private readonly pages = new Map<number, Bytes>()
  private readonly tiers: readonly Tier[] = Array.from({ length: TIERS }, () => ({
    heaps: new Map<number, Bytes>(),
    stale: new Set<number>(),
  }))
  private readonly keptPages: number

  /** `keptPages` is for tests: how many pages the inner nodes are kept of, at least 1. */
  constructor(keptPages = KEPT_PAGES) {
    this.keptPages = keptPages
  }

  /**
   * Tells the tree what `page` holds now. `keep` where the page will change again: then its inner nodes stay in
   * memory, and only leaves that changed are hashed the next time.
   */
  update(page: number, words: Int32Array, keep: boolean): void {
    const known = this.pages.get(page)
    if (known) heap.set(known)
    else clearHeap(0)
    leaves.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    setLeaves()
    if (known && !isStale()) return
    hashHeap()
    if (known || keep) this.keep(page, known)
    this.place(page, heapNode(heap, 1).slice())
  }

  /** Tells the tree the root of what `page` holds now. */
  place(page: number, root: Bytes): void {
    this.setRoot(0, page, root)
  }

  root(): Hash {
    return this.node(MEMORY_HEIGHT, 0)
  }

  /** Root of the sub-tree of `height` (7 to 27) at `index`. */
  node(height: number, index: number): Hash {
    this.hashTiers()
    const tier = Math.min(TIERS, Math.floor(height / HEAP_HEIGHT)) - 1
    const level = height - leafHeightOf(tier)
    const width = HEAP_LEAVES >> level
    const found = this.tiers[tier]!.heaps.get(Math.floor(index / width))
    return found ? asHash(heapNode(found, width + (index % width))) : zeroRoot(height)
  }

  /** Siblings of leaf `index` of the memory, lowest first; `words` are what its page holds now. */
  path(index: number, words: Int32Array): readonly Hash[] {
    const page = index >>> PAGE_HEIGHT
    this.update(page, words, true)
    const pageHeap = this.pages.get(page)!
    return Array.from({ length: MEMORY_HEIGHT }, (_, level) =>
      level < PAGE_HEIGHT
        ? asHash(heapNode(pageHeap, ((HEAP_LEAVES + (index % HEAP_LEAVES)) >> level) ^ 1))
        : this.node(level, (index >>> level) ^ 1),
    )
  }

  /** Takes the kernel's heap out as that of `page`; the page that was not used for the longest time makes room. */
  private keep(page: number, known: Bytes | undefined): void {
    const kept = known ?? new Uint8Array(HEAP_BYTES)
    kept.set(heap)
    this.pages.delete(page)
    this.pages.set(page, kept)
    if (this.pages.size > this.keptPages) this.pages.delete(this.pages.keys().next().value!)
  }

  /** Makes a root the leaf of `tier` at `index`. */
  private setRoot(tier: number, index: number, root: Bytes): void {
    const { heaps, stale } = this.tiers[tier]!
    const at = Math.floor(index / HEAP_LEAVES)
    const above = heaps.get(at) ?? this.zeroHeap(tier)
    heaps.set(at, above)
    if (replaceLeaf(above, index % HEAP_LEAVES, root)) stale.add(at)
  }

  private zeroHeap(tier: number): Bytes {
    clearHeap(leafHeightOf(tier))
    return heap.slice()
  }

  private hashTiers(): void {
    for (const [tier, { heaps, stale }] of this.tiers.entries()) {
      for (const index of stale) {
        const staleHeap = heaps.get(index)!
        heap.set(staleHeap)
        hashHeap()
        staleHeap.set(heap)
        if (tier + 1 < TIERS) this.setRoot(tier + 1, index, heapNode(heap, 1).slice())
      }
      stale.clear()
    }
  }
}
