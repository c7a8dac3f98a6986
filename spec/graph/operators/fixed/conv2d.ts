import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { quantise, saturate, shiftSaturate } from './fixedPoint.ts'
import {
  GROUP,
  groupedMatrix,
  HAS_MINIMA,
  HAS_RESIDUAL,
  type MatrixShape,
  matrixBytes,
  matrixShape,
} from './groupedMatrix.ts'
import { activationsOf, rowProduct } from './matmulGrouped.ts'
import { convolutionWindow, under, type Window } from './window.ts'

const MAX_KERNEL = 64
const MAX_COLUMNS = 2 ** 14

interface Convolution extends Window {
  readonly matrix: MatrixShape
  /** Of an output plane. */
  readonly positions: number
}

/** Kernel sides are at most 64, and input channels at most so many that a patch has 2^14 elements. */
export const convolutionOf = (descriptor: Bytes): Convolution => {
  const window = convolutionWindow(descriptor)
  const kernelHeight = Math.min(window.kernelHeight, MAX_KERNEL)
  const kernelWidth = Math.min(window.kernelWidth, MAX_KERNEL)
  const area = kernelHeight * kernelWidth
  const channels = Math.min(window.channels, Math.floor(MAX_COLUMNS / Math.max(area, 1)))
  const positions = window.outHeight * window.outWidth
  const outChannels = Math.min(
    attribute(descriptor, 11),
    Math.floor(MAX_INT32_ELEMENTS / Math.max(positions, 1)),
  )
  const columns = Math.ceil((channels * area) / GROUP) * GROUP
  return {
    ...window,
    kernelHeight,
    kernelWidth,
    channels,
    positions,
    matrix: matrixShape(outChannels, columns),
  }
}

/**
 * Two-dimensional convolution: at each position of the output a grouped matrix (a row an output channel) times the patch
 * under the window, channel by channel and row by row, zero outside of the image and behind the last element:
 *
 *   out[c][i][j] = saturate(bias[c] + saturate(t / 2^(E[c] - e + shift)))      t: `rowProduct` of row c and the patch
 *
 * (a, e) = quantise(x), one exponent for the whole image.
 *
 * Attributes: `Window`, output channels, shift (signed: fraction bits of x less those of the output), flags (1 minima,
 * 2 bias). Operands: x int32[channels][height][width], w, S, E, M (`groupedMatrix`, a patch's elements as columns), bias
 * int32[output channels]. Output: int32[output channels][outHeight][outWidth].
 *
 * Bounds: as in `matmul-grouped`.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const convolution = convolutionOf(descriptor)
  const { channels, height, width, outWidth, positions, matrix: shape } = convolution
  const shift = attribute(descriptor, 12)
  const flags = attribute(descriptor, 13)
  const { exponent, values } = quantise(int32Elements(operands[0]!, channels * height * width))
  const matrix = groupedMatrix(shape, operands.slice(1, 5), (flags & HAS_MINIMA) !== 0)
  const bias = int32Elements(flags & HAS_RESIDUAL ? operands[5]! : new Uint8Array(0), shape.rows)

  const patchAt = (position: number) => {
    const window = under(convolution, Math.floor(position / outWidth), position % outWidth)
    const patch = new Int16Array(shape.columns)
    for (let channel = 0; channel < channels; channel++)
      for (const [k, at] of window.entries())
        patch[channel * window.length + k] = at === undefined ? 0 : values[channel * height * width + at]!
    return activationsOf({ exponent, values: patch })
  }
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, at) => {
      const channel = Math.floor((first + at) / positions)
      const t = rowProduct(matrix, channel, patchAt((first + at) % positions))
      const product = shiftSaturate(BigInt(t), (matrix.exponent(channel) - exponent + shift) | 0)
      return saturate(BigInt(bias[channel]! + product))
    }),
  )
}

/** Each position's patch once a run, then its channels, four at a time. */
const bound = (descriptor: Bytes, elements: number): number => {
  const { channels, height, width, positions, matrix } = convolutionOf(descriptor)
  if (positions === 0) return 1500
  const touched = Math.min(elements, positions)
  const rows =
    elements < positions ? 1 : Math.ceil(elements / positions) + (elements % positions === 0 ? 0 : 1)
  const [patch, fourRows] = attribute(descriptor, 13) & HAS_MINIMA ? [44, 16.2] : [37, 14.8]
  const products = Math.ceil((rows + 3) / 4) * (400 + fourRows * matrix.columns)
  return 1500 + 12 * channels * height * width + touched * (400 + patch * matrix.columns + products)
}

export const CONV2D: Operator = {
  code: 18,
  name: 'conv2d',
  outputType: 'int32',
  outputElements: (descriptor) => {
    const { matrix, positions } = convolutionOf(descriptor)
    return matrix.rows * positions
  },
  operandBytes: (descriptor) => {
    const { channels, height, width, matrix } = convolutionOf(descriptor)
    const flags = attribute(descriptor, 13)
    return [
      4 * channels * height * width,
      ...matrixBytes(matrix, (flags & HAS_MINIMA) !== 0),
      flags & HAS_RESIDUAL ? 4 * matrix.rows : 0,
    ]
  },
  compute,
  instructionBound: bound,
}
