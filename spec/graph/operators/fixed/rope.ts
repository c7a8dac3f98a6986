import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { POSITION_BYTES, rowOf } from '../sequence/position.ts'
import { saturate } from './fixedPoint.ts'

const MAX_DIM = 2 ** 14

/** Elements (a multiple of dim), dim (even), context (at least one, at most what a slot holds of the table). */
export const ropeShape = (descriptor: Bytes) => {
  const asked = Math.min(attribute(descriptor, 1), MAX_DIM)
  const dim = asked - (asked % 2)
  const elements = Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)
  const context = Math.min(
    Math.max(attribute(descriptor, 2), 1),
    Math.floor(MAX_INT32_ELEMENTS / Math.max(dim, 2)),
  )
  return { elements: dim === 0 ? 0 : elements - (elements % dim), dim, context }
}

/**
 * Rotary position embedding: adjacent pairs of each head turn by the angles of the position.
 *
 *   out[2i]     = saturate((x[2i] cos - x[2i+1] sin + 2^29) >> 30)
 *   out[2i + 1] = saturate((x[2i] sin + x[2i+1] cos + 2^29) >> 30)      pair i of dim / 2, again for each head
 *
 * Attributes: elements, dim (of a head), context. Operands: x int32[elements], table int32[context][dim / 2][2] (cosine,
 * sine; Q30), position int32[1]. Output: int32[elements].
 *
 * Bounds: sums are modulo 2^64, and exact where |cos|, |sin| <= 2^30.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { elements, dim, context } = ropeShape(descriptor)
  const x = int32Elements(operands[0]!, elements)
  const angles = int32Elements(operands[1]!, context * dim).subarray(rowOf(operands[2]!, context) * dim)
  const product = (i: number, factor: number): bigint => BigInt(x[i]!) * BigInt(angles[factor]!)
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) => {
      const odd = (first + i) % 2
      const even = first + i - odd
      const cosine = even % dim
      const sum =
        odd === 0
          ? product(even, cosine) - product(even + 1, cosine + 1)
          : product(even, cosine + 1) + product(even + 1, cosine)
      return saturate(BigInt.asIntN(64, sum + 2n ** 29n) >> 30n)
    }),
  )
}

export const ROPE: Operator = {
  code: 10,
  name: 'rope',
  outputType: 'int32',
  outputElements: (descriptor) => ropeShape(descriptor).elements,
  operandBytes: (descriptor) => {
    const { elements, dim, context } = ropeShape(descriptor)
    return [4 * elements, 4 * context * dim, POSITION_BYTES]
  },
  compute,
  instructionBound: (_, elements) => 400 + 40 * elements,
}
