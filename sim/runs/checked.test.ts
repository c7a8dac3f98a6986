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

  // Rationale: of two values for one key the later won, and the page showed a comparison of things that were the same.
  test('GRID-7 a key is varied in one place, and each value once', () => {
    for (const [vary, faults] of [
      [
        { game: [{ arity: 4 }, { arity: 8 }], 'game.arity': [2, 3] },
        ['vary.game.arity: is part of game, which is varied too; allowed: one of the two'],
      ],
      [
        { 'actors.sam.tipGwei': [1, 2], 'actors.sam': [base.actors[0]] },
        ['vary.actors.sam.tipGwei: is part of actors.sam, which is varied too; allowed: one of the two'],
      ],
      [{ seed: [1, 2, 1] }, ['vary.seed: has 1 twice; allowed: each value once']],
      [
        { game: [{ arity: 4 }, { arity: 4 }] },
        ['vary.game: has {"arity":4} twice; allowed: each value once'],
      ],
      [{ 'task.count': [1, 2], 'task.everySeconds': [1, 2] }, []],
    ] as const)
      expect([vary, faultsOf({ ...base, vary })]).toEqual([vary, faults])
  })

  test('GRID-9 a fault of what a grid alone says is found in the grid', () => {
    expect(faultsOf({ ...base, vary: { 'game.arty': [1] } })).toEqual([
      expect.stringMatching(/^vary.game.arty: where game.arty = 1: unknown key; allowed: phases, /),
    ])
  })

  // Rationale: who varies an option need not write it a second time, only for the file to be right without its grid.
  test('GRID-8 what a file leaves to its grid it need not say besides, and what is wrong with both is told plainly', () => {
    const late = [{ name: 'sam', role: 'server', strategy: 'late' }]
    const vary = { 'actors.sam.afterSeconds': [1, 2] }
    expect(faultsOf({ ...base, actors: late })).toEqual([
      expect.stringContaining('actors[0].afterSeconds: is missing'),
    ])
    expect(faultsOf({ ...base, actors: late, vary })).toEqual([])
    expect(faultsOf({ ...base, actors: late, vary, seed: -1 })).toEqual([
      expect.stringMatching(/^seed: is -1; allowed/),
    ])
    for (const values of [
      [1, -2],
      [-2, 1],
    ])
      expect(faultsOf({ ...base, actors: late, vary: { 'actors.sam.afterSeconds': values } })).toEqual([
        expect.stringMatching(
          /^actors\[0\].afterSeconds: where actors.sam.afterSeconds = -2: is -2; allowed/,
        ),
      ])
  })
})
