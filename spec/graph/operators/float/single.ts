import type { Bytes } from '../../../commitments/bytes.ts'
import { int32Elements } from '../elements.ts'

/**
 * Arithmetic that the operators of the f32 format share: IEEE 754 single precision, every operation rounded to the
 * nearest, ties to even, subnormal numbers kept, nothing fused, sums in a stated order. What stands as a NaN in an output
 * is one pattern; what a NaN's other bits are in between is never looked at.
 */
export const round: (value: number) => number = Math.fround

/** The pattern of every NaN that is written. */
const NAN_BITS = 0x7fc0_0000

export const float32Elements = (bytes: Bytes, count: number): Float32Array => {
  const { buffer, byteOffset } = int32Elements(bytes, count)
  return new Float32Array(buffer, byteOffset, count)
}

/** Numbers as a tensor. */
export const floatBytes = (values: readonly number[]): Bytes => {
  const floats = Float32Array.from(values)
  const words = new Uint32Array(floats.buffer)
  floats.forEach((value, i) => {
    if (Number.isNaN(value)) words[i] = NAN_BITS
  })
  return new Uint8Array(floats.buffer)
}

/** The number whose bits these are: an attribute. */
export const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!

/** (l0 + l2) + (l1 + l3), where lane l sums elements l, l + 4, l + 8, ... in order, from zero. */
export const laneSum = (count: number, element: (i: number) => number): number => {
  const lanes = [0, 0, 0, 0] as [number, number, number, number]
  for (let i = 0; i < count; i++) lanes[i % 4] = round(lanes[i % 4]! + element(i))
  return round(round(lanes[0] + lanes[2]) + round(lanes[1] + lanes[3]))
}

const LOG2_E = round(Math.LOG2E)
/** ln 2 in two parts: the first has few bits, so that its product with a whole number is exact. */
const LN2_HIGH = round(0.693359375)
const LN2_LOW = round(-2.1219444e-4)
const COEFFICIENTS = [1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1].map(round)

/**
 * e^x for x <= 0: 0 where x is not above -87 (or is a NaN); larger x count as 0.
 *
 *   n = x log2(e) - 1/2, towards zero      r = (x - n high) - n low      e^x = p(r) 2^n
 *
 * p by Horner's scheme, degree 6. Relative error 2.4e-7.
 */
export const exp = (x: number): number => {
  if (!(x > -87)) return 0
  if (x > 0) return 1
  const n = Math.trunc(round(round(x * LOG2_E) - 0.5))
  const r = round(round(x - round(n * LN2_HIGH)) - round(n * LN2_LOW))
  const p = COEFFICIENTS.slice(1).reduce((y, c) => round(round(y * r) + c), COEFFICIENTS[0]!)
  return round(p * 2 ** n)
}
