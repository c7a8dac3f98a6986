import { expect, test } from 'vitest'
import { asInt32, int32, run } from '../operator.fixture.ts'
import { randomWord } from './draw.ts'

/** Capacities, then end tokens. */
const CAPACITIES = [4, 3]
const END = 99
const request = (...prompt: number[]) => int32(prompt.length, 0, 0, 0, 0, 0, 0, 0, ...prompt)
const ANSWER = int32(70, 71, 72)

test('SEQUENCE-TOKEN the prompt first, then the answer, then its last', () => {
  const current = (position: number): number =>
    asInt32(run('current-token', CAPACITIES, [request(5, 6), ANSWER, int32(position)]))[0]!
  expect([0, 1, 2, 3, 4, 5, -1].map(current)).toEqual([5, 6, 70, 71, 72, 72, 72])
  const empty = run('current-token', CAPACITIES, [int32(), ANSWER, int32(1)])
  expect(asInt32(empty)).toEqual([70])
})

test('SEQUENCE-WRITE a token goes behind the prompt, padding behind an end token, nothing elsewhere', () => {
  const written = (position: number, token: number, answer = ANSWER): number[] =>
    asInt32(
      run(
        'write-token',
        [...CAPACITIES, 1, END],
        [int32(token), request(5, 6), int32(position), answer],
        answer,
      ),
    )
  expect(written(0, 8)).toEqual([70, 71, 72])
  expect(written(1, 8)).toEqual([8, 71, 72])
  expect(written(3, 8)).toEqual([70, 71, 8])
  expect(written(4, 8)).toEqual([70, 71, 72])
  expect(written(-1, 8)).toEqual([70, 71, 72])
  expect(written(2, END)).toEqual([70, END, 72])
  expect(written(2, 8, int32(END, 0, 0))).toEqual([END, -1, 0])
  expect(written(3, 8, int32(END, -1, 0))).toEqual([END, -1, -1])
})

test('SEQUENCE-WRITE knows sixteen end tokens, and no more', () => {
  const ends = Array.from({ length: 18 }, (_, i) => 100 + i)
  const behind = (before: number): number =>
    asInt32(
      run(
        'write-token',
        [...CAPACITIES, ends.length, ...ends],
        [int32(8), request(5, 6), int32(2), int32(before, 0, 0)],
        int32(before, 0, 0),
      ),
    )[1]!
  expect(ends.map(behind)).toEqual([...Array.from({ length: 16 }, () => -1), 8, 8])
  expect([99, 0, 118].map(behind)).toEqual([8, 8, 8])
})

test('SEQUENCE-ADVANCE counts, and wraps', () => {
  expect([7, -1].map((position) => asInt32(run('advance', [], [int32(position)]))[0])).toEqual([8, 0])
})

/** Logits in Q16; inverse temperature log2(e) / T in Q16. */
const LOGITS = [1, 3, -2, 3, 2.5]
const drawn = (seed: number, temperature: number, topK = 0, topP = 0, position = 0): number => {
  const inverse = temperature === 0 ? 0 : Math.round((Math.LOG2E / temperature) * 2 ** 16)
  const logits = int32(...LOGITS.map((logit) => logit * 2 ** 16))
  const asked = int32(1, seed, 0, inverse, topK, Math.round(topP * 2 ** 16), 0, 0)
  return asInt32(run('sample', [LOGITS.length, 16], [logits, asked, int32(position)]))[0]!
}
const frequencies = (draw: (seed: number) => number, runs: number): number[] => {
  const counts = LOGITS.map(() => 0)
  for (let seed = 0; seed < runs; seed++) counts[draw(seed)]!++
  return counts.map((count) => count / runs)
}

test('SEQUENCE-GREEDY without a temperature the first of the largest logits is taken', () => {
  expect(drawn(1, 0)).toBe(1)
  expect(drawn(1, 0, 3, 0.2)).toBe(1)
  expect(asInt32(run('sample', [0, 16], [int32(), request(5), int32(0)]))).toEqual([0])
})

// Six standard deviations of a share of 4000 draws are 0.05 at most.
test('SEQUENCE-SAMPLE tokens come as often as the softmax at the temperature says', () => {
  for (const temperature of [0.7, 2]) {
    const weights = LOGITS.map((logit) => Math.exp(logit / temperature))
    const total = weights.reduce((sum, weight) => sum + weight)
    frequencies((seed) => drawn(seed, temperature), 4000).forEach((share, token) => {
      expect(Math.abs(share - weights[token]! / total)).toBeLessThan(0.05)
    })
  }
})

test('SEQUENCE-TOP top-k and top-p leave the most likely ones, lower tokens first', () => {
  const seen = (topK: number, topP: number): number[] =>
    frequencies((seed) => drawn(seed, 5, topK, topP), 400).flatMap((share, token) =>
      share > 0 ? [token] : [],
    )
  expect(seen(1, 0)).toEqual([1])
  expect(seen(3, 0)).toEqual([1, 3, 4])
  // Shares at this temperature: 0.24, 0.24, 0.22, 0.16, 0.09 (tokens 1, 3, 4, 0, 2).
  expect(seen(0, 0.2)).toEqual([1])
  expect(seen(0, 0.45)).toEqual([1, 3])
  expect(seen(0, 0.75)).toEqual([0, 1, 3, 4])
  expect(seen(4, 0.9999)).toEqual([0, 1, 3, 4])
})

test('SEQUENCE-RANDOM the word follows from seed and position, and is splitmix64’s', () => {
  // The first outputs of splitmix64 from seed 0 are 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4.
  expect([0, 1].map((position) => randomWord(0n, position))).toEqual([0xe220_a839n, 0x6e78_9e6an])
  expect(drawn(3, 5, 0, 0, 7)).toBe(drawn(3, 5, 0, 0, 7))
})
