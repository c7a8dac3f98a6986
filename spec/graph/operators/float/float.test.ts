import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bytes } from '../../../commitments/bytes.ts'
import { asInt32, int32, run } from '../operator.fixture.ts'
import { exp, floatBytes, laneSum } from './single.ts'

const floats = (...values: readonly number[]): Bytes => new Uint8Array(Float32Array.from(values).buffer)
const asFloats = (bytes: Bytes): number[] => [...new Float32Array(Uint8Array.from(bytes).buffer)]
const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!
const numbers = (count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: count, maxLength: count })
const CANONICAL = 0x7fc0_0000

/** Largest distance of `actual` from `expected`, in parts of the largest expected. */
const distance = (actual: readonly number[], expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!))) /
  Math.max(1, ...expected.map(Math.abs))

test('FLOAT-NAN whatever a NaN’s bits, what is written is one pattern', () => {
  const nan = int32(0x7f80_0001 | 0, 0xffff_ffff | 0, 0x7fc0_0000, bitsOf(2))
  expect(asInt32(floatBytes([Number.NaN, 1]))).toEqual([CANONICAL, bitsOf(1)])
  expect(asInt32(run('add-f32', [4], [nan, floats(0, 0, 0, 1)]))).toEqual([
    CANONICAL,
    CANONICAL,
    CANONICAL,
    bitsOf(3),
  ])
  expect(asInt32(run('append-f32', [4, 1, 0], [nan, int32(0)]))).toEqual([
    CANONICAL,
    CANONICAL,
    CANONICAL,
    bitsOf(2),
  ])
  expect(asInt32(run('multiply-f32', [1], [floats(Number.POSITIVE_INFINITY), floats(0)]))).toEqual([
    CANONICAL,
  ])
  expect(asFloats(run('rectify-f32', [4], [nan]))).toEqual([0, 0, 0, 2])
})

test('FLOAT-EXP is right to 2.5e-7, 1 at 0 and 0 far below', () => {
  for (let x = 0; x > -87; x -= 0.00731) {
    const rounded = Math.fround(x)
    expect(Math.abs(exp(rounded) / Math.exp(rounded) - 1)).toBeLessThan(2.5e-7)
  }
  expect([exp(0), exp(5), exp(-87), exp(-1000), exp(Number.NaN), exp(Number.NEGATIVE_INFINITY)]).toEqual([
    1, 1, 0, 0, 0, 0,
  ])
})

// Another order gives other bits: the sums below differ by it.
test('FLOAT-ORDER sums go in the stated order: lanes of four, and blocks of 32 columns', () => {
  const big = 2 ** 24
  const lanes = [big, 1, -big, 1, 1, 1, 1, 1]
  expect(laneSum(8, (i) => lanes[i]!)).toBe(big + 1 - big + 4)
  const columns = Array.from({ length: 64 }, (_, i) => (i === 0 ? big : i === 32 ? -big : 1))
  // In order 2^24 + 1 stays 2^24; the second block comes to -2^24 + 31 by itself.
  const weights = floats(...Array.from({ length: 16 * 64 }, (_, i) => (i % 16 === 0 ? 1 : 0)))
  expect(asFloats(run('matmul-f32', [1, 64, 0], [floats(...columns), weights]))).toEqual([31])
  expect(asFloats(run('matmul-f32', [1, 64, 2], [floats(...columns), weights, floats(0.5)]))).toEqual([31.5])
})

