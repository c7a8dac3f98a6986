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

/** A value in a graph. */
export interface Quantity {
  readonly operand: Operand
  /** Fraction bits, 0 in floating point: the number is the element times 2^-bits. */
  readonly bits: number
}

/**
 * What ONNX's operators become in a graph of one numeric format. Every value has the same type; constants are given as the
 * numbers that they are. `bits` are those that the output is to have; floating point has no use for them.
 */
export interface TensorOperators {
  readonly format: ModelHeader['format']
  readonly valueType: Extract<TensorType, 'int32' | 'float32'>
  /** What a value has whose fraction bits would be so many. */
  readonly bitsOf: (bits: number) => number
  /** @param bias one a row */
  readonly product: (
    name: string,
    matrix: DenseMatrix,
    x: Quantity,
    bias: Float64Array | undefined,
    bits: number,
  ) => Quantity
  /** @param window its attributes in their order @param bias one an output channel */
  readonly convolve: (
    name: string,
    matrix: DenseMatrix,
    x: Quantity,
    window: readonly number[],
    bias: Float64Array | undefined,
    bits: number,
  ) => Quantity
  readonly add: (name: string, count: number, a: Quantity, b: Quantity, bits: number) => Quantity
  readonly multiply: (name: string, count: number, a: Quantity, b: Quantity, bits: number) => Quantity
  /** x + addends, as many as there are elements. */
  readonly offset: (name: string, x: Quantity, addends: Float64Array, bits: number) => Quantity
  /** x times factors, as many as there are elements. */
  readonly scale: (name: string, x: Quantity, factors: Float64Array, bits: number) => Quantity
  readonly rectify: (name: string, count: number, x: Quantity) => Quantity
  readonly maxPool: (name: string, x: Quantity, window: readonly number[]) => Quantity
  /** @param countsPadding whether what lies outside of the image is counted */
  readonly averagePool: (
    name: string,
    x: Quantity,
    window: readonly number[],
    countsPadding: boolean,
  ) => Quantity
  readonly softmax: (name: string, rows: number, columns: number, x: Quantity, bits: number) => Quantity
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
