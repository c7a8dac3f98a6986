import type { OnnxNode } from './onnxFile.ts'
import { NodeError, scalarAttributes } from './shapes.ts'

/** What an operator is told of a window, in its order. */
const WINDOW_ATTRIBUTES = [
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

/** The most of each but the channels, as `spec/graph/operators/fixed/window.ts` has it. */
const MAX_EXTENT = 2 ** 11

/** A window that slides over the planes of an image; what slides over a line has a height of one. */
export type SlidingWindow = Readonly<
  Record<(typeof WINDOW_ATTRIBUTES)[number] | 'padBottom' | 'padRight' | 'dilationY' | 'dilationX', number>
>

/** The shape of what a window makes, with so many planes, of an image or a line as the input is. */
export const slidOver = (
  shape: readonly number[],
  { outHeight, outWidth }: SlidingWindow,
  planes: number,
): readonly number[] => [1, planes, ...(shape.length === 3 ? [outWidth] : [outHeight, outWidth])]

/** @param kernel its height and width, or its length where it slides over lines */
export const windowOf = (
  shape: readonly number[],
  node: OnnxNode,
  kernel: readonly number[],
): SlidingWindow => {
  if (shape.length !== kernel.length + 2 || kernel.length < 1 || kernel.length > 2)
    throw new NodeError(
      `slides a kernel of [${kernel}] over [${shape}]; images of one or two dimensions are known`,
    )
  const sizes = shape.slice(2)
  const { number, numbers } = scalarAttributes(node)
  const ones = kernel.map(() => 1)
  const strides = numbers('strides', ones)
  const dilations = numbers('dilations', ones)
  if ([...strides, ...dilations, ...kernel].some((size) => !Number.isInteger(size) || size < 1))
    throw new NodeError('has a kernel, strides or dilations below one')
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1)
  const auto = node.attributes.get('auto_pad') ?? 'NOTSET'
  const given = numbers('pads', [...kernel, ...kernel].fill(0))
  const sides = sizes.map((size, i): readonly [number, number] => {
    if (auto === 'VALID') return [0, 0]
    if (auto === 'NOTSET') return [given[i]!, given[i + sizes.length]!]
    const total = Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + reach[i]! - size)
    if (auto === 'SAME_UPPER') return [total >> 1, total - (total >> 1)]
    if (auto === 'SAME_LOWER') return [total - (total >> 1), total >> 1]
    throw new NodeError(`its auto_pad is ${String(auto)}`)
  })
  const isCeil = number('ceil_mode', 0) !== 0
  const out = sizes.map((size, i) => {
    const [before, after] = sides[i]!
    const steps = (size + before + after - reach[i]!) / strides[i]!
    const last = isCeil ? Math.ceil(steps) : Math.floor(steps)
    // A window that starts behind the image and its padding is left out.
    return 1 + (isCeil && last * strides[i]! >= size + before ? last - 1 : last)
  })
  if (sides.flat().some((side) => !(side >= 0)) || out.some((size) => !(size >= 1)))
    throw new NodeError(`its window does not fit the image of ${sizes.join(' x ')}`)
  // A line is an image of one row.
  const both = <Of>(ofEach: readonly Of[], ofOneRow: Of): readonly [Of, Of] =>
    ofEach.length === 1 ? [ofOneRow, ofEach[0]!] : [ofEach[0]!, ofEach[1]!]
  const [height, width] = both(sizes, 1)
  const [kernelHeight, kernelWidth] = both(kernel, 1)
  const [strideY, strideX] = both(strides, 1)
  const [dilationY, dilationX] = both(dilations, 1)
  const [[padTop, padBottom], [padLeft, padRight]] = both(sides, [0, 0])
  const [outHeight, outWidth] = both(out, 1)
  return {
    channels: shape[1]!,
    height,
    width,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    padTop,
    padLeft,
    outHeight,
    outWidth,
    padBottom,
    padRight,
    dilationY,
    dilationX,
  }
}

/** The window of a pool; one that is global covers the image. */
export const poolWindow = (shape: readonly number[], node: OnnxNode): SlidingWindow => {
  if (node.operator === 'GlobalAveragePool') return windowOf(shape, node, shape.slice(2))
  const kernel = node.attributes.get('kernel_shape')
  if (!Array.isArray(kernel)) throw new NodeError('has no kernel_shape')
  const window = windowOf(shape, node, kernel as number[])
  if (window.dilationY !== 1 || window.dilationX !== 1)
    throw new NodeError('has dilations, which a pool does not know')
  return window
}

/** A window that covers a row of each of so many. */
export const rowsOf = (rows: number, columns: number): SlidingWindow => ({
  channels: rows,
  height: 1,
  width: columns,
  kernelHeight: 1,
  kernelWidth: columns,
  strideY: 1,
  strideX: 1,
  padTop: 0,
  padLeft: 0,
  outHeight: 1,
  outWidth: 1,
  padBottom: 0,
  padRight: 0,
  dilationY: 1,
  dilationX: 1,
})

/** The attributes of a window, in their order. @throws NodeError where the operators know none so large */
export const windowAttributes = (window: SlidingWindow): readonly number[] =>
  WINDOW_ATTRIBUTES.map((attribute) => {
    if (attribute !== 'channels' && window[attribute] > MAX_EXTENT)
      throw new NodeError(`slides a window whose ${attribute} is ${window[attribute]}; at most ${MAX_EXTENT}`)
    return window[attribute]
  })

/**
 * How many places the window covers at each position of the output: inside of the image, and with its padding. What
 * `ceil_mode` adds lies behind the padding, and counts as neither.
 */
export const coveredPlaces = (window: SlidingWindow) => {
  const { outHeight, outWidth } = window
  const along = (
    start: number,
    reach: number,
    size: number,
    before: number,
    after: number,
  ): readonly [number, number] => {
    const end = start + reach
    const within = (least: number, most: number): number =>
      Math.max(0, Math.min(end, most) - Math.max(start, least))
    return [within(0, size), within(-before, size + after)]
  }
  const positions = outHeight * outWidth
  const [inside, padded] = [new Float64Array(positions), new Float64Array(positions)]
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++) {
      const { strideY, strideX, padTop, padLeft, padBottom, padRight, kernelHeight, kernelWidth } = window
      const y = along(i * strideY - padTop, kernelHeight, window.height, padTop, padBottom)
      const x = along(j * strideX - padLeft, kernelWidth, window.width, padLeft, padRight)
      inside[i * outWidth + j] = y[0] * x[0]
      padded[i * outWidth + j] = y[1] * x[1]
    }
  return { inside, padded }
}
