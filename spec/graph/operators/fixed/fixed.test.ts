import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asInt16, asInt32, int8, int16, int32, run } from '../operator.fixture.ts'
import { exp2Neg, quantise, shiftSaturate } from './fixedPoint.ts'

const ONE = 2 ** 16
const fixed = (values: readonly number[], fraction = 16): Uint8Array =>
  int32(...values.map((value) => Math.round(value * 2 ** fraction)))
const real = (bytes: Uint8Array, fraction = 16): number[] =>
  asInt32(bytes).map((value) => value / 2 ** fraction)
const numbers = (count: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: -most, max: most, noNaN: true }), { minLength: count, maxLength: count })

/** Largest distance of `actual` from `expected`. */
const distance = (actual: readonly number[], expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)))

test('FIXED-SHIFT rounds halves upwards, saturates, and shifts left by negative bits', () => {
  expect([3n, 1n, -1n, -3n].map((value) => shiftSaturate(value, 1))).toEqual([2, 1, 0, -1])
  expect([shiftSaturate(2n ** 40n, 3), shiftSaturate(-(2n ** 40n), 3)]).toEqual([2 ** 31 - 1, -(2 ** 31)])
  expect([shiftSaturate(5n, -3), shiftSaturate(1n, -31), shiftSaturate(-1n, -(2 ** 31))]).toEqual([
    40,
    2 ** 31 - 1,
    -(2 ** 31),
  ])
  expect([shiftSaturate(0n, -(2 ** 31)), shiftSaturate(-(2n ** 62n), 63)]).toEqual([0, 0])
  expect(shiftSaturate(2n ** 62n, 62)).toBe(1)
})

// All fractions, so nothing is left to chance: softmax and sampling rest on the order being kept.
test('FIXED-EXP 2^-t is right to 1.1e-7 and never rises, over all fractions and the seams between powers', () => {
  let before = exp2Neg(0)
  expect(before).toBe(2147483530)
  const wrong: number[] = []
  for (let t = 1; t <= 2 ** 16; t++) {
    const value = exp2Neg(t)
    const isNear = t === 2 ** 16 || Math.abs(value / 2 ** (31 - t / 2 ** 16) - 1) < 1.1e-7
    if (value >= before || !isNear) wrong.push(t)
    before = value
  }
  expect(wrong).toEqual([])
  for (let whole = 1; whole < 32; whole++) {
    expect(exp2Neg(whole * 2 ** 16)).toBe(Math.floor(2147483530 / 2 ** whole))
    expect(exp2Neg(whole * 2 ** 16) <= exp2Neg(whole * 2 ** 16 - 1)).toBe(true)
  }
  expect([exp2Neg(32 * 2 ** 16), exp2Neg(2 ** 32 - 1)]).toEqual([0, 0])
})

test('FIXED-QUANTISE keeps 15 bits of the largest, and small integers whole', () => {
  expect(quantise([5, -32767, 0])).toEqual({ exponent: 0, values: Int16Array.of(5, -32767, 0) })
  expect(quantise([-(2 ** 31), 2 ** 31 - 1])).toEqual({ exponent: 17, values: Int16Array.of(-16384, 16384) })
  // Rounding up may leave 15 bits: clamped.
  expect(quantise([65535, -65535])).toEqual({ exponent: 1, values: Int16Array.of(32767, -32767) })
})

/** A 2 x 64 matrix whose weights are (w S + 16 M) / 2^E. */
const W = (row: number, column: number): number => ((row * 37 + column * 11) % 255) - 127
const S = [
  [20000, 30000],
  [17000, 32767],
]
const M = [
  [-1000, 500],
  [0, 32767],
]
const E = [22, 20]
const weightOf = (row: number, column: number): number => {
  const group = column >> 5
  return (W(row, column) * S[row]![group]! + 16 * M[row]![group]!) / 2 ** E[row]!
}
const panel = <Value>(length: number, at: (i: number) => Value): Value[] =>
  Array.from({ length }, (_, i) => at(i))
const MATRIX = [
  int8(
    ...panel(16 * 64, (i) => {
      const row = (i >> 1) % 16
      return row < 2 ? W(row, 2 * (i >> 5) + (i % 2)) : 0
    }),
  ),
  int16(...panel(16 * 2, (i) => S[i % 16]?.[i >> 4] ?? 0)),
  int8(...panel(16, (i) => E[i] ?? 0)),
  int16(...panel(16 * 2, (i) => M[i >> 1]?.[i % 2] ?? 0)),
]

