import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { shiftSaturate } from './fixedPoint.ts'
import { GROUP, groupedMatrix, HAS_MINIMA, matrixBytes, matrixShape } from './groupedMatrix.ts'

const shapeOf = (descriptor: Bytes) =>
  matrixShape(Math.max(attribute(descriptor, 0), 1), attribute(descriptor, 1))

/**
 * One row of the vocabulary's matrix, that of a token; a token outside the vocabulary counts as the last:
 *
 *   out[c] = saturate((w[r][c] S[r][g] + 16 M[r][g]) / 2^(E[r] - fraction))      r = min(token, rows - 1), unsigned
 *
 * Attributes: rows (at least one), columns, fraction (bits of the output, signed), flags (1 minima). Operands: token
 * int32[1], w, S, E, M (`groupedMatrix`). Output: int32[columns].
 *
 * Bounds: |w S| <= 2^22, |16 M| <= 2^19.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const shape = shapeOf(descriptor)
  const hasMinima = (attribute(descriptor, 3) & HAS_MINIMA) !== 0
  const { weight, scale, exponent, minimum } = groupedMatrix(shape, operands.slice(1, 5), hasMinima)
  const row = Math.min(int32Elements(operands[0]!, 1)[0]! >>> 0, shape.rows - 1)
  const bits = (exponent(row) - attribute(descriptor, 2)) | 0
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) => {
      const column = first + i
      const group = Math.floor(column / GROUP)
      const value = weight(row, column) * scale(row, group) + 16 * minimum(row, group)
      return shiftSaturate(BigInt(value), bits)
    }),
  )
}

export const EMBED: Operator = {
  code: 7,
  name: 'embed',
  outputType: 'int32',
  outputElements: (descriptor) => shapeOf(descriptor).columns,
  operandBytes: (descriptor) => [
    4,
    ...matrixBytes(shapeOf(descriptor), (attribute(descriptor, 3) & HAS_MINIMA) !== 0),
  ],
  compute,
  instructionBound: (_, elements) => 400 + 65 * elements,
}
