import type { Bytes } from '../../../commitments/bytes.ts'
import { int32Elements } from '../elements.ts'
import type { MatrixShape } from '../fixed/groupedMatrix.ts'
import { attribute, type Operator } from '../operator.ts'
import { floatMatrix, floatMatrixBytes, floatMatrixShape } from './matmulF32.ts'
import { floatBytes } from './single.ts'

const shapeOf = (descriptor: Bytes): MatrixShape =>
  floatMatrixShape(Math.max(attribute(descriptor, 0), 1), attribute(descriptor, 1))

/**
 * One row of the vocabulary's matrix, that of a token: out[c] = w[min(token, rows - 1)][c], token unsigned.
 *
 * Attributes: rows (at least one), columns. Operands: token int32[1], w float32[rows/16][columns][16]. Output:
 * float32[columns].
 */
export const EMBED_F32: Operator = {
  code: 32,
  name: 'embed-f32',
  outputType: 'float32',
  outputElements: (descriptor) => shapeOf(descriptor).columns,
  operandBytes: (descriptor) => [4, floatMatrixBytes(shapeOf(descriptor))],
  compute: (descriptor, operands, { first, end }) => {
    const shape = shapeOf(descriptor)
    const weight = floatMatrix(shape, operands[1]!)
    const row = Math.min(int32Elements(operands[0]!, 1)[0]! >>> 0, shape.rows - 1)
    return floatBytes(Array.from({ length: end - first }, (_, i) => weight(row, first + i)))
  },
  instructionBound: (_, elements) => 400 + 20 * elements,
}
