import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY, leafPath, memoryRoot, writeBytes } from '../../spec/commitments/memory.ts'
import { PAGE_BYTES, PAGE_WORDS, PagedMemory } from './pagedMemory.ts'
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

describe('paged memory', () => {
  // Rationale: a dispute goes back and forth hundreds of times; what each visit wrote must be given back.
  test('VM-46 going back to a snapshot restores the bytes and gives its pages back', () => {
    const memory = new PagedMemory([{ address: 0x1ffe, bytes: Uint8Array.of(1, 2, 3, 4) }])
    memory.write(0x1fff, Uint8Array.of(9))
    const snapshot = memory.freeze()
    const poolWords = memory.words.length
    for (let visit = 0; visit < 200; visit++) {
      memory.write(0x1fff, Uint8Array.of(visit, visit))
      memory.write(0xffff_ffff, Uint8Array.of(visit, visit))
      expect(memory.read(0xffff_ffff, 2)).toEqual(Uint8Array.of(visit, visit))
      memory.restore(snapshot)
      expect(memory.read(0x1ffe, 4)).toEqual(Uint8Array.of(1, 9, 3, 4))
      expect(memory.read(0xffff_ffff, 2)).toEqual(Uint8Array.of(0, 0))
    }
    expect(memory.words.length).toBe(poolWords)
  })
})
