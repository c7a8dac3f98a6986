import { expect } from 'vitest'

/** Counts of what a random suite has reached, by name: a generator that never goes somewhere must be seen. */
export interface Tally {
  readonly note: (name: string) => void
  /** Each of these must have come up at least so often, or the suite has proved little. */
  readonly expectAtLeast: (minima: Readonly<Record<string, number>>) => void
}

export const tally = (): Tally => {
  const counts = new Map<string, number>()
  return {
    note: (name) => counts.set(name, (counts.get(name) ?? 0) + 1),
    expectAtLeast: (minima) => {
      const short = Object.entries(minima).filter(([name, least]) => (counts.get(name) ?? 0) < least)
      expect(short.map(([name, least]) => `${name}: ${counts.get(name) ?? 0} of ${least}`)).toEqual([])
    },
  }
}
