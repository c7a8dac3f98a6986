import type { Bytes } from '../../../commitments/bytes.ts'
import { convolutionOf } from '../fixed/conv2d.ts'
import { HAS_RESIDUAL, type MatrixShape } from '../fixed/groupedMatrix.ts'
import { softmaxShape } from '../fixed/softmax.ts'
import { poolElements, pooledElements, poolInput, poolWindow, under } from '../fixed/window.ts'
import { attribute, type Operator } from '../operator.ts'
import { FLOAT_MAC, floatMatrix, floatMatrixBytes, floatMatrixShape, floatProduct } from './matmulF32.ts'
import { exp, float32Elements, floatBytes, laneSum, round } from './single.ts'

const matrixOf = (descriptor: Bytes): MatrixShape => {
  const { matrix } = convolutionOf(descriptor)
  return floatMatrixShape(matrix.rows, matrix.columns)
}

/**
 * Two-dimensional convolution, as `conv2d`: a matrix times the patch under the window, zero outside of the image and behind
 * its last element, plus a bias where its flag is set. For the order see `floatProduct`.
 *
 * Attributes: `Window`, output channels, flags (2 bias). Operands: x float32[channels][height][width], w
 * float32[output channels / 16][columns][16], bias float32[output channels]. Output: float32[output
 * channels][outHeight][outWidth].
 */
export const CONV2D_F32: Operator = {
  code: 43,
  name: 'conv2d-f32',
  outputType: 'float32',
  outputElements: (descriptor) => matrixOf(descriptor).rows * convolutionOf(descriptor).positions,
  operandBytes: (descriptor) => {
    const { channels, height, width } = convolutionOf(descriptor)
    const shape = matrixOf(descriptor)
    const bias = attribute(descriptor, 12) & HAS_RESIDUAL ? 4 * shape.rows : 0
    return [4 * channels * height * width, floatMatrixBytes(shape), bias]
  },
  compute: (descriptor, operands, { first, end }) => {
    const convolution = convolutionOf(descriptor)
    const { channels, height, width, outWidth, positions } = convolution
    const shape = matrixOf(descriptor)
    const hasBias = (attribute(descriptor, 12) & HAS_RESIDUAL) !== 0
    const x = float32Elements(operands[0]!, channels * height * width)
    const weight = floatMatrix(shape, operands[1]!)
    const bias = float32Elements(hasBias ? operands[2]! : new Uint8Array(0), shape.rows)
    const patchAt = (position: number): Float32Array => {
      const window = under(convolution, Math.floor(position / outWidth), position % outWidth)
      const patch = new Float32Array(shape.columns)
      for (let channel = 0; channel < channels; channel++)
        for (const [k, at] of window.entries())
          patch[channel * window.length + k] = at === undefined ? 0 : x[channel * height * width + at]!
      return patch
    }
    return floatBytes(
      Array.from({ length: end - first }, (_, at) => {
        const channel = Math.floor((first + at) / positions)
        const patch = patchAt((first + at) % positions)
        const product = floatProduct((column) => weight(channel, column), patch, shape.columns)
        return hasBias ? round(product + bias[channel]!) : product
      }),
    )
  },
  instructionBound: (descriptor, elements) => {
    const { positions } = convolutionOf(descriptor)
    const { columns } = matrixOf(descriptor)
    return (
      1500 + Math.min(elements, positions) * (500 + 40 * columns) + elements * (500 + FLOAT_MAC * columns)
    )
  },
}

/** @param pooled of the elements inside the image, row by row; `area` is all that the window covers */
const pool = (
  code: number,
  name: string,
  pooled: (inside: readonly number[], area: number, descriptor: Bytes) => number,
  [each, once]: readonly [number, number],
): Operator => ({
  code,
  name,
  outputType: 'float32',
  outputElements: (descriptor) => poolElements(poolWindow(descriptor)),
  operandBytes: (descriptor) => [4 * poolInput(poolWindow(descriptor))],
  compute: (descriptor, operands, { first, end }) => {
    const window = poolWindow(descriptor)
    const { kernelHeight, kernelWidth } = window
    const x = float32Elements(operands[0]!, poolInput(window))
    return floatBytes(
      Array.from({ length: end - first }, (_, i) => {
        return pooled(pooledElements(window, x, first + i), kernelHeight * kernelWidth, descriptor)
      }),
    )
  },
  instructionBound: (descriptor, elements) => {
    const { kernelHeight, kernelWidth } = poolWindow(descriptor)
    return 500 + elements * (once + kernelHeight * (30 + each * kernelWidth))
  },
})

/** The largest: from minus infinity on, what is above it; 0 where the window lies outside of the image altogether. */
export const MAX_POOL_F32 = pool(
  44,
  'max-pool-f32',
  (inside) =>
    inside.length === 0
      ? 0
      : inside.reduce((most, value) => (value > most ? value : most), Number.NEGATIVE_INFINITY),
  [60, 150],
)

/** The sum, in order, over the count, 0 where that is 0. Attribute 11: 0 where elements inside the image are counted. */
export const AVERAGE_POOL_F32 = pool(
  45,
  'average-pool-f32',
  (inside, area, descriptor) => {
    const count = attribute(descriptor, 11) === 0 ? inside.length : area
    const sum = inside.reduce((total, value) => round(total + value), 0)
    return count === 0 ? 0 : round(sum / count)
  },
  [170, 600],
)

/**
 * Softmax of each row: p[i] = e^(x[i] - max x), out[i] = p[i] (1 / sum of p), the sum in four lanes. The largest is the
 * first that no later one exceeds.
 *
 * Attributes: rows, columns (at most 2^16). Operand: x float32[rows][columns]. Output: float32[rows][columns].
 */
export const SOFTMAX_F32: Operator = {
  code: 46,
  name: 'softmax-f32',
  outputType: 'float32',
  outputElements: (descriptor) => softmaxShape(descriptor).rows * softmaxShape(descriptor).columns,
  operandBytes: (descriptor) => [4 * softmaxShape(descriptor).rows * softmaxShape(descriptor).columns],
  compute: (descriptor, operands, { first, end }) => {
    const { rows, columns } = softmaxShape(descriptor)
    const x = float32Elements(operands[0]!, rows * columns)
    const output: number[] = []
    for (let row = Math.floor(first / columns); row * columns < end; row++) {
      const values = Array.from(x.subarray(row * columns, (row + 1) * columns))
      const top = values.reduce((most, value) => (value > most ? value : most))
      const weights = values.map((value) => exp(round(value - top)))
      const inverse = round(1 / laneSum(columns, (i) => weights[i]!))
      weights.forEach((p, column) => {
        const at = row * columns + column
        if (at >= first && at < end) output.push(round(p * inverse))
      })
    }
    return floatBytes(output)
  },
  instructionBound: (descriptor, elements) => {
    const { columns } = softmaxShape(descriptor)
    if (columns === 0) return 500
    const aligned = elements % columns === 0 || columns % elements === 0
    const rows = Math.ceil((aligned ? elements : elements + columns - 1) / columns)
    return 500 + rows * (1500 + 3400 * columns) + 240 * elements
  },
}
