import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleOf } from './sample.ts'

/** Rationale: a sample that changes with the machine, or that draws one twice, says nothing of the whole. */
test('MUTANTS-15 a sample is so many of the items, in their order, and the same ones for a seed', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.integer({ min: 1, max: 50 }), fc.nat(), (length, count, seed) => {
      const items = Array.from({ length }, (_, i) => i)
      const sample = sampleOf(items, count, seed)
      expect(sample).toHaveLength(Math.min(length, count))
      expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b))
      expect(sampleOf(items, count, seed)).toEqual(sample)
      expect(sampleOf(items, undefined, seed)).toEqual(items)
    }),
  )
  const items = Array.from({ length: 100 }, (_, i) => i)
  expect(sampleOf(items, 10, 1)).not.toEqual(sampleOf(items, 10, 2))
})
