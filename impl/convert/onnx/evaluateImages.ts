import { elementsOf } from '../weights/tensorPlace.ts'
import type { OnnxNode, Tensor } from './onnxFile.ts'
import { NodeError, scalarAttributes, zeros } from './shapes.ts'
import { coveredPlaces, poolWindow, type SlidingWindow, slidOver, windowOf } from './slidingWindow.ts'

/** What a node makes of its operands. */
export type Compute = (inputs: readonly (Tensor | undefined)[], node: OnnxNode) => Tensor

/** A convolution; like the others here, over images or lines in double precision. */
export const convolve: Compute = ([x, w, bias], node) => {
  const window = windowOf(x!.shape, node, w!.shape.slice(2))
  const [outputs, perGroup] = w!.shape as [number, number]
  const groups = scalarAttributes(node).number('group', 1)
  if (perGroup * groups !== x!.shape[1] || outputs % groups !== 0)
    throw new NodeError(`has the weights [${w!.shape}] in ${groups} groups for the input [${x!.shape}]`)
  const kernel = node.attributes.get('kernel_shape') ?? w!.shape.slice(2)
  if (String(kernel) !== String(w!.shape.slice(2)))
    throw new NodeError(`has a kernel of [${kernel}] and weights of [${w!.shape}]`)
  if (bias !== undefined && bias.values.length !== outputs)
    throw new NodeError(`has ${bias.values.length} biases for ${outputs} channels`)
  const { height, width, kernelHeight, kernelWidth, outHeight, outWidth } = window
  const shape = slidOver(x!.shape, window, outputs)
  const values = zeros(shape)
  for (let output = 0; output < outputs; output++) {
    const firstChannel = Math.floor(output / (outputs / groups)) * perGroup
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++) {
        let sum = bias?.values[output] ?? 0
        for (let ky = 0; ky < kernelHeight; ky++)
          for (let kx = 0; kx < kernelWidth; kx++) {
            const y = i * window.strideY - window.padTop + ky * window.dilationY
            const xAt = j * window.strideX - window.padLeft + kx * window.dilationX
            if (y < 0 || y >= height || xAt < 0 || xAt >= width) continue
            for (let channel = 0; channel < perGroup; channel++)
              sum +=
                x!.values[((firstChannel + channel) * height + y) * width + xAt]! *
                w!.values[((output * perGroup + channel) * kernelHeight + ky) * kernelWidth + kx]!
          }
        values[(output * outHeight + i) * outWidth + j] = sum
      }
  }
  return { shape, values }
}

/** @param pooled of the elements inside of the image, at a position of the output */
const pool =
  (
    pooled: (
      window: SlidingWindow,
      countsPadding: boolean,
    ) => (inside: readonly number[], at: number) => number,
  ): Compute =>
  ([x], node) => {
    const window = poolWindow(x!.shape, node)
    const { channels, height, width, kernelHeight, kernelWidth, outHeight, outWidth } = window
    const of = pooled(window, scalarAttributes(node).number('count_include_pad', 0) !== 0)
    const shape = slidOver(x!.shape, window, channels)
    const values = zeros(shape)
    for (let at = 0; at < values.length; at++) {
      const plane = Math.floor(at / (outHeight * outWidth)) * height * width
      const [i, j] = [Math.floor(at / outWidth) % outHeight, at % outWidth]
      const inside: number[] = []
      for (let ky = 0; ky < kernelHeight; ky++)
        for (let kx = 0; kx < kernelWidth; kx++) {
          const [y, xAt] = [i * window.strideY - window.padTop + ky, j * window.strideX - window.padLeft + kx]
          if (y >= 0 && y < height && xAt >= 0 && xAt < width)
            inside.push(x!.values[plane + y * width + xAt]!)
        }
      values[at] = of(inside, at % (outHeight * outWidth))
    }
    return { shape, values }
  }

export const maxPool = pool(() => (inside) => inside.reduce((a, b) => Math.max(a, b), inside[0] ?? 0))

export const averagePool = pool((window, countsPadding) => {
  const { inside: places, padded } = coveredPlaces(window)
  return (inside, at) =>
    inside.reduce((sum, value) => sum + value, 0) / Math.max((countsPadding ? padded : places)[at]!, 1)
})

export const batchNormalise: Compute = ([x, ...numbers], node) => {
  const { number } = scalarAttributes(node)
  if (number('training_mode', 0) !== 0) throw new NodeError('is in training, which is not known')
  const epsilon = number('epsilon', 1e-5)
  if (epsilon < 0) throw new NodeError(`has the epsilon ${epsilon}`)
  const channels = x!.shape[1] ?? 1
  const wrong = numbers.slice(0, 4).find((each) => each!.values.length !== channels)
  if (wrong !== undefined)
    throw new NodeError(`has numbers for ${wrong.values.length} channels where there are ${channels}`)
  const [scale, bias, mean, variance] = numbers.map((each) => each!.values) as Float64Array[]
  const negative = variance!.findIndex((value) => value < 0)
  if (negative >= 0) throw new NodeError(`has the negative variance ${variance![negative]}`)
  const plane = elementsOf(x!.shape.slice(2))
  return {
    shape: x!.shape,
    values: x!.values.map((value, i) => {
      const channel = Math.floor(i / plane) % channels
      const deviation = Math.sqrt(variance![channel]! + epsilon)
      return ((value - mean![channel]!) / deviation) * scale![channel]! + bias![channel]!
    }),
  }
}
