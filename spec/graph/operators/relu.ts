import type { Bytes } from '../../commitments/bytes.ts'
import { bytesOf, int32Elements } from './elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from './operator.ts'
import { rescale } from './rescale.ts'

const MAX_INT16 = 2 ** 15 - 1

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)

/**
 * Rectifies and requantises to 15 bits:
 *
 *   out[i] = clamp(rescale(max(value[i], 0), multiplier, shift), 0, 32767)
 *
 * Attributes: elements, multiplier (int32), shift. Operand: value int32[elements]. Output: int16[elements].
 *
 * Bounds: 15 bits are what a following int8 product over up to 516 columns can take without wrapping.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const value = int32Elements(operands[0]!, elementsOf(descriptor))
  const multiplier = attribute(descriptor, 1) | 0
  const shift = attribute(descriptor, 2)
  return bytesOf(
    Int16Array.from({ length: end - first }, (_, i) =>
      Math.min(Math.max(rescale(Math.max(value[first + i]!, 0), multiplier, shift), 0), MAX_INT16),
    ),
  )
}

export const RELU: Operator = {
  code: 4,
  name: 'relu',
  outputType: 'int16',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [4 * elementsOf(descriptor)],
  compute,
  instructionBound: (_, elements) => 400 + 75 * elements,
}
