import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dissections, maxDisputeSeconds, maxMoves } from './bounds.ts'

/** Rationale: the loop is held against the definition; one dissection too few, and the bound on moves is wrong. */
test('BOUND-3 dissections is the least d with arity^d >= length', () => {
  const lengths = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 48 - 1 }))
  fc.assert(
    fc.property(lengths, fc.integer({ min: 2, max: 64 }), (length, arity) => {
      const depth = dissections(length, arity)
      expect(BigInt(arity) ** BigInt(depth) >= BigInt(length)).toBe(true)
      if (depth > 0) expect(BigInt(arity) ** BigInt(depth - 1) < BigInt(length)).toBe(true)
    }),
  )
  expect([1, 2, 3, 4, 5, 16, 17].map((length) => dissections(length, 4))).toEqual([0, 1, 1, 1, 2, 2, 3])
  expect(dissections(2 ** 48 - 1, 2)).toBe(48)
})

test('BOUND-4 a dispute has its opening, and in each phase its dissections, or one move where it needs none', () => {
  expect(maxMoves([1], 2)).toBe(2)
  expect(maxMoves([16, 1, 17], 4)).toBe(1 + 2 + 1 + 3)
})

test('BOUND-5 a dispute ends a second after both clocks have run out', () => {
  const parameters = { clockSeconds: 100, descentSeconds: 7 }
  expect(maxDisputeSeconds(parameters, 1)).toBe(2 * 100 + 1)
  expect(maxDisputeSeconds(parameters, 4)).toBe(2 * (100 + 3 * 7) + 1)
})
