import type fc from 'fast-check'
import { expect, vi } from 'vitest'
import type { Tally } from '../properties/tally.ts'

/**
 * In the mutation suite a random test plays a few of its cases: it is run thousands of times, over a broken
 * specification that most of its cases would show. The seed stays fixed, so that a verdict is the same every time.
 */
const SHARE = 60
const LEAST_RUNS = 5
/** What fast-check plays where a test does not say. */
const DEFAULT_RUNS = 100
/** A test of one operator is met by that operator's mutants alone, and a case of it takes no time: it plays more of them. */
const OF_OPERATORS = /\/graph\/(tiles|(.*\/)?operators)\.test\.ts$/
const SHARE_OF_OPERATORS = 3

const runsOf = (given: number): number => {
  const share = OF_OPERATORS.test(expect.getState().testPath ?? '') ? SHARE_OF_OPERATORS : SHARE
  return Math.min(given, Math.max(LEAST_RUNS, Math.ceil(given / share)))
}

vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<{ default: typeof fc }>()
  const assert = (property: fc.IRawProperty<unknown>, parameters?: fc.Parameters<unknown>) => {
    return original.default.assert(property, {
      ...parameters,
      numRuns: runsOf(parameters?.numRuns ?? DEFAULT_RUNS),
    })
  }
  return { ...original, default: { ...original.default, assert } }
})

/** A share of the cases is not asked for what all of them must reach. */
vi.mock('../properties/tally.ts', () => ({
  tally: (): Tally => ({ note: () => {}, expectAtLeast: () => {} }),
  noteReached: () => {},
}))
