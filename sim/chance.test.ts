import { describe, expect, test } from 'vitest'
import { chanceOf } from './chance.ts'

const draws = (count: number, ...label: readonly (string | number)[]) => {
  const chance = chanceOf(...label)
  return Array.from({ length: count }, () => chance.below(1000))
}

describe('chance', () => {
  // Rationale: a run must be the same on any machine, and an actor more must change nobody else's draws.
  test('CHANCE-1 seed, actor and purpose decide every draw, and nothing else does', () => {
    const own = chanceOf(7, 'vera', 'checks')
    const other = chanceOf(7, 'sam', 'lies')
    const mixed = Array.from({ length: 50 }, () => {
      other.next()
      return own.below(1000)
    })
    expect(mixed).toEqual(draws(50, 7, 'vera', 'checks'))
    expect(draws(5, 7, 'vera', 'checks')).toEqual([874, 17, 16, 150, 354])
  })

  test('CHANCE-2 another seed, actor or purpose draws otherwise, however the label is cut', () => {
    const labels = [
      [7, 'vera', 'checks'],
      [8, 'vera', 'checks'],
      [7, 'vera', 'lies'],
      [7, 'sam', 'checks'],
      [7, 'verachecks'],
      [7, 'vera checks'],
    ]
    const streams = new Set(labels.map((label) => draws(20, ...label).join()))
    expect(streams.size).toBe(labels.length)
  })

  test('CHANCE-3 draws are spread evenly: each tenth within 5% of its share, and a probability is what it says', () => {
    const chance = chanceOf(1, 'anybody', 'spread')
    const tenths = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i++) tenths[chance.below(10)]! += 1
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
    const hits = Array.from({ length: 100_000 }, () => chance.is(0.3)).filter(Boolean).length
    expect(Math.abs(hits - 30_000)).toBeLessThan(1_000)
    expect([chance.is(0), chance.is(1)]).toEqual([false, true])
  })
})