test('FIXED-MATMUL a grouped product is that of the weights that its tensors stand for', () => {
  fc.assert(
    fc.property(numbers(64, 30), numbers(2, 30), (x, residual) => {
      const expected = [0, 1].map(
        (row) => residual[row]! + x.reduce((sum, value, column) => sum + value * weightOf(row, column), 0),
      )
      const attributes = [2, 64, 16 - 12, 3]
      const actual = real(run('matmul-grouped', attributes, [fixed(x), ...MATRIX, fixed(residual, 12)]), 12)
      // Weights come to about 4 in magnitude; an activation is off by half of 2^-14 of the largest.
      expect(distance(actual, expected)).toBeLessThan(64 * 4 * (30 / 2 ** 14) + 2 ** -11)
    }),
  )
})

test('FIXED-EMBED a row of the matrix, the last one for tokens outside the vocabulary', () => {
  const row = (token: number): number[] => real(run('embed', [2, 64, 16, 1], [int32(token), ...MATRIX]))
  for (const token of [0, 1])
    expect(
      distance(
        row(token),
        panel(64, (column) => weightOf(token, column)),
      ),
    ).toBeLessThan(2 ** -16)
  expect(row(2)).toEqual(row(1))
  expect(row(-1)).toEqual(row(1))
})

test('FIXED-RMSNORM is the real normalisation to three units', () => {
  fc.assert(
    fc.property(numbers(48, 2000), (x) => {
      const n = x.length
      const epsilon = Math.round(1e-5 * n * 2 ** 24)
      const rounded = real(fixed(x, 12), 12)
      const mean = (rounded.reduce((sum, v) => sum + v * v, 0) + epsilon / 2 ** 24) / n
      const gain = int32(...x.map(() => Math.round(Math.sqrt(n) * 2 ** 20)))
      const y = run('rmsnorm', [n, epsilon, 0, 30 + 20 - 16], [fixed(x, 12), gain])
      const expected = rounded.map((value) => value / Math.sqrt(mean))
      expect(distance(real(y), expected)).toBeLessThan(3 * 2 ** -16)
    }),
  )
  expect(asInt32(run('rmsnorm', [3, 0, 0, 30], [int32(0, 0, 0), int32(7, 7, 7)]))).toEqual([0, 0, 0])
  // An epsilon of the size of the squares: it is shifted with them.
  const halved = run('rmsnorm', [1, 0, 2 ** 16, 34], [int32(2 ** 24), int32(2 ** 20)])
  expect(real(halved)[0]).toBeCloseTo(Math.SQRT1_2, 4)
})

test('FIXED-ROPE turns adjacent pairs by the angles of the position', () => {
  const angles = [0.3, -2, 1, 2]
  const table = int32(
    ...angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)].map((v) => Math.round(v * 2 ** 30))),
  )
  const x = [1, 2, -3, 4, 0.5, 0, 7, 7]
  const turned = (position: number): number[] =>
    x.map((value, i) => {
      const angle = angles[2 * position + ((i >> 1) % 2)]!
      return i % 2 === 0
        ? value * Math.cos(angle) - x[i + 1]! * Math.sin(angle)
        : x[i - 1]! * Math.sin(angle) + value * Math.cos(angle)
    })
  for (const position of [0, 1]) {
    const y = run('rope', [8, 4, 2], [fixed(x), table, int32(position)])
    expect(distance(real(y), turned(position))).toBeLessThan(2 ** -15)
  }
  // Behind the table its last row holds.
  const last = run('rope', [8, 4, 2], [fixed(x), table, int32(1)])
  expect(run('rope', [8, 4, 2], [fixed(x), table, int32(-1)])).toEqual(last)
})

test('FIXED-APPEND writes the row of the position alone, and clamps', () => {
  const before = int16(...panel(6, () => 9))
  const appended = (position: number): number[] =>
    asInt16(run('append', [2, 3, 1, 4], [int32(0, 24, -(2 ** 31)), int32(position)], before))
  expect(appended(0)).toEqual([2, -32767, 9, 9, 9, 9])
  expect(appended(2)).toEqual([9, 9, 9, 9, 2, -32767])
  expect(appended(77)).toEqual(appended(2))
})

