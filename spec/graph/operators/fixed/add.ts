import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { saturate } from './fixedPoint.ts'

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)

/**
 * Elementwise sum, saturated: out[i] = saturate(a[i] + b[i]).
 *
 * Attributes: n. Operands: a int32[n], b int32[n]. Output: int32[n].
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const n = elementsOf(descriptor)
  const [a, b] = [int32Elements(operands[0]!, n), int32Elements(operands[1]!, n)]
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) =>
      saturate(BigInt(a[first + i]!) + BigInt(b[first + i]!)),
    ),
  )
}

export const ADD: Operator = {
  code: 14,
  name: 'add',
  outputType: 'int32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [4 * elementsOf(descriptor), 4 * elementsOf(descriptor)],
  compute,
  instructionBound: (_, elements) => 400 + 25 * elements,
}
