import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY, leafPath, memoryRoot, writeBytes } from '../../spec/commitments/memory.ts'
import { PAGE_BYTES, PAGE_WORDS } from './pagedMemory.ts'
import { PageTree } from './pageTree.ts'

const wordsOf = (bytes: Uint8Array): Int32Array => {
  const words = new Int32Array(PAGE_WORDS)
  new Uint8Array(words.buffer).set(bytes)
  return words
}

describe('page tree', () => {
  // Rationale: pages become other pages, zero again, and are kept, not kept or forgotten in any order; only the bytes may count.
  test('VM-45 the root is the memory root of what the pages hold, after every update', () => {
    const keptPages = fc.integer({ min: 1, max: 4 })
    const update = fc.record({
      page: fc.constantFrom(0, 1, 0x1_0000, 0xf_ffff),
      bytes: fc.oneof(fc.constant(new Uint8Array(40)), fc.uint8Array({ minLength: 40, maxLength: 40 })),
      keep: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(update, { minLength: 1, maxLength: 12 }), keptPages, (updates, kept) => {
        const tree = new PageTree(kept)
        let memory = EMPTY_MEMORY
        for (const { page, bytes, keep } of updates) {
          tree.update(page, wordsOf(bytes), keep)
          memory = writeBytes(memory, page * PAGE_BYTES, bytes)
          expect(tree.root()).toBe(memoryRoot(memory))
          const leaf = page * (PAGE_BYTES / 32) + 1
          expect(tree.path(leaf, wordsOf(bytes))).toEqual(leafPath(memory, leaf))
        }
      }),
    )
    // Steps that the sequences above hide: opening a page keeps it.
    const tree = new PageTree()
    tree.update(3, wordsOf(Uint8Array.of(1)), false)
    tree.update(3, wordsOf(new Uint8Array()), true)
    expect(tree.root()).toBe(memoryRoot(EMPTY_MEMORY))
    tree.update(3, wordsOf(Uint8Array.of(1)), false)
    tree.update(3, wordsOf(new Uint8Array()), false)
    expect(tree.root()).toBe(memoryRoot(EMPTY_MEMORY))
  })
})
