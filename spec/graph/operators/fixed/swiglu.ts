import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { exp2Neg, saturate, shiftRound, shiftSaturate } from './fixedPoint.ts'

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS / 2)

/** round(log2(e) 2^30) */
const LOG2_E = 1549082005n

/** g sigmoid(g), g with `fraction` bits, 0 to 30. */
const silu = (g: number, fraction: number): number => {
  const t = Number(shiftRound(BigInt(Math.abs(g)) * LOG2_E, 14 + fraction))
  const x = t >= 2 ** 21 ? 0 : exp2Neg(t) >>> 1
  const reciprocal = Math.floor((2 ** 32 - 1) / Math.floor((2 ** 30 + x) / 2 ** 15))
  const sigmoid = shiftRound(BigInt(g >= 0 ? 2 ** 30 : x) * BigInt(reciprocal), 17)
  return saturate(shiftRound(BigInt(g) * sigmoid, 30))
}

/**
 * The gated activation of a feed-forward layer, silu(gate) times up:
 *
 *   t = |g| log2(e) in Q16         x = 2^-t in Q30       r = floor((2^32 - 1) / floor((2^30 + x) / 2^15))
 *   sigmoid = (g >= 0 ? 2^30 : x) r / 2^17, in Q30       silu = saturate(g sigmoid / 2^30)
 *   out[i] = saturate(silu u[i] / 2^shift)                all rounded, halves towards plus infinity
 *
 * Attributes: n, fraction (bits of gate and up, at most 30), shift (signed: 2 fraction less the output's fraction).
 * Operand: gate int32[n], behind it up int32[n]. Output: int32[n].
 *
 * Bounds: |g| 2^31 <= 2^62; r <= 2^17; |g sigmoid| < 2^62; |silu u| <= 2^62. Relative error 3.1e-5.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const n = elementsOf(descriptor)
  const fraction = Math.min(attribute(descriptor, 1), 30)
  const shift = attribute(descriptor, 2) | 0
  const x = int32Elements(operands[0]!, 2 * n)
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) =>
      shiftSaturate(BigInt(silu(x[first + i]!, fraction)) * BigInt(x[n + first + i]!), shift),
    ),
  )
}

export const SWIGLU: Operator = {
  code: 13,
  name: 'swiglu',
  outputType: 'int32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [8 * elementsOf(descriptor)],
  compute,
  instructionBound: (_, elements) => 400 + 170 * elements,
}
