import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupedMatrix, matrixShape } from '../../../spec/graph/operators/fixed/groupedMatrix.ts'
import { bytesSource } from '../sourceFile.ts'
import { Q4_0, Q4_1, Q8_0 } from './blocks.ts'
import { type GroupRows, readGroupRows } from './groupRows.ts'
import { packPanels } from './panels.ts'
import { F32 } from './scalars.ts'
import { readAll, type TensorPlace } from './tensorPlace.ts'
import type { WeightFormat } from './weightFormat.ts'

const place = (format: WeightFormat, shape: readonly number[], bytes: Uint8Array): TensorPlace => ({
  name: 'w',
  shape,
  format,
  source: bytesSource('some.gguf', bytes),
  offset: 0,
  bytes: bytes.length,
})

/** The weights that the specification reads out of packed panels. */
const unpacked = (from: TensorPlace, withMinimums: boolean): number[][] => {
  const [rows, given] = from.shape as [number, number]
  const { rest, ...grouped } = readGroupRows(from, 0, rows)
  const shape = matrixShape(rows, grouped.columns)
  const read = (part: GroupRows, hasMinimums: boolean) => {
    const { weights, scales, exponents, minimums } = packPanels(part, rows, hasMinimums)
    return groupedMatrix(shape, [weights, scales, exponents, minimums ?? new Uint8Array(0)], hasMinimums)
  }
  const parts = [read(grouped, withMinimums), ...(rest === undefined ? [] : [read(rest, false)])]
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: given }, (_, column) => {
      const group = Math.floor(column / 32)
      return parts.reduce((sum, { weight, scale, minimum, exponent }) => {
        const value = weight(row, column) * scale(row, group) + 16 * minimum(row, group)
        return sum + value / 2 ** exponent(row)
      }, 0)
    }),
  )
}

/** Blocks with a half-precision scale, and minimum, of the usual size, and random bits behind them. */
const blocks = (format: WeightFormat, halves: number, count: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(format.blockBytes * count)
  let state = seed
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  for (let block = 0; block < count; block++)
    for (let half = 0; half < halves; half++) {
      // 2^-7 to 2^-4: within 16 times of each other; either sign where the quants of one have room for it.
      const at = block * format.blockBytes + 2 * half
      bytes[at + 1] = (bytes[at + 1]! & (format === Q8_0 ? 0x0f : 0x8f)) | 0x20
    }
  return bytes
}

// Rationale: where the file has groups of 32, the fixed format is to keep its weights, but for the rounding of scale
// and minimum to 15 bits of the row's largest.
test.each([
  ['Q8_0', Q8_0, 1, false],
  ['Q4_0', Q4_0, 1, false],
  ['Q4_1', Q4_1, 2, true],
  ['Q8_0 beside minimums', Q8_0, 1, true],
] as const)(
  'PANELS-1 %s stays what it was, but for 2^-14 of the largest',
  (_, format, halves, withMinimums) => {
    for (const [rows, columns] of [
      [5, 64],
      [17, 96],
      [32, 32],
    ] as const) {
      const from = place(format, [rows, columns], blocks(format, halves, (rows * columns) / 32, rows))
      const weights = readAll(from)
      const kept = unpacked(from, withMinimums).flat()
      const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
      expect(largest).toBeGreaterThan(0)
      kept.forEach((weight, i) => {
        expect(Math.abs(weight - weights[i]!)).toBeLessThanOrEqual(2 ** -13 * largest)
      })
    }
  },
)

test('PANELS-2 single-precision weights are rounded to 15 bits by groups of 32, padded to whole groups', () => {
  const weight = fc
    .double({ min: -10, max: 10, noNaN: true })
    .map((value) => (Math.abs(value) < 1e-30 ? 0 : Math.fround(value)))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 70 }),
      fc.infiniteStream(weight),
      (rows, columns, stream) => {
        const weights = Float32Array.from({ length: rows * columns }, () => stream.next().value as number)
        const kept = unpacked(place(F32, [rows, columns], new Uint8Array(weights.buffer)), false)
        for (let row = 0; row < rows; row++)
          for (let column = 0; column < columns; column++) {
            const start = row * columns + Math.floor(column / 32) * 32
            const group = weights.subarray(start, Math.min(start + 32, (row + 1) * columns))
            const largest = group.reduce((most, w) => Math.max(most, Math.abs(w)), 0)
            const rowLargest = weights
              .subarray(row * columns, (row + 1) * columns)
              .reduce((most, w) => Math.max(most, Math.abs(w)), 0)
            // Half a step of the finer scale, and the rounding of the coarser one to 15 bits of the row's largest.
            const bound = 2 ** -16 * largest + 2 ** -15 * rowLargest
            expect(Math.abs(kept[row]![column]! - weights[row * columns + column]!)).toBeLessThanOrEqual(
              bound,
            )
          }
      },
    ),
    { numRuns: 50 },
  )
})

test('PANELS-3 rows of zeros, of the smallest and of the largest numbers', () => {
  const rows = [0, 2 ** -149, 3e38, 1].map((value) => Array<number>(32).fill(value))
  const weights = new Float32Array(rows.flat())
  const kept = unpacked(place(F32, [4, 32], new Uint8Array(weights.buffer)), false)
  expect(kept[0]).toEqual(rows[0])
  expect(kept[2]![0]! / 3e38).toBeCloseTo(1, 3)
  expect(kept[3]![0]).toBeCloseTo(1, 3)
  // So small a number has no exponent here: it counts as zero.
  expect(kept[1]![0]).toBeLessThan(2 ** -120)
})
