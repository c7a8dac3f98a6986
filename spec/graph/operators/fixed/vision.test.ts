import { expect, test } from 'vitest'
import { asInt32, int8, int16, int32, run } from '../operator.fixture.ts'

const ONE = 2 ** 16
const fixed = (...values: readonly number[]): Uint8Array =>
  int32(...values.map((value) => Math.round(value * ONE)))
const real = (bytes: Uint8Array): number[] => asInt32(bytes).map((value) => value / ONE)

/** channels, height, width, kernel, strides, padding, output */
const window = (
  channels: number,
  size: number,
  kernel: number,
  stride: number,
  pad: number,
  out: number,
): number[] => [channels, ...[size, kernel, stride, pad, out].flatMap((each) => [each, each])]
const IMAGE = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Rows of weights, each a multiple of 1/4 up to 31, as a grouped matrix of 32 columns. */
const matrix = (...rows: readonly (readonly number[])[]): readonly Uint8Array[] => [
  int8(
    ...Array.from({ length: 16 * 32 }, (_, i) => 4 * (rows[(i >> 1) % 16]?.[2 * (i >> 5) + (i % 2)] ?? 0)),
  ),
  int16(...Array.from({ length: 16 }, () => 2 ** 14)),
  int8(...Array.from({ length: 16 }, () => 16)),
]

const convolved = (
  attributes: readonly number[],
  image: readonly number[],
  weights: readonly Uint8Array[],
  bias = [0],
) => real(run('conv2d', attributes, [fixed(...image), ...weights, new Uint8Array(0), fixed(...bias)]))

test('VISION-CONV a window of ones sums the image under it; strides, padding, bias and channels', () => {
  const ones = Array(9).fill(1)
  const [outChannels, shift, withBias] = [1, 0, 2]
  expect(convolved([...window(1, 3, 3, 1, 1, 3), outChannels, shift, 0], IMAGE, matrix(ones))).toEqual([
    12, 21, 16, 27, 45, 33, 24, 39, 28,
  ])
  expect(
    convolved([...window(1, 3, 3, 2, 1, 2), outChannels, shift, withBias], IMAGE, matrix(ones), [0.5]),
  ).toEqual([12.5, 16.5, 24.5, 28.5])
  // Two channels in, two out: kernels of one pixel.
  const planes = [1, 2, 3, 4, 10, 20, 30, 40]
  const mixed = convolved([...window(2, 2, 1, 1, 0, 2), 2, shift, 0], planes, matrix([1, 0.5], [-2, 0.25]))
  expect(mixed).toEqual([6, 12, 18, 24, 0.5, 1, 1.5, 2])
  // Not a sum: a kernel's elements go row by row.
  const corner = convolved([...window(1, 3, 2, 1, 0, 2), outChannels, shift, 0], IMAGE, matrix([0, 1, -1, 0]))
  expect(corner).toEqual([-2, -2, -2, -2])
})

test('VISION-MAX the largest under the window, which may be negative; 0 where the window is outside', () => {
  const pooled = (attributes: readonly number[], image: readonly number[]) =>
    asInt32(run('max-pool', attributes, [int32(...image)]))
  expect(pooled(window(1, 3, 2, 1, 0, 2), IMAGE)).toEqual([5, 6, 8, 9])
  expect(
    pooled(
      window(1, 3, 2, 2, 1, 2),
      IMAGE.map((value) => -value),
    ),
  ).toEqual([-1, -2, -4, -5])
  expect(pooled(window(1, 1, 1, 1, 2, 1), [7])).toEqual([0])
})

test('VISION-AVERAGE the mean, halves upwards, over what is inside or over all that the window covers', () => {
  const pooled = (pad: number, covers: number, image: readonly number[]) =>
    asInt32(run('average-pool', [...window(1, 2, 2, 1, pad, 1), covers], [int32(...image)]))
  expect(pooled(0, 0, [1, 2, 3, 4])).toEqual([3])
  expect(pooled(0, 0, [-1, -2, -3, -4])).toEqual([-2])
  expect(pooled(0, 0, [-1, -2, -3, -5])).toEqual([-3])
  expect([pooled(1, 0, [8, 0, 0, 0]), pooled(1, 1, [8, 0, 0, 0])]).toEqual([[8], [2]])
  expect(pooled(0, 0, [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1])).toEqual([2 ** 31 - 1])
  expect([pooled(2, 0, [1, 2, 3, 4]), pooled(2, 1, [1, 2, 3, 4])]).toEqual([[0], [0]])
})

test('VISION-ELEMENTS rectify, multiply and gather', () => {
  expect(asInt32(run('rectify', [3], [int32(-5, 0, 7)]))).toEqual([0, 0, 7])
  expect(real(run('multiply', [2, 16], [fixed(1.5, -2), fixed(-3, 0.25)]))).toEqual([-4.5, -0.5])
  expect(asInt32(run('multiply', [2, 0], [int32(2 ** 30, -(2 ** 31)), int32(4, 2)]))).toEqual([
    2 ** 31 - 1,
    -(2 ** 31),
  ])
  expect(asInt32(run('gather', [4, 3], [int32(10, 11, 12), int32(2, 0, 7, -1)]))).toEqual([12, 10, 12, 12])
})

test('VISION-SOFTMAX is the softmax of each row', () => {
  const rows = [
    [1, 2, -3, 0],
    [7, 7, 7, 7],
    [-30000, 30000, 0, 29999],
  ]
  const y = real(run('softmax', [3, 4, 16, 16], [fixed(...rows.flat())]))
  const expected = rows.flatMap((row) => {
    const weights = row.map((value) => Math.exp(value - Math.max(...row)))
    return weights.map((weight) => weight / weights.reduce((sum, each) => sum + each))
  })
  expected.forEach((value, i) => {
    expect(Math.abs(value - y[i]!)).toBeLessThan(2 ** -15)
  })
})
