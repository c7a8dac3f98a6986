import type { Bytes } from '../commitments/bytes.ts'
import { bytesOf, int8Elements, int16Elements, int32Elements } from './elements.ts'
import { matmulShape } from './matmulShape.ts'
import type { ElementRange, Operator } from './operator.ts'
import { rescale } from './rescale.ts'

/**
 * Matrix times vector, int8 weights and int16 activations, each row rescaled into a fixed point:
 *
 *   out[r] = rescale(sum over c of weight[r][c] x activation[c], multiplier[r], shift[r])
 *
 * Attributes: rows, columns. Operands: weight int8[rows][columns], activation int16[columns], scale
 * int32[rows][2] (multiplier, then shift). Output: int32[rows].
 *
 * Bounds: the sum is taken modulo 2^32, so that the order of summation does not matter for any bits. It is exact while
 * columns x max|weight| x max|activation| < 2^31: for weights within +-127 and activations of full 15 bits that is up
 * to 516 columns. Whoever quantises a model keeps to that.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { rows, columns } = matmulShape(descriptor)
  const weight = int8Elements(operands[0]!, rows * columns)
  const activation = int16Elements(operands[1]!, columns)
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

export const MATMUL_INT16: Operator = {
  code: 2,
  name: 'matmul-int16',
  outputType: 'int32',
  outputElements: (descriptor) => matmulShape(descriptor).rows,
  compute,
}
