import type { Bytes } from '../commitments/bytes.ts'
import { bytesOf, int8Elements, int32Elements, uint8Elements } from './elements.ts'
import { matmulShape } from './matmulShape.ts'
import type { ElementRange, Operator } from './operator.ts'
import { rescale } from './rescale.ts'

/**
 * Matrix times vector, int8 weights and uint8 activations, each row rescaled into a fixed point:
 *
 *   out[r] = rescale(sum over c of weight[r][c] x activation[c], multiplier[r], shift[r])
 *
 * Attributes: rows, columns. Operands: weight int8[rows][columns], activation uint8[columns], scale
 * int32[rows][2] (multiplier, then shift). Output: int32[rows].
 *
 * Bounds: a product is at most 128 x 255 in magnitude, so a sum of up to 2^14 columns stays below 2^29: int32 cannot
 * overflow, and the order of summation does not matter.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { rows, columns } = matmulShape(descriptor)
  const weight = int8Elements(operands[0]!, rows * columns)
  const activation = uint8Elements(operands[1]!, columns)
  const scale = int32Elements(operands[2]!, 2 * rows)
  const output = new Int32Array(end - first)
  for (let row = first; row < end; row++) {
    let sum = 0
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      sum = (sum + weight[at]! * activation[column]!) | 0
    output[row - first] = rescale(sum, scale[2 * row]!, scale[2 * row + 1]! >>> 0)
  }
  return bytesOf(output)
}

export const MATMUL_UINT8: Operator = {
  code: 1,
  name: 'matmul-uint8',
  outputType: 'int32',
  outputElements: (descriptor) => matmulShape(descriptor).rows,
  compute,
}
