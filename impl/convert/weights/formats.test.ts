import { expect, test } from 'vitest'
import { fromHex } from '../../../spec/commitments/bytes.ts'
import table from '../fixtures/weightFormats.json' with { type: 'json' }
import { bytesSource, ConvertError } from '../sourceFile.ts'
import { GGUF_FORMATS } from './formats.ts'
import { F16, F32, halfToNumber } from './scalars.ts'
import { readAll, readRows, type TensorPlace } from './tensorPlace.ts'

const bytesOf = (hex: string) => fromHex(`0x${hex}`)

// Rationale: the layouts are known from descriptions alone; the table comes from another implementation.
test.each(Object.entries(table))('FORMAT-1 %s decodes to the weights of the gguf package', (name, entry) => {
  const format = [...GGUF_FORMATS.values()].find((known) => known.name === name)!
  const weights = F32.decode(bytesOf(entry.weights))
  const decoded = format.decode(bytesOf(entry.bytes))
  expect(decoded.length).toBe(weights.length)
  expect(decoded.length).toBeGreaterThanOrEqual(32)
  // The package rounds product and sum apart, so a unit in the last place of the larger of the two may differ.
  decoded.forEach((weight, i) => {
    expect(Math.abs(weight - weights[i]!)).toBeLessThanOrEqual(
      2 ** -22 * Math.max(0.02, Math.abs(weights[i]!)),
    )
  })
})

test('FORMAT-2 what groups say is what a format decodes to, and quants are bytes around zero', () => {
  for (const [name, entry] of Object.entries(table)) {
    const { groups, decode, groupElements } = [...GGUF_FORMATS.values()].find((known) => known.name === name)!
    if (groups === undefined) continue
    const { quants, scales, minimums } = groups(bytesOf(entry.bytes))
    const weights = decode(bytesOf(entry.bytes))
    expect(scales.length * groupElements!).toBe(quants.length)
    quants.forEach((quant, i) => {
      const group = Math.floor(i / groupElements!)
      expect(Math.fround(scales[group]! * quant + (minimums?.[group] ?? 0))).toBe(weights[i])
    })
  }
})

test('FORMAT-3 half precision: zeros, subnormals, the largest, infinity and NaN', () => {
  expect([0, 0x8000, 1, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00].map(halfToNumber)).toEqual([
    0,
    -0,
    2 ** -24,
    2 ** -14,
    1,
    -2,
    65504,
    Number.POSITIVE_INFINITY,
  ])
  expect(halfToNumber(0x7e00)).toBeNaN()
})

const place = (bytes: Uint8Array, shape: readonly number[]): TensorPlace => ({
  name: 'w',
  shape,
  format: F16,
  source: bytesSource('some.gguf', bytes),
  offset: 0,
  bytes: bytes.length,
})

test('FORMAT-4 rows are read by themselves', () => {
  const bytes = new Uint8Array(new Uint16Array([0x3c00, 0x4000, 0x4200, 0x4400]).buffer)
  expect([...readRows(place(bytes, [2, 2]), 1, 1)]).toEqual([3, 4])
  expect([...readAll(place(bytes, [4]))]).toEqual([1, 2, 3, 4])
})

// Rationale: one NaN in a weight makes every answer NaN; nobody would find it behind the conversion.
test.each([
  [0x7e00, 'NaN'],
  [0xfc00, '-Infinity'],
])('FORMAT-5 the weight %i is refused, with its place', (bits, printed) => {
  const bytes = new Uint8Array(new Uint16Array([0x3c00, 0x3c00, 0x3c00, bits]).buffer)
  expect(() => readRows(place(bytes, [2, 2]), 1, 1)).toThrow(ConvertError)
  expect(() => readAll(place(bytes, [2, 2]))).toThrow(
    `some.gguf: tensor w: the weight in row 1, column 1 is ${printed}`,
  )
})
