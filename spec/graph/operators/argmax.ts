import type { Bytes } from '../../commitments/bytes.ts'
import { bytesOf, int32Elements } from './elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from './operator.ts'

/**
 * Index of the largest element, the lowest one where several are equal; 0 where there is none:
 *
 *   out[0] = min { i : value[i] = max value }
 *
 * Attributes: elements. Operand: value int32[elements]. Output: int32[1].
 *
 * Bounds: compares only, and an index is below 2^27.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const elements = Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)
  const value = int32Elements(operands[0]!, elements)
  let best = 0
  for (let i = 1; i < elements; i++) if (value[i]! > value[best]!) best = i
  return bytesOf(Int32Array.of(best).subarray(first, end))
}

export const ARGMAX: Operator = {
  code: 5,
  name: 'argmax',
  outputType: 'int32',
  outputElements: () => 1,
  operandBytes: (descriptor) => [4 * Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)],
  compute,
  instructionBound: (descriptor) => 400 + 12 * Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS),
}
