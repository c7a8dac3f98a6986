import { describe, expect, test } from 'vitest'
import type { PartyFigures, RunFigures } from '../simulation/figures.ts'
import { expectationFaults } from './expectable.ts'
import { missed } from './expectation.ts'
import { type SimulationData, simulationAt } from './job.ts'
import { PointTotals } from './points.ts'

const party = (profitWei: bigint): PartyFigures => ({
  profitWei,
  gasWei: 5n,
  computeUsd: 0.25,
  lockedWeiSeconds: 0n,
  bondsLost: 1,
})

const run = (
  parties: RunFigures['parties'],
  finalitySeconds: readonly number[] = [100, 300],
): RunFigures => ({
  seed: 1,
  claims: { final: 2, refuted: 0, falseFinals: 0, expired: 1 },
  disputes: 3,
  honestLosses: 0,
  outsideAssumptions: null,
  finalitySeconds,
  gas: 900,
  parties,
  griefing: { attackerWei: 4n * 10n ** 18n, victimWei: 10n ** 18n },
})

const pointOf = (...runs: readonly RunFigures[]) => {
  const totals = new PointTotals({ 'game.arity': 4 }, undefined)
  for (const figures of runs) totals.add(figures)
  return totals.summary()
}

const actor = (name: string, role: string, strategy: string, options = {}) => ({
  name,
  role,
  strategy,
  ...options,
})
const data = {
  scenario: 'x',
  task: { model: 'alphabet' },
  actors: [
    actor('sam', 'server', 'honest'),
    actor('ron', 'server', 'self-refuter'),
    actor('vera', 'verifier', 'honest', { count: 2 }),
    actor('mal', 'attacker', 'adaptive', { budgetWei: '1000000000000000000', rounds: 1 }),
  ],
} as SimulationData

const faultsOf = (figure: string, expected: unknown, isSingle = false): readonly string[] =>
  expectationFaults({ [figure]: expected }, [simulationAt(data, {})], isSingle).map(({ reason }) => reason)