test('FLOAT-LLAMA the operators of a language model are what they are in the reals', () => {
  fc.assert(
    fc.property(
      numbers(16),
      numbers(16),
      fc.array(numbers(16), { minLength: 1, maxLength: 9 }),
      (x, y, rows) => {
        const mean = x.reduce((sum, value) => sum + value * value, 0) / 16
        const normed = asFloats(run('rmsnorm-f32', [16, bitsOf(1e-5)], [floats(...x), floats(...y)]))
        expect(
          distance(
            normed,
            x.map((value, i) => (value / Math.sqrt(mean + 1e-5)) * y[i]!),
          ),
        ).toBeLessThan(1e-6)

        const gated = asFloats(run('swiglu-f32', [8], [floats(...x)]))
        const silu = x.slice(0, 8).map((g, i) => (g / (1 + Math.exp(-g))) * x[8 + i]!)
        expect(distance(gated, silu)).toBeLessThan(1e-6)

        const turned = asFloats(
          run('rope-f32', [16, 8, 1], [floats(...x), floats(...y.slice(0, 8)), int32(0)]),
        )
        const complex = x.map((value, i) => {
          const [cosine, sine] = [y[(i % 8) & ~1]!, y[(i % 8) | 1]!]
          return i % 2 === 0 ? value * cosine - x[i + 1]! * sine : x[i - 1]! * sine + value * cosine
        })
        expect(distance(turned, complex)).toBeLessThan(1e-6)

        const cache = floats(...rows.flat())
        const attended = asFloats(
          run(
            'attention-f32',
            [1, 1, 16, 9, bitsOf(0.25)],
            [floats(...x), cache, cache, int32(rows.length - 1)],
          ),
        )
        const scores = rows.map((row) => row.reduce((sum, value, i) => sum + value * x[i]!, 0) / 4)
        const weights = scores.map((score) => Math.exp(score - Math.max(...scores)))
        const total = weights.reduce((sum, weight) => sum + weight)
        const mixed = x.map((_, d) => rows.reduce((sum, row, j) => sum + (weights[j]! / total) * row[d]!, 0))
        expect(distance(attended, mixed)).toBeLessThan(2e-5)
      },
    ),
  )
})

test('FLOAT-VISION pools, softmax and convolution are what they are in the reals', () => {
  const image = floats(1, 2, 3, 4, 5, 6, 7, 8, 9)
  const window = (kernel: number, pad: number, out: number) => [
    1,
    3,
    3,
    kernel,
    kernel,
    1,
    1,
    pad,
    pad,
    out,
    out,
  ]
  expect(asFloats(run('max-pool-f32', window(2, 0, 2), [image]))).toEqual([5, 6, 8, 9])
  expect(asFloats(run('max-pool-f32', window(1, 5, 1), [image]))).toEqual([0])
  expect(asFloats(run('average-pool-f32', [...window(2, 1, 1), 0], [image]))).toEqual([1])
  expect(asFloats(run('average-pool-f32', [...window(2, 1, 1), 1], [image]))).toEqual([0.25])
  const ones = floats(...Array.from({ length: 16 * 32 }, (_, i) => (i % 16 === 0 ? 1 : 0)))
  expect(asFloats(run('conv2d-f32', [...window(3, 1, 3), 1, 2], [image, ones, floats(0.5)]))).toEqual([
    12.5, 21.5, 16.5, 27.5, 45.5, 33.5, 24.5, 39.5, 28.5,
  ])
  const shares = asFloats(run('softmax-f32', [2, 2], [floats(0, Math.log(3), 5, 5)]))
  expect(distance(shares, [0.25, 0.75, 0.5, 0.5])).toBeLessThan(1e-6)
})

test('FLOAT-SAMPLE and argmax: NaN is below all numbers, the lower token first, weights by temperature', () => {
  const [nan, low] = [Number.NaN, Number.NEGATIVE_INFINITY]
  const argmax = (...values: number[]) => asInt32(run('argmax-f32', [values.length], [floats(...values)]))[0]
  expect([argmax(nan, low, nan), argmax(1, 3, 3), argmax(nan, nan), argmax(-0, 0), argmax()]).toEqual([
    1, 1, 0, 1, 0,
  ])
  const inverse = Math.round(Math.LOG2E * 2 ** 16)
  const draw = (seed: number, temperature: number, ...logits: number[]) =>
    asInt32(
      run('sample-f32', [logits.length], [floats(...logits), int32(1, seed, 0, temperature), int32(0)]),
    )[0]!
  expect([draw(0, 0, nan, 1, 2, 2), draw(0, inverse, nan, 1), draw(0, inverse, 5)]).toEqual([2, 1, 0])
  const counts = [0, 0, 0]
  for (let seed = 0; seed < 3000; seed++) counts[draw(seed, inverse, 0, Math.log(3), nan)]!++
  expect(counts[2]).toBe(0)
  expect(Math.abs(counts[1]! / 3000 - 0.75)).toBeLessThan(0.05)
})
