import { describe, expect, test } from 'vitest'
import { BadInput } from '../badInput.ts'
import { checked } from './checked.ts'

const base = {
  scenario: 'x',
  task: { model: 'alphabet' },
  actors: [{ name: 'sam', role: 'server', strategy: 'honest' }],
}

const faultsOf = (data: unknown): readonly string[] => {
  try {
    checked('x.yaml', { bytes: new Uint8Array(), sheet: { data, lineOf: () => 1 } }, {})
    return []
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return error.faults.map(({ field, reason }) => `${field}: ${reason}`)
  }
}

describe('a grid', () => {
  // Rationale: what would be played once all the same must not look like a comparison.
  test('GRID-4 what a file says once cannot be varied', () => {
    for (const key of ['scenario', 'title', 'world', 'runs', 'vary', 'expect', 'expect.disputes'])
      expect(faultsOf({ ...base, vary: { [key]: ['1', '2'] } })).toEqual([
        `vary.${key}: is said once, for all points`,
      ])
  })

  test('GRID-5 more combinations than anybody looks at are refused before they are made', () => {
    const values = Array.from({ length: 60 }, (_, i) => i + 2)
    const vary = Object.fromEntries(
      ['game.arity', 'seed', 'game.clockSeconds', 'task.everySeconds', 'task.count'].map((key) => [
        key,
        values,
      ]),
    )
    expect(faultsOf({ ...base, vary })).toEqual(['vary: has 777,600,000 combinations; allowed: 10,000'])
  })

  test('GRID-6 what is expected may be of an account that is there at some points alone', () => {
    const vary = { 'actors.sam.count': [1, 2] }
    expect(faultsOf({ ...base, vary, expect: { 'parties.sam-2.bondsLost': 0 } })).toEqual([])
    expect(faultsOf({ ...base, vary, expect: { 'parties.sam-3.bondsLost': 0 } })).toHaveLength(1)
    expect(faultsOf({ ...base, vary, expect: { winner: null } })).toHaveLength(1)
    expect(faultsOf({ ...base, expect: { winner: null } })).toEqual([])
  })
})