describe('what a file expects of its runs', () => {
  const point = pointOf(run({ sam: party(-7n), 'ron.a': party(10n ** 21n) }))

  test('EXPECT-1 a value, or bounds that it lies in, their ends included; amounts and numbers are compared exactly', () => {
    for (const [figure, expected, holds] of [
      ['disputes', 3, true],
      ['disputes', '3', true],
      ['disputes', 4, false],
      ['disputes', { atLeast: 3 }, true],
      ['disputes', { atMost: 3 }, true],
      ['disputes', { atLeast: 4 }, false],
      ['disputes', { atLeast: 1, atMost: 2 }, false],
      ['expired', 1, true],
      ['claims.final', 2, true],
      ['finalitySeconds.max', { atMost: 300 }, true],
      ['finalitySeconds.median', 100, true],
      ['gas.median', 900, true],
      ['outsideAssumptions', null, true],
      ['griefing.factor', { atMost: 0.25 }, true],
      ['griefing.attackerWei', 4000000000000000000n, true],
      ['griefing.attackerWei', '4000000000000000001', false],
      ['parties.sam.profitWei.mean', '-7', true],
      ['parties.sam.computeUsd', { atMost: 0.2 }, false],
      ['parties.ron.a.profitWei.max', { atLeast: '1000000000000000000000' }, true],
    ] as const)
      expect([figure, expected, missed({ [figure]: expected }, [point])]).toEqual([
        figure,
        expected,
        holds ? [] : [expect.objectContaining({ figure, at: { 'game.arity': 4 } })],
      ])
  })

  test('EXPECT-2 the one run of a file has the keys of a story besides, and keeps those of its point', () => {
    const single = { winner: null, by: 'none', gas: { total: 900, byKind: { Claim: 400 } } }
    const expected = { winner: null, by: 'none', 'gas.median': 900, 'gas.byKind.Claim': 400, disputes: 3 }
    expect(missed(expected, [point], single)).toEqual([])
    expect(missed({ by: 'timeout' }, [point], single)).toMatchObject([{ figure: 'by', came: 'none' }])
  })

  test('EXPECT-3 a figure that a point does not have is not as expected', () => {
    const none = pointOf(run({}, []))
    expect(missed({ finalitySeconds: null }, [none])).toEqual([])
    expect(missed({ 'finalitySeconds.max': { atMost: 1 } }, [none])).toMatchObject([{ came: 'none' }])
  })

  // Rationale: a mistyped figure or bound must not pass, nor be found out after hours of playing.
  test('EXPECT-4 what no point has, and what no figure can be, is bad input', () => {
    for (const figure of [
      'falsFinals',
      'claims',
      'gas',
      'parties.bob.bondsLost',
      'parties.vera.bondsLost',
      'parties.sam',
      'parties.sam.profitWei',
      'finalitySeconds.mean',
      'constructor',
    ])
      expect([figure, faultsOf(figure, 0)]).toEqual([
        figure,
        [expect.stringMatching(/^no such figure; allowed/)],
      ])
    for (const expected of [
      'many',
      '0.5',
      '',
      true,
      null,
      [3],
      {},
      { atleast: 3 },
      { atLeast: 'abc' },
      { atLeast: null },
      { atLeast: Number.NaN },
      { atLeast: 1, than: 2 },
    ])
      expect([expected, faultsOf('disputes', expected)]).toEqual([
        expected,
        [expect.stringMatching(/allowed: a number/)],
      ])
    expect(faultsOf('disputes', { atLeast: 2, atMost: 1 })).toEqual([
      expect.stringMatching(/nothing is at least/),
    ])
    expect(faultsOf('winner', 'bob', true)).toEqual(['is "bob"; allowed: server, verifier, null'])
    expect(faultsOf('finalitySeconds', { atMost: 3 })).toEqual(['is a mapping; allowed: null'])
    for (const [figure, expected, path] of [
      ['claims', { final: 1 }, 'claims.final'],
      ['finalitySeconds', { max: { atMost: 5 } }, 'finalitySeconds.max'],
      ['parties', { sam: { profitWei: { mean: 0 } } }, 'parties.sam.profitWei.mean'],
    ] as const)
      expect(faultsOf(figure, expected)).toEqual([
        `is a mapping; allowed: figures by their paths, as "${path}"`,
      ])
  })

  test('EXPECT-5 every figure that a point, its accounts and its only run have can be expected', () => {
    for (const figure of [
      'disputes',
      'claims.falseFinals',
      'falseFinals',
      'finalitySeconds.p99',
      'gas.total',
      'parties.sam.lockedWeiSeconds',
      'parties.ron.b.profitWei.min',
      'parties.vera-2.bondsLost',
      'parties.mal.gasWei',
      'searches.mal.worst.factor',
      'griefing.factor',
    ])
      expect([figure, faultsOf(figure, { atLeast: 0 })]).toEqual([figure, []])
    expect(faultsOf('winner', 'server')).toEqual([expect.stringMatching(/without runs and vary/)])
    for (const [figure, expected] of [
      ['winner', 'server'],
      ['claim', null],
      ['balancesWei.sam.after', '5'],
    ] as const)
      expect(faultsOf(figure, expected, true)).toEqual([])
  })
})

describe('the figures of a point', () => {
  // Rationale: whoever looks for what hurts most plays it with accounts of its own, others in each run.
  test('POINTS-1 the mean of what an account has is over the runs that it was there in', () => {
    const { parties } = pointOf(
      run({ mal: party(-10n) }),
      run({ 'mal.a': party(4n) }),
      run({ mal: party(-20n) }),
    )
    expect(parties['mal']!.profitWei).toEqual({ mean: '-15', min: '-20', max: '-10' })
    expect(parties['mal.a']!.profitWei).toEqual({ mean: '4', min: '4', max: '4' })
  })
})
