import { expect, test } from 'vitest'
import { type Clocks, deadline, initialSeconds, isExpired, pass } from './clocks.ts'

/** Rationale: recomputing the runs below takes time, and whoever has it not loses with the truth in hand. */
test('CLOCK-3 a clock starts with an allowance for each phase below the first', () => {
  const parameters = { clockSeconds: 3600, descentSeconds: 600 }
  expect([1, 2, 3].map((phases) => initialSeconds(parameters, phases))).toEqual([3600, 4200, 4800])
})

test('CLOCK-4 whoever moves in its last second has none left, and its opponent has all of its own', () => {
  const clocks: Clocks = { turn: 'challenger', turnSince: 1000, left: { asserter: 50, challenger: 30 } }
  expect(deadline(clocks)).toBe(1030)
  expect([1029, 1030, 1031].map((now) => isExpired(clocks, now))).toEqual([false, false, true])
  const passed = pass(clocks, 1030)
  expect(passed).toEqual({ turn: 'asserter', turnSince: 1030, left: { asserter: 50, challenger: 0 } })
  expect(pass(passed, 1041)).toEqual({
    turn: 'challenger',
    turnSince: 1041,
    left: { asserter: 39, challenger: 0 },
  })
})
