import { expect, test } from 'vitest'
import { bigEndian, toHex } from '../commitments/bytes.ts'
import type { Hash } from '../commitments/hash.ts'
import { asks } from './attention.ts'

/** Rationale: whether a verifier was asked decides over its stake; everybody must draw the line at the same hash. */
test('ATTENTION-10 of so many hashes the lowest one asks, but for 0 and 1, which stand for no answer and a paid one', () => {
  const hash = (value: bigint) => toHex(bigEndian(value, 32)) as Hash
  const isAsked = (value: bigint, oneIn: number) => asks(hash(value), { oneIn })
  expect([0n, 1n, 2n, 2n ** 256n - 1n].map((value) => isAsked(value, 1))).toEqual([false, false, true, true])
  expect([2n, 2n ** 255n - 1n, 2n ** 255n].map((value) => isAsked(value, 2))).toEqual([true, true, false])
  expect([2n ** 253n - 1n, 2n ** 253n].map((value) => isAsked(value, 8))).toEqual([true, false])
})
