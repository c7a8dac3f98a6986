import { elementsOf } from '../weights/tensorPlace.ts'
import { MAX_VALUE_ELEMENTS, type OnnxNode } from './onnxFile.ts'

/** What cannot be done with a node; whoever catches it knows which one. */
export class NodeError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NodeError'
  }
}

/** Zeros of a shape. @throws NodeError where they are too many */
export const zeros = (shape: readonly number[]): Float64Array => {
  const count = elementsOf(shape)
  if (!(count <= MAX_VALUE_ELEMENTS))
    throw new NodeError(`makes a value of [${shape}]; at most ${MAX_VALUE_ELEMENTS} elements`)
  return new Float64Array(count)
}

/** Attributes that are one number, or a list of some. */
export const scalarAttributes = ({ attributes }: OnnxNode) => ({
  number: (name: string, otherwise: number): number => {
    const value = attributes.get(name) ?? otherwise
    if (typeof value !== 'number') throw new NodeError(`its attribute ${name} is no number`)
    return value
  },
  numbers: (name: string, otherwise: readonly number[]): readonly number[] => {
    const value = attributes.get(name) ?? otherwise
    if (
      !Array.isArray(value) ||
      value.length !== otherwise.length ||
      value.some((each) => typeof each !== 'number')
    )
      throw new NodeError(`its attribute ${name} is no list of ${otherwise.length} numbers`)
    return value as readonly number[]
  },
})

export const normaliseAxes = (axes: readonly number[], rank: number): readonly number[] =>
  axes.map((axis) => {
    const at = axis < 0 ? axis + rank : axis
    if (!Number.isInteger(at) || at < 0 || at >= rank) throw new NodeError(`has the axis ${axis} of ${rank}`)
    return at
  })

export const broadcastShape = (a: readonly number[], b: readonly number[]): readonly number[] => {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i + a.length - rank] ?? 1, b[i + b.length - rank] ?? 1]
    if (x !== y && x !== 1 && y !== 1) throw new NodeError(`combines [${a}] and [${b}]`)
    return Math.max(x, y)
  })
}

/** The shape in another order of the axes, and where each element of it stood. */
export const permuted = (shape: readonly number[], order: readonly number[]) => {
  const axes = normaliseAxes(order, shape.length)
  if (new Set(axes).size !== shape.length) throw new NodeError(`orders the axes of [${shape}] as [${order}]`)
  const strides = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)))
  const turned = axes.map((axis) => shape[axis]!)
  const own = turned.map((_, axis) => elementsOf(turned.slice(axis + 1)))
  const index = Uint32Array.from({ length: elementsOf(shape) }, (_, at) => {
    let from = 0
    for (let i = 0; i < axes.length; i++) from += (Math.floor(at / own[i]!) % turned[i]!) * strides[axes[i]!]!
    return from
  })
  return { shape: turned, index }
}

/** What an operator is told of a window, in its order. */
export const WINDOW_ATTRIBUTES = [
  'channels',
  'height',
  'width',
  'kernelHeight',
  'kernelWidth',
  'strideY',
  'strideX',
  'padTop',
  'padLeft',
  'outHeight',
  'outWidth',
] as const

/** A window that slides over the planes of an image, as `spec/graph/operators/fixed/window.ts` has it. */
export type SlidingWindow = Readonly<
  Record<(typeof WINDOW_ATTRIBUTES)[number] | 'dilationY' | 'dilationX', number>
>

/** @param kernel height and width */
export const windowOf = (
  shape: readonly number[],
  node: OnnxNode,
  kernel: readonly number[],
): SlidingWindow => {
  if (shape.length !== 4 || kernel.length !== 2)
    throw new NodeError(`slides over [${shape}]; images of two dimensions are known`)
  const [, channels, height, width] = shape as [number, number, number, number]
  const { number, numbers } = scalarAttributes(node)
  const strides = numbers('strides', [1, 1])
  const dilations = numbers('dilations', [1, 1])
  if ([...strides, ...dilations, ...kernel].some((size) => !Number.isInteger(size) || size < 1))
    throw new NodeError('has a kernel, strides or dilations below one')
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1)
  const auto = node.attributes.get('auto_pad') ?? 'NOTSET'
  const given = numbers('pads', [0, 0, 0, 0])
  const sides = [height, width].map((size, i): readonly [number, number] => {
    if (auto === 'VALID') return [0, 0]
    if (auto === 'NOTSET') return [given[i]!, given[i + 2]!]
    const total = Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + reach[i]! - size)
    if (auto === 'SAME_UPPER') return [total >> 1, total - (total >> 1)]
    if (auto === 'SAME_LOWER') return [total - (total >> 1), total >> 1]
    throw new NodeError(`its auto_pad is ${String(auto)}`)
  })
  const isCeil = number('ceil_mode', 0) !== 0
  const out = [height, width].map((size, i) => {
    const [before, after] = sides[i]!
    const steps = (size + before + after - reach[i]!) / strides[i]!
    const last = isCeil ? Math.ceil(steps) : Math.floor(steps)
    // A window that starts behind the image and its padding is left out.
    return 1 + (isCeil && last * strides[i]! >= size + before ? last - 1 : last)
  })
  if (sides.flat().some((side) => !(side >= 0)) || out.some((size) => !(size >= 1)))
    throw new NodeError(`its window does not fit the image of ${height} x ${width}`)
  return {
    channels,
    height,
    width,
    kernelHeight: kernel[0]!,
    kernelWidth: kernel[1]!,
    strideY: strides[0]!,
    strideX: strides[1]!,
    padTop: sides[0]![0],
    padLeft: sides[1]![0],
    outHeight: out[0]!,
    outWidth: out[1]!,
    dilationY: dilations[0]!,
    dilationX: dilations[1]!,
  }
}