/** Attention in floating point: one query head of `dim`, caches of `tokens` rows. */
const attend = (q: readonly number[], k: readonly number[][], v: readonly number[][]): number[] => {
  const scores = k.map((row) => row.reduce((sum, value, i) => sum + value * q[i]!, 0) / Math.sqrt(q.length))
  const weights = scores.map((score) => Math.exp(score - Math.max(...scores)))
  const total = weights.reduce((sum, weight) => sum + weight)
  return q.map((_, d) => v.reduce((sum, row, j) => sum + weights[j]! * row[d]!, 0) / total)
}

test('FIXED-ATTENTION is softmax attention over the tokens so far, two heads on one cache head', () => {
  fc.assert(
    fc.property(
      numbers(16, 4),
      fc.array(numbers(16, 4), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 50 }),
      (q, rows, position) => {
        const [k, v] = [rows.map((row) => row.slice(0, 8)), rows.map((row) => row.slice(8))]
        const cache = (values: readonly number[][]) =>
          int16(...values.flat().map((value) => Math.round(value * 2 ** 12)))
        const attributes = [2, 2, 8, rows.length, Math.round((Math.LOG2E / Math.sqrt(8)) * 2 ** 30)]
        const y = run(
          'attention',
          [...attributes, 14 + 16 + 12, 16 - 12],
          [fixed(q), cache(k), cache(v), int32(position)],
        )
        const seen = Math.min(position, rows.length - 1) + 1
        const heads = [q.slice(0, 8), q.slice(8)]
        const expected = heads.flatMap((head) => attend(head, k.slice(0, seen), v.slice(0, seen)))
        expect(distance(real(y), expected)).toBeLessThan(0.01)
      },
    ),
  )
})

// Products of a query with the caches stay in int32 by this alone; one bit more is lost than need be, or one too few.
test('FIXED-ATTENTION a query is shortened by the least exponent that its bits and its sum allow', () => {
  /** Whether the second token is attended to, of which only the query's last element speaks: it must not round to zero. */
  const isHeard = (query: readonly number[]): boolean => {
    const dim = query.length
    const caches = (second: number) =>
      int16(...Array.from({ length: 2 * dim }, (_, i) => (i < dim ? 0 : second)))
    const keys = int16(...Array.from({ length: 2 * dim }, (_, i) => (i === 2 * dim - 1 ? 32767 : 0)))
    const output = run(
      'attention',
      [1, 1, dim, 2, 2 ** 30, 22, 0],
      [int32(...query), keys, caches(1000), int32(1)],
    )
    return asInt32(output)[0]! > 750
  }
  /** Half of 2^e is the least that rounds to one, and is heard. */
  const shortenedBy = (others: readonly number[], exponent: number): void => {
    const least = Math.max(1, 2 ** (exponent - 1))
    expect([isHeard([...others, least]), isHeard([...others, least - 1])]).toEqual([true, false])
  }
  shortenedBy([2 ** 14 - 1, 0, 0], 0)
  shortenedBy([2 ** 14, 0, 0], 1)
  shortenedBy([2 ** 20, 0, 0], 7)
  shortenedBy([-(2 ** 20), 0, 0], 7)
  shortenedBy(Array(7).fill(1 - 2 ** 20), 7)
  const most = [32767, 32767, 32767, 32752, 0, 0, 0]
  // floor(sum / 2) + 8 is 65535, and one more.
  shortenedBy(most, 1)
  shortenedBy([32767, 32767, 32767, 32754, 0, 0, 0], 2)
})

test('FIXED-SWIGLU is silu of the gate times up', () => {
  fc.assert(
    fc.property(numbers(6, 50), numbers(6, 50), (gate, up) => {
      const expected = gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!)
      const actual = real(run('swiglu', [6, 16, 20], [fixed([...gate, ...up])]), 12)
      expected.forEach((value, i) => {
        expect(Math.abs(actual[i]! - value)).toBeLessThan(Math.abs(value) * 4e-5 + 2e-3)
      })
    }),
  )
  const far = fixed([-30000, 30000, 1, 1])
  expect(asInt32(run('swiglu', [2, 16, 16], [far]))).toEqual([0, 30000 * (ONE - 0.5)])
})

test('FIXED-ADD saturates', () => {
  const sums = run('add', [3], [int32(2 ** 31 - 1, -(2 ** 31), 5), int32(1, -1, -7)])
  expect(asInt32(sums)).toEqual([2 ** 31 - 1, -(2 ** 31), -2])
})
