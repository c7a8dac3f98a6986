import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rescale } from './rescale.ts'

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1),
)

// Every rounding mode agrees away from the halves, so the halves are what a test must name.
test('OP-ROUND halves are rounded towards plus infinity, either sign', () => {
  expect([5, 3, 1, -1, -3, -5].map((value) => rescale(value, 1, 1))).toEqual([3, 2, 1, 0, -1, -2])
  expect([6, 5, -5, -6, -7].map((value) => rescale(value, 1, 2))).toEqual([2, 1, -1, -1, -2])
})

// A shift of nothing has no half; a shift that is out of range must still mean something.
test('OP-SHIFT a shift of 0 multiplies, one over 62 counts as 62', () => {
  expect(rescale(-7, 3, 0)).toBe(-21)
  expect(rescale(-(2 ** 31), -(2 ** 31), 62)).toBe(1)
  for (const shift of [63, 64, 2 ** 31, 2 ** 32 - 1])
    expect(rescale(-(2 ** 31), -(2 ** 31), shift)).toBe(rescale(-(2 ** 31), -(2 ** 31), 62))
})

test('OP-SATURATE what does not fit int32 becomes its nearest end', () => {
  expect(rescale(2 ** 31 - 1, 2, 0)).toBe(2 ** 31 - 1)
  expect(rescale(-(2 ** 31), 2, 0)).toBe(-(2 ** 31))
  expect(rescale(-(2 ** 31), -1, 0)).toBe(2 ** 31 - 1)
})

// Independent of the shift-and-add form: the result is the nearest integer to the true quotient.
test('OP-NEAREST an unsaturated result is within half a unit of the quotient', () => {
  fc.assert(
    fc.property(int32, int32, fc.integer({ min: 0, max: 62 }), (value, multiplier, shift) => {
      const result = rescale(value, multiplier, shift)
      if (result === 2 ** 31 - 1 || result === -(2 ** 31)) return
      const twice = 2n * BigInt(value) * BigInt(multiplier) - 2n * BigInt(result) * 2n ** BigInt(shift)
      expect(twice >= -(2n ** BigInt(shift)) && twice < 2n ** BigInt(shift)).toBe(true)
    }),
  )
})
