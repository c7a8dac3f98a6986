import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)
const sourceOf = (descriptor: Bytes): number =>
  Math.min(Math.max(attribute(descriptor, 1), 1), MAX_INT32_ELEMENTS)

/**
 * Elements in another order: transposed, cut out, repeated.
 *
 *   out[i] = x[min(index[i], m - 1)]      index unsigned
 *
 * Attributes: n, m (at least 1). Operands: x int32[m], index int32[n]. Output: int32[n]. Any 32-bit elements will do.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const source = sourceOf(descriptor)
  const x = int32Elements(operands[0]!, source)
  const index = int32Elements(operands[1]!, elementsOf(descriptor))
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) => x[Math.min(index[first + i]! >>> 0, source - 1)]!),
  )
}

export const GATHER: Operator = {
  code: 24,
  name: 'gather',
  outputType: 'int32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [4 * sourceOf(descriptor), 4 * elementsOf(descriptor)],
  compute,
  instructionBound: (_, elements) => 400 + 16 * elements,
}
