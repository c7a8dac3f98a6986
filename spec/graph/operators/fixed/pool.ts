import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { poolElements, pooledElements, poolInput, poolWindow } from './window.ts'

/**
 * A pool: each element of the output is made of the elements of its channel that lie under the window.
 *
 * Attributes: `Window`, then the operator's own. Operand: x int32[channels][height][width]. Output:
 * int32[channels][outHeight][outWidth].
 *
 * @param pooled of the elements inside the image; `area` is all that the window covers
 */
const pool = (
  code: number,
  name: string,
  pooled: (inside: readonly number[], area: number, descriptor: Bytes) => number,
  [each, once]: readonly [number, number],
): Operator => ({
  code,
  name,
  outputType: 'int32',
  outputElements: (descriptor) => poolElements(poolWindow(descriptor)),
  operandBytes: (descriptor) => [4 * poolInput(poolWindow(descriptor))],
  compute: (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
    const window = poolWindow(descriptor)
    const { kernelHeight, kernelWidth } = window
    const x = int32Elements(operands[0]!, poolInput(window))
    return bytesOf(
      Int32Array.from({ length: end - first }, (_, i) => {
        return pooled(pooledElements(window, x, first + i), kernelHeight * kernelWidth, descriptor)
      }),
    )
  },
  instructionBound: (descriptor, elements) => {
    const { kernelHeight, kernelWidth } = poolWindow(descriptor)
    return 500 + elements * (once + kernelHeight * (20 + each * kernelWidth))
  },
})

/** The largest; 0 where the window lies outside of the image altogether. */
export const MAX_POOL = pool(
  19,
  'max-pool',
  (inside) => inside.reduce((most, value) => Math.max(most, value), inside[0] ?? 0),
  [9, 80],
)

/**
 * The mean, halves towards plus infinity: floor((2 sum + count) / (2 count)), 0 where the count is 0. Attribute 11: 0
 * where elements inside the image are counted, else what the window covers.
 *
 * Bounds: at most 2^22 elements, so the sum is below 2^53.
 */
export const AVERAGE_POOL = pool(
  20,
  'average-pool',
  (inside, area, descriptor) => {
    const count = attribute(descriptor, 11) === 0 ? inside.length : area
    const sum = inside.reduce((total, value) => total + value, 0)
    if (count === 0) return 0
    const [numerator, denominator] = [BigInt(2 * sum + count), BigInt(2 * count)]
    const quotient = numerator / denominator
    return Number(numerator % denominator < 0n ? quotient - 1n : quotient)
  },
  [14, 1700],
)
