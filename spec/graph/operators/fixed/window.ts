import type { Bytes } from '../../../commitments/bytes.ts'
import { attribute, MAX_INT32_ELEMENTS } from '../operator.ts'

/**
 * A window that slides over the planes of an image, with what lies outside of it left out: of convolutions and pools.
 * Row and column of the window's element (y, x) at output (i, j) are i strideY - padTop + y and j strideX - padLeft + x.
 */
export interface Window {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly kernelHeight: number
  readonly kernelWidth: number
  readonly strideY: number
  readonly strideX: number
  readonly padTop: number
  readonly padLeft: number
  readonly outHeight: number
  readonly outWidth: number
}

/** The most of each extent, stride and padding. */
const MAX_EXTENT = 2 ** 11

/** Attributes 0 to 10, in the order of `Window`; each is clamped, the channels so that the image fits a slot. */
const windowAt = (descriptor: Bytes, planes: number): Window => {
  const extents = Array.from({ length: 10 }, (_, i) => Math.min(attribute(descriptor, 1 + i), MAX_EXTENT))
  const [height, width, kernelHeight, kernelWidth, strideY, strideX, padTop, padLeft, outHeight, outWidth] =
    extents as [number, number, number, number, number, number, number, number, number, number]
  const most = Math.floor(MAX_INT32_ELEMENTS / Math.max(height * width, planes * outHeight * outWidth, 1))
  const channels = Math.min(attribute(descriptor, 0), most)
  return {
    channels,
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
  }
}

/** Of a pool: an output plane for each channel. Attributes 0 to 10: channels, height, width, and so on. */
export const poolWindow = (descriptor: Bytes): Window => windowAt(descriptor, 1)

export const poolElements = ({ channels, outHeight, outWidth }: Window): number =>
  channels * outHeight * outWidth
export const poolInput = ({ channels, height, width }: Window): number => channels * height * width

/** Of a convolution, whose output planes are clamped by themselves. */
export const convolutionWindow = (descriptor: Bytes): Window => windowAt(descriptor, 0)

/** The elements of a channel's plane under the window at output (i, j), row by row; undefined outside of the image. */
export const under = (
  { height, width, kernelHeight, kernelWidth, strideY, strideX, padTop, padLeft }: Window,
  i: number,
  j: number,
): readonly (number | undefined)[] =>
  Array.from({ length: kernelHeight * kernelWidth }, (_, at) => {
    const row = i * strideY - padTop + Math.floor(at / kernelWidth)
    const column = j * strideX - padLeft + (at % kernelWidth)
    const inside = row >= 0 && row < height && column >= 0 && column < width
    return inside ? row * width + column : undefined
  })

/** Of a pool: the input's elements inside the image that make one element of the output, row by row. */
export const pooledElements = (
  window: Window,
  input: ArrayLike<number>,
  element: number,
): readonly number[] => {
  const { height, width, outHeight, outWidth } = window
  const plane = Math.floor(element / (outHeight * outWidth)) * height * width
  const position = element % (outHeight * outWidth)
  const inside = under(window, Math.floor(position / outWidth), position % outWidth)
  return inside.flatMap((at) => (at === undefined ? [] : [input[plane + at]!]))
}
