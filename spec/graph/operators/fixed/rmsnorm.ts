import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { magnitudeBits, shiftSaturate } from './fixedPoint.ts'

const MAX_ELEMENTS = 2 ** 14
/** So many bits of an element enter the sum of squares: it then stays below 2^52. */
const SQUARED_BITS = 19
/** A power of two so large that the sum of squares and it stay below 2^62. */
const EPSILON_LIMIT = 2n ** 61n

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_ELEMENTS)

/** floor(sqrt(value)), value < 2^62 */
const root = (value: bigint): bigint => {
  let r = 0n
  for (let bit = 1n << 30n; bit > 0n; bit >>= 1n) if ((r + bit) ** 2n <= value) r += bit
  return r
}

/**
 * Root mean square normalisation: x divided by its length, times a gain that holds the square root of n:
 *
 *   s = max(0, bits(max |x|) - 19)      V = max(1, sum of floor(x[i] / 2^s)^2 + floor(epsilon / 4^s))
 *   t = floor((62 - bits(V)) / 2)       inverse = min(floor(2^61 / floor(sqrt(V 4^t))), 2^31 - 1)
 *   z[i] = saturate(x[i] inverse / 2^(31 + s - t))         the unit vector in Q30
 *   out[i] = saturate(z[i] gain[i] / 2^shift)
 *
 * Attributes: n, epsilon (low word, high word; modulo 2^61), shift (signed). Operands: x int32[n], gain int32[n].
 * Output: int32[n]. The converter gives gain[i] = round(g[i] sqrt(n) 2^b), epsilon = round(e n 4^F),
 * shift = 30 + b - F of the output.
 *
 * Bounds: V < 2^38 2^14 + 2^61 < 2^62; V 4^t is in [2^60, 2^62), its root in [2^30, 2^31); |x inverse| < 2^62;
 * |z gain| <= 2^62. Error against the real number: half a unit, up to 2.7 beside an outlier of a few thousand.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const n = elementsOf(descriptor)
  const epsilon =
    (BigInt(attribute(descriptor, 1)) | (BigInt(attribute(descriptor, 2)) << 32n)) % EPSILON_LIMIT
  const shift = attribute(descriptor, 3) | 0
  const x = int32Elements(operands[0]!, n)
  const gain = int32Elements(operands[1]!, n)

  const s = Math.max(0, magnitudeBits(x) - SQUARED_BITS)
  const squares = x.reduce((sum, value) => sum + (value >> s) ** 2, 0)
  const sum = BigInt(squares) + (epsilon >> BigInt(2 * s))
  const v = sum === 0n ? 1n : sum
  const t = Math.floor((62 - v.toString(2).length) / 2)
  const quotient = 2n ** 61n / root(v << BigInt(2 * t))
  const inverse = quotient < 2n ** 31n ? quotient : 2n ** 31n - 1n
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) => {
      const z = shiftSaturate(BigInt(x[first + i]!) * inverse, 31 + s - t)
      return shiftSaturate(BigInt(z) * BigInt(gain[first + i]!), shift)
    }),
  )
}

export const RMSNORM: Operator = {
  code: 8,
  name: 'rmsnorm',
  outputType: 'int32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [4 * elementsOf(descriptor), 4 * elementsOf(descriptor)],
  compute,
  instructionBound: (descriptor, elements) => 1500 + 22 * elementsOf(descriptor) + 80 * elements,
}
