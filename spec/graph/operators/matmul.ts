import type { Bytes } from '../../commitments/bytes.ts'
import { SLOT_BYTES } from '../../commitments/tensor.ts'
import { bytesOf, int8Elements, int32Elements } from './elements.ts'
import { attribute, type ElementRange, type Operator } from './operator.ts'
import { rescale } from './rescale.ts'

/**
 * Matrix times vector, int8 weights and activations of some integer type, each row rescaled into a fixed point:
 *
 *   out[r] = rescale(sum over c of weight[r][c] x activation[c], multiplier[r], shift[r])
 *
 * Attributes: rows, columns. Operands: weight int8[rows][columns], activation [columns], scale int32[rows][2]
 * (multiplier, then shift). Output: int32[rows].
 *
 * The sum is taken modulo 2^32, so that the order of summation does not matter for any bits. When it is exact is a
 * matter of the activations: each operator made of this says.
 */
interface MatmulShape {
  readonly rows: number
  readonly columns: number
}

const MAX_COLUMNS = 2 ** 14
/** Bytes of one row's multiplier and shift. */
const SCALE_BYTES = 8

/**
 * Attributes of a matrix product: rows, columns. Columns are at most 2^14, and the rows at most so many that the
 * int8 weights (rows x columns bytes) and the scales (rows x 8 bytes) fit a slot.
 */
const matmulShape = (descriptor: Bytes): MatmulShape => {
  const columns = Math.min(attribute(descriptor, 1), MAX_COLUMNS)
  const mostRows = Math.floor(SLOT_BYTES / Math.max(columns, SCALE_BYTES))
  return { rows: Math.min(attribute(descriptor, 0), mostRows), columns }
}

/** @param elements reads so many activations from a tensor's bytes @param activationBytes of one */
export const matmul = (
  code: number,
  name: string,
  elements: (bytes: Bytes, count: number) => ArrayLike<number>,
  activationBytes: number,
): Operator => ({
  code,
  name,
  outputType: 'int32',
  outputElements: (descriptor) => matmulShape(descriptor).rows,
  operandBytes: (descriptor) => {
    const { rows, columns } = matmulShape(descriptor)
    return [rows * columns, activationBytes * columns, SCALE_BYTES * rows]
  },
  compute: (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
    const { rows, columns } = matmulShape(descriptor)
    const weight = int8Elements(operands[0]!, rows * columns)
    const activation = elements(operands[1]!, columns)
    const scale = int32Elements(operands[2]!, 2 * rows)
    const output = new Int32Array(end - first)
    for (let row = first; row < end; row++) {
      let sum = 0
      for (let column = 0, at = row * columns; column < columns; column++, at++)
        sum = (sum + weight[at]! * activation[column]!) | 0
      output[row - first] = rescale(sum, scale[2 * row]!, scale[2 * row + 1]! >>> 0)
    }
    return bytesOf(output)
  },
  instructionBound: (descriptor, elements) => 400 + elements * (170 + 4.5 * matmulShape(descriptor).columns),
})
