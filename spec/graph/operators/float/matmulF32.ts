import type { Bytes } from '../../../commitments/bytes.ts'
import { HAS_RESIDUAL, type MatrixShape, matrixShape, PANEL } from '../fixed/groupedMatrix.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { float32Elements, floatBytes, round } from './single.ts'

/** Columns that are summed from zero before their sum is added to those of the blocks before. */
const BLOCK = 32
const BYTES = 4

/** As a grouped matrix has it, with a quarter of the rows. */
export const floatMatrixShape = (rows: number, columns: number): MatrixShape => {
  const shape = matrixShape(rows, columns)
  return { rows: Math.min(shape.rows, matrixShape(rows, BYTES * shape.columns).rows), columns: shape.columns }
}

const shapeOf = (descriptor: Bytes): MatrixShape =>
  floatMatrixShape(attribute(descriptor, 0), attribute(descriptor, 1))

export const floatMatrixBytes = ({ rows, columns }: MatrixShape): number =>
  BYTES * Math.ceil(rows / PANEL) * PANEL * columns

/** w[row][column] of float32[rows/16][columns][16]. */
export const floatMatrix = (shape: MatrixShape, tensor: Bytes): ((row: number, column: number) => number) => {
  const weights = float32Elements(tensor, floatMatrixBytes(shape) / BYTES)
  return (row, column) => weights[(Math.floor(row / PANEL) * shape.columns + column) * PANEL + (row % PANEL)]!
}

/** Sum of products over blocks of 32 columns: each in order from zero, the blocks' sums in order. */
export const floatProduct = (
  weight: (column: number) => number,
  x: ArrayLike<number>,
  columns: number,
): number => {
  let sum = 0
  for (let block = 0; block < columns; block += BLOCK) {
    let part = 0
    for (let column = block; column < block + BLOCK; column++)
      part = round(part + round(weight(column) * x[column]!))
    sum = round(sum + part)
  }
  return sum
}

/**
 * Matrix times vector, with a residual (or bias) added where its flag is set: out[r] = w[r] . x + residual[r].
 *
 * Attributes: rows, columns (a multiple of 32, at most 2^14), flags (2 residual). Operands: x float32[columns], w
 * float32[rows/16][columns][16], residual float32[rows]. Output: float32[rows]. For the order see `floatProduct`.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const shape = shapeOf(descriptor)
  const hasResidual = (attribute(descriptor, 2) & HAS_RESIDUAL) !== 0
  const x = float32Elements(operands[0]!, shape.columns)
  const weight = floatMatrix(shape, operands[1]!)
  const residual = float32Elements(hasResidual ? operands[2]! : new Uint8Array(0), shape.rows)
  return floatBytes(
    Array.from({ length: end - first }, (_, i) => {
      const row = first + i
      const product = floatProduct((column) => weight(row, column), x, shape.columns)
      return hasResidual ? round(product + residual[row]!) : product
    }),
  )
}

/**
 * Instructions of a product and its sum in software: 190 for ordinary numbers, more for subnormal ones, and a share of
 * a block's sum.
 */
export const FLOAT_MAC = 330

export const MATMUL_F32: Operator = {
  code: 34,
  name: 'matmul-f32',
  outputType: 'float32',
  outputElements: (descriptor) => shapeOf(descriptor).rows,
  operandBytes: (descriptor) => {
    const shape = shapeOf(descriptor)
    const residual = attribute(descriptor, 2) & HAS_RESIDUAL ? BYTES * shape.rows : 0
    return [BYTES * shape.columns, floatMatrixBytes(shape), residual]
  },
  compute,
  instructionBound: (descriptor, elements) =>
    500 + elements * (400 + FLOAT_MAC * shapeOf(descriptor).columns),
}
