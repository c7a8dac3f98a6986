import type { Bytes } from '../../commitments/bytes.ts'
import { bytesOf, int32Elements } from './elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from './operator.ts'

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)

/**
 * Elementwise sum:
 *
 *   out[i] = value[i] + bias[i]   modulo 2^32
 *
 * Attributes: elements. Operands: value int32[elements], bias int32[elements]. Output: int32[elements].
 *
 * Bounds: exact while the true sum is an int32, which whoever quantises a model sees to.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const elements = elementsOf(descriptor)
  const value = int32Elements(operands[0]!, elements)
  const bias = int32Elements(operands[1]!, elements)
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) => (value[first + i]! + bias[first + i]!) | 0),
  )
}

export const BIAS: Operator = {
  code: 3,
  name: 'bias',
  outputType: 'int32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [4 * elementsOf(descriptor), 4 * elementsOf(descriptor)],
  compute,
  instructionBound: (_, elements) => 400 + 12 * elements,
}
