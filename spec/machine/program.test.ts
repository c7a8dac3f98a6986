import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Code, codeHeightFor, codeOffset, codeTree, fetchWord } from './program.ts'

const BASE = 0x1_0000

describe('program', () => {
  // Rationale: what is outside the code traps, so its two ends decide what a machine does.
  test('VM-69 a fetch is aligned and inside the tree, which may wrap at 2^32', () => {
    for (const height of [0, 1, 3]) {
      const bytes = 32 * 2 ** height
      const offsets = [0, 4, bytes - 4, bytes, bytes + 4, -4].map((at) => codeOffset(BASE, height, BASE + at))
      expect(offsets).toEqual([0, 4, bytes - 4, undefined, undefined, undefined])
      expect([1, 2, 3, bytes - 1].map((at) => codeOffset(BASE, height, BASE + at))).toEqual(
        Array(4).fill(undefined),
      )
    }
    expect(codeOffset(0xffff_ffe0, 1, 4)).toBe(36)
    expect(codeOffset(0, 27, 0xffff_fffc)).toBe(0xffff_fffc)
  })

  test('VM-70 a word that the program does not have is zero, one outside the tree is none', () => {
    const code: Code = { base: BASE, height: 1, words: [7, 8, 9] }
    const fetched = [0, 8, 12, 60, 64, 2, -4].map((at) => fetchWord(code, BASE + at))
    expect(fetched).toEqual([7, 9, 0, 0, undefined, undefined, undefined])
  })

  test('VM-71 a code tree is as high as its words need, and no higher', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 20 }), (words) => {
        const height = codeHeightFor(words)
        expect(8 * 2 ** height).toBeGreaterThanOrEqual(words)
        if (height > 0) expect(8 * 2 ** (height - 1)).toBeLessThan(words)
      }),
    )
    expect([0, 1, 8, 9, 16, 17, 32].map(codeHeightFor)).toEqual([0, 0, 0, 1, 1, 2, 2])
  })

  // Rationale: every witness opens the tree, and a model's code has thousands of leaves.
  test('VM-72 a code is hashed once', () => {
    const code: Code = { base: BASE, height: 1, words: [7, 8, 9] }
    expect(codeTree(code)).toBe(codeTree(code))
    expect(codeTree({ ...code })).not.toBe(codeTree(code))
    expect(codeTree({ ...code }).root).toBe(codeTree(code).root)
  })
})
