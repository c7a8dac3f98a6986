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

  // Rationale: a run writes many pages between two roots, close together and far apart, and each of them whole.
  test('VM-47 many pages between two roots, in any order, come to the memory root of what they hold last', () => {
    const page = fc.oneof(
      fc.integer({ min: 100, max: 300 }),
      fc.constantFrom(0, 0x7_ffff, 0x8_0000, 0xf_ffff),
    )
    const update = fc.record({ page, factor: fc.integer({ min: 1, max: 1000 }), keep: fc.boolean() })
    const rounds = fc.array(fc.array(update, { maxLength: 5, size: 'max' }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(rounds, (given) => {
        const tree = new PageTree(2)
        let memory = EMPTY_MEMORY
        for (const updates of given) {
          for (const { page: at, factor, keep } of updates) {
            const bytes = Uint8Array.from({ length: PAGE_BYTES }, (_, i) => (i * factor) >> 3)
            tree.update(at, wordsOf(bytes), keep)
            memory = writeBytes(memory, at * PAGE_BYTES, bytes)
          }
          expect(tree.root()).toBe(memoryRoot(memory))
          for (const height of [7, 13, 14, 20, 21, 26])
            expect(tree.node(height, (0x8_0000 >> (height - 7)) ^ 1)).toBe(leafPath(memory, 2 ** 26)[height])
        }
      }),
      { numRuns: 25 },
    )
  })
})
