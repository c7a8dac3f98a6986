/** The largest shift; a product of two int32 is at most 2^62, so half a unit of it still fits 64 bits. */
export const MAX_SHIFT = 62

const MIN_INT32 = -(2n ** 31n)
const MAX_INT32 = 2n ** 31n - 1n

/**
 * value x multiplier / 2^shift, rounded to the nearest integer, halves towards plus infinity, saturated to int32:
 *
 *   clamp(floor((value x multiplier + floor(2^shift / 2)) / 2^shift))
 *
 * `value` and `multiplier` are int32; `shift` is an unsigned 32-bit word and counts as 62 where it is larger.
 * |value x multiplier| <= 2^62 and the half is at most 2^61, so nothing here leaves a signed 64-bit integer.
 */
export const rescale = (value: number, multiplier: number, shift: number): number => {
  const bits = BigInt(Math.min(shift, MAX_SHIFT))
  const rounded = (BigInt(value) * BigInt(multiplier) + (1n << bits) / 2n) >> bits
  return Number(rounded < MIN_INT32 ? MIN_INT32 : rounded > MAX_INT32 ? MAX_INT32 : rounded)
}
