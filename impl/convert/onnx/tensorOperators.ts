import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { ModelHeader, TensorType } from '../../models/modelHeader.ts'
import type { GraphPlan, Operand } from '../graphPlan.ts'
import { bytesSource } from '../sourceFile.ts'
import { F32 } from '../weights/scalars.ts'
import type { TensorPlace } from '../weights/tensorPlace.ts'
import { NodeError } from './shapes.ts'

/** A matrix of a product or a convolution, before it is packed. */
export interface DenseMatrix {
  readonly rows: number
  readonly columns: number
  readonly weightAt: (row: number, column: number) => number
}

/**
 * What ONNX's operators become in a graph of one numeric format. Every value has the same type; constants are given as the
 * numbers that they are.
 */
export interface TensorOperators {
  readonly format: ModelHeader['format']
  readonly valueType: Extract<TensorType, 'int32' | 'float32'>
  /** What 1 is as a value. */
  readonly one: number
  /** Of every value; null in floating point. */
  readonly fractionBits: number | null
  readonly product: (name: string, matrix: DenseMatrix, x: Operand, bias: Float64Array | undefined) => Operand
  /** @param window its attributes in their order @param bias one an output channel */
  readonly convolve: (
    name: string,
    matrix: DenseMatrix,
    x: Operand,
    window: readonly number[],
    bias: Float64Array | undefined,
  ) => Operand
  readonly add: (name: string, count: number, a: Operand, b: Operand) => Operand
  readonly multiply: (name: string, count: number, a: Operand, b: Operand) => Operand
  /** x + addends, as many as there are elements. */
  readonly offset: (name: string, x: Operand, addends: Float64Array) => Operand
  /** x times factors, as many as there are elements. */
  readonly scale: (name: string, x: Operand, factors: Float64Array) => Operand
  readonly rectify: (name: string, count: number, x: Operand) => Operand
  readonly maxPool: (name: string, x: Operand, window: readonly number[]) => Operand
  /** @param countsPadding whether what lies outside of the image is counted */
  readonly averagePool: (
    name: string,
    x: Operand,
    window: readonly number[],
    countsPadding: boolean,
  ) => Operand
  readonly softmax: (name: string, rows: number, columns: number, x: Operand) => Operand
}

const MAX_COLUMNS = 2 ** 14

export const HAS_RESIDUAL = 2

/** A matrix as a tensor that stands in memory. @throws NodeError where its rows are too long */
export const placeOf = (name: string, { rows, columns, weightAt }: DenseMatrix): TensorPlace => {
  if (columns > MAX_COLUMNS)
    throw new NodeError(`multiplies ${columns} numbers at once; at most ${MAX_COLUMNS}`)
  const weights = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) weights[row * columns + column] = weightAt(row, column)
  const source = bytesSource(name, bytesOf(weights))
  return { name, shape: [rows, columns], format: F32, source, offset: 0, bytes: weights.byteLength }
}

const bytesOf = (array: Int32Array | Uint32Array | Float32Array): Bytes =>
  new Uint8Array(array.buffer as ArrayBuffer)

/** A weight whose numbers are there already. */
export const storeWeight = (
  plan: GraphPlan,
  name: string,
  array: Int32Array | Uint32Array | Float32Array,
): Operand => {
  const weight = plan.weight(name, array instanceof Float32Array ? 'float32' : 'int32', [array.length])
  plan.fill({
    weights: array.length,
    *run(write) {
      write(weight, bytesOf(array))
      yield array.length
    },
  })
  return weight
}
