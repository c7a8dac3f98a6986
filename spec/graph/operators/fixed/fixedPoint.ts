/**
 * Arithmetic that the fixed-point operators share. A value x stands as the int32 round(x 2^F), F its fraction bits.
 * Whatever can leave int32 is saturated; what each operator sums before that is exact, and each says why.
 */
const MIN_INT32 = -(2n ** 31n)
const MAX_INT32 = 2n ** 31n - 1n

/** Shifts beyond this leave nothing of a value below 2^62 in magnitude. */
const MAX_RIGHT_SHIFT = 62
/** Shifting any integer but 0 left by so much leaves int32 or comes to its lower end. */
const MAX_LEFT_SHIFT = 31

export const saturate = (value: bigint): number =>
  Number(value < MIN_INT32 ? MIN_INT32 : value > MAX_INT32 ? MAX_INT32 : value)

/** value / 2^bits, halves towards plus infinity: floor(value / 2^bits + 1/2); |value| <= 2^62, 0 <= bits. */
export const shiftRound = (value: bigint, bits: number): bigint => {
  if (bits > MAX_RIGHT_SHIFT) return 0n
  return bits === 0 ? value : (value + (1n << BigInt(bits - 1))) >> BigInt(bits)
}

/** saturate(value / 2^bits), rounded as `shiftRound`; a negative number of bits shifts left. `bits` is any int32. */
export const shiftSaturate = (value: bigint, bits: number): number =>
  saturate(bits >= 0 ? shiftRound(value, bits) : value << BigInt(Math.min(-bits, MAX_LEFT_SHIFT)))

/** Bits of an unsigned 32-bit number: 0 for 0. */
export const bitLength = (value: number): number => 32 - Math.clz32(value)

/** Bits of the largest magnitude: those of the OR of all magnitudes. */
export const magnitudeBits = (values: ArrayLike<number>): number => {
  let union = 0
  for (let i = 0; i < values.length; i++) union |= Math.abs(values[i]!)
  return bitLength(union)
}

export const ACTIVATION_BITS = 15

export interface Quantised {
  readonly exponent: number
  /** Within +-32767. */
  readonly values: Int16Array
}

/**
 * Integers in 15 bits and sign, with one power of two for all:
 *
 *   e = max(0, bits(max |x|) - 15)      a[i] = clamp(floor(x[i] / 2^e + 1/2), +-32767)
 *
 * A row loses at most half a unit of 2^-14 of its largest element.
 */
export const quantise = (x: ArrayLike<number>): Quantised => {
  const exponent = Math.max(0, magnitudeBits(x) - ACTIVATION_BITS)
  const values = Int16Array.from(x, (value) =>
    Math.min(Math.max(Math.floor(value / 2 ** exponent + 0.5), -32767), 32767),
  )
  return { exponent, values }
}

/** 2^-f = c0 - f (c1 - f (c2 - ...)) for f in [0, 1), in Q31. */
const EXP2_COEFFICIENTS: readonly bigint[] = [
  2147483530n,
  1488513691n,
  515781526n,
  118755002n,
  19780205n,
  2034856n,
]

/**
 * 2^-t in Q31, t unsigned 32-bit in Q16; 0 from t = 32 on. For a fraction f, in Q32, by Horner's scheme:
 *
 *   r = c5;   r = c_i - floor(r f / 2^32)  for i = 4, ..., 0;   2^-t = floor(r / 2^floor(t))
 *
 * Relative error 1.0e-7; falls with t, over the seams between powers too. t = 0 gives 2147483530.
 */
export const exp2Neg = (t: number): number => {
  const fraction = BigInt(t % 2 ** 16) << 16n
  const value = EXP2_COEFFICIENTS.reduceRight((r, c) => c - ((r * fraction) >> 32n))
  const whole = Math.floor(t / 2 ** 16)
  return whole > 31 ? 0 : Number(value >> BigInt(whole))
}

/** Weights of a softmax and of a draw: 2^-t in Q24. */
export const exp2NegQ24 = (t: number): number => exp2Neg(t) >>> 7
