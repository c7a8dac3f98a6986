import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { saturate, shiftSaturate } from './fixedPoint.ts'

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)

/**
 * An output element for each place of the operands. Attributes: n, then the operator's own. Operands: int32[n] each.
 * Output: int32[n].
 *
 * @param each instructions of an element at most
 */
const elementwise = (
  code: number,
  name: string,
  operandCount: number,
  compute: (values: readonly number[], descriptor: Bytes) => number,
  each: number,
): Operator => ({
  code,
  name,
  outputType: 'int32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => Array.from({ length: operandCount }, () => 4 * elementsOf(descriptor)),
  compute: (descriptor, operands, { first, end }) => {
    const tensors = operands
      .slice(0, operandCount)
      .map((tensor) => int32Elements(tensor, elementsOf(descriptor)))
    return bytesOf(
      Int32Array.from({ length: end - first }, (_, i) =>
        compute(
          tensors.map((tensor) => tensor[first + i]!),
          descriptor,
        ),
      ),
    )
  },
  instructionBound: (_, elements) => 400 + each * elements,
})

/** out[i] = saturate(a[i] + b[i]) */
export const ADD = elementwise(14, 'add', 2, ([a, b]) => saturate(BigInt(a!) + BigInt(b!)), 25)

/** out[i] = max(0, x[i]) */
export const RECTIFY = elementwise(21, 'rectify', 1, ([x]) => Math.max(0, x!), 12)

/** out[i] = saturate(a[i] b[i] / 2^shift), rounded. Attribute 1: shift (signed). Bounds: |a b| <= 2^62. */
export const MULTIPLY = elementwise(
  22,
  'multiply',
  2,
  ([a, b], descriptor) => shiftSaturate(BigInt(a!) * BigInt(b!), attribute(descriptor, 1) | 0),
  55,
)
