import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { type Quantised, quantise, saturate, shiftSaturate } from './fixedPoint.ts'
import {
  GROUP,
  type GroupedMatrix,
  groupedMatrix,
  HAS_MINIMA,
  HAS_RESIDUAL,
  matrixBytes,
  matrixShapeOf,
} from './groupedMatrix.ts'

/** A row of activations, ready for products with any row of a matrix. */
export interface Activations extends Quantised {
  /** Sums over the groups of 32, quantised in their turn: what the minima are multiplied with. */
  readonly groupSums: Quantised
}

export const activationsOf = (quantised: Quantised): Activations => {
  const { values } = quantised
  const sums = Array.from({ length: values.length / GROUP }, (_, group) =>
    values.subarray(group * GROUP, (group + 1) * GROUP).reduce((sum, value) => sum + value, 0),
  )
  return { ...quantised, groupSums: quantise(sums) }
}

/**
 * One row of a grouped matrix times activations, exactly:
 *
 *   t = sum over g of S[g] (sum over c in g of w[c] a[c])  +  2^(f + 4) sum over g of M[g] A[g]
 *
 * (A, f) are the sums of the a of each group, quantised. The true product is t 2^(e - E), e the exponent of the a.
 *
 * Bounds, for any bytes: a group's sum is at most 32 x 128 x 32767 < 2^27, times 2^15 < 2^42, and at most 2^9 groups
 * make < 2^51; |sum of a group's a| < 2^20, so f <= 5, and the minima make at most 2^9 x 2^30 x 2^9 = 2^48. So t < 2^52 is exact
 * in a number, and in whatever order it is summed.
 */
export const rowProduct = (
  { weight, scale, minimum }: GroupedMatrix,
  row: number,
  { values, groupSums }: Activations,
): number => {
  let sum = 0
  let minima = 0
  for (let group = 0; group < values.length / GROUP; group++) {
    let products = 0
    for (let column = group * GROUP; column < (group + 1) * GROUP; column++)
      products += weight(row, column) * values[column]!
    sum += products * scale(row, group)
    minima += minimum(row, group) * groupSums.values[group]!
  }
  return sum + minima * 2 ** (groupSums.exponent + 4)
}

/**
 * Matrix times vector, with a residual (or bias) added where its flag is set:
 *
 *   out[r] = saturate(residual[r] + saturate(t[r] / 2^(E[r] - e + shift)))      (a, e) = quantise(x)
 *
 * Attributes: rows, columns, shift (signed: fraction bits of x less those of the output), flags (1 minima, 2 residual).
 * Operands: x int32[columns], w, S, E, M (`groupedMatrix`), residual int32[rows]. Output: int32[rows].
 *
 * The shift is taken modulo 2^32. For t see `rowProduct`.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const shape = matrixShapeOf(descriptor)
  const shift = attribute(descriptor, 2)
  const flags = attribute(descriptor, 3)
  const activations = activationsOf(quantise(int32Elements(operands[0]!, shape.columns)))
  const matrix = groupedMatrix(shape, operands.slice(1, 5), (flags & HAS_MINIMA) !== 0)
  const residual = int32Elements(flags & HAS_RESIDUAL ? operands[5]! : new Uint8Array(0), shape.rows)
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) => {
      const row = first + i
      const bits = (matrix.exponent(row) - activations.exponent + shift) | 0
      const product = shiftSaturate(BigInt(rowProduct(matrix, row, activations)), bits)
      return saturate(BigInt(residual[row]! + product))
    }),
  )
}

/** The activations once a run, then four rows at a time. */
const bound = (descriptor: Bytes, elements: number): number => {
  const { columns } = matrixShapeOf(descriptor)
  const [once, fourRows] = attribute(descriptor, 3) & HAS_MINIMA ? [30, 16.2] : [24, 14.8]
  return 800 + once * columns + Math.ceil((elements + 3) / 4) * (500 + fourRows * columns)
}

export const MATMUL_GROUPED: Operator = {
  code: 9,
  name: 'matmul-grouped',
  outputType: 'int32',
  outputElements: (descriptor) => matrixShapeOf(descriptor).rows,
  operandBytes: (descriptor) => {
    const shape = matrixShapeOf(descriptor)
    const flags = attribute(descriptor, 3)
    return [
      4 * shape.columns,
      ...matrixBytes(shape, (flags & HAS_MINIMA) !== 0),
      flags & HAS_RESIDUAL ? 4 * shape.rows : 0,
    ]
  },
  compute,
  instructionBound: bound,
}
