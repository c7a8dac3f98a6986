import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atPoint, grid, NoSuchKey, withValue } from './grid.ts'
import { meanOf, quantile, spreadOf } from './statistics.ts'

describe('the grid', () => {
  test('GRID-1 every combination of the values once, the last key varying fastest', () => {
    expect(grid({})).toEqual([{}])
    expect(grid({ a: [1, 2], 'b.c': ['x', 'y'] })).toEqual([
      { a: 1, 'b.c': 'x' },
      { a: 1, 'b.c': 'y' },
      { a: 2, 'b.c': 'x' },
      { a: 2, 'b.c': 'y' },
    ])
  })

  const scenario = {
    game: { arity: 4 },
    actors: [{ name: 'sam' }, { name: 'vera', checks: 1 }],
    seed: 3,
  }

  test('GRID-2 a point changes what it names and nothing else, and the scenario itself stays', () => {
    const before = structuredClone(scenario)
    expect(atPoint(scenario, { 'game.attention.oneIn': 5, 'actors.vera.checks': 0.5, seed: 4 })).toEqual({
      game: { arity: 4, attention: { oneIn: 5 } },
      actors: [{ name: 'sam' }, { name: 'vera', checks: 0.5 }],
      seed: 4,
    })
    expect(scenario).toEqual(before)
  })

  // Rationale: a key that is mistyped or hostile must be an error, not a sweep over nothing.
  test('GRID-3 a path that leads nowhere is refused by name', () => {
    for (const key of [
      'actors.nobody.checks',
      'seed.part',
      '__proto__.polluted',
      'game.__proto__',
      'game..arity',
    ])
      expect(() => withValue(scenario, key, 1)).toThrow(NoSuchKey)
    expect(withValue(scenario, 'constructor', 1)).toMatchObject({ constructor: 1 })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('statistics', () => {
  test('STATISTICS-1 every figure is a value that occurred, in order; of none there are none', () => {
    expect(spreadOf([])).toBeUndefined()
    expect(spreadOf([5])).toEqual({ min: 5, median: 5, p99: 5, max: 5 })
    expect(spreadOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2, p99: 4, max: 4 })
    expect(spreadOf([10n, 9n, 100n])).toEqual({ min: 9n, median: 10n, p99: 100n, max: 100n })
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = values.toSorted((a, b) => a - b)
          const found = quantile(sorted, share)
          expect(sorted.filter((value) => value <= found).length).toBeGreaterThanOrEqual(
            share * sorted.length,
          )
          expect(sorted.filter((value) => value < found).length).toBeLessThan(share * sorted.length)
        },
      ),
    )
  })

  test('STATISTICS-2 the mean of amounts is exact but for its last wei', () => {
    expect(meanOf([])).toBeUndefined()
    expect(meanOf([10n ** 30n, 1n])).toEqual({ mean: (10n ** 30n + 1n) / 2n, min: 1n, max: 10n ** 30n })
    expect(meanOf([-3n, -4n])).toEqual({ mean: -3n, min: -4n, max: -3n })
  })
})
