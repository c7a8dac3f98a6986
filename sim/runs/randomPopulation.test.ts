import { expect, test } from 'vitest'
import { KeptHashes } from '../../impl/keccak/keptHashes.ts'
import { progressOf } from '../../spec/checks/explore/progress.ts'
import { withHashing, withSymbols } from '../../spec/commitments/hash.ts'
import { checkShape } from '../../spec/service/apply.ts'
import { callName } from '../../spec/service/calls.ts'
import { chanceOf } from '../chance.ts'
import { figuresOf } from '../simulation/figures.ts'
import { canonical, simulatedLines } from '../simulation/journal.ts'
import { playRun } from '../simulation/run.ts'
import { simulationAt } from './job.ts'
import { randomPopulation } from './randomPopulation.ts'

const RUNS = Number(process.env['OPML_RANDOM_POPULATIONS'] ?? 1000)
/** A run for which nothing is promised is no failure, and no more than so many of a hundred may be. */
const MOST_OUTSIDE = 15

// Rationale: the protocol's one promise, and the money's one law, whoever else takes part and whatever the chain does.
test(`POPULATION-1 in ${RUNS} random populations inside the assumptions no false claim becomes final, no honest party loses a bond, and no wei is made or lost`, () => {
  const progress = progressOf(process.stderr, RUNS, 'runs', () => performance.now())
  const reached = {
    outside: 0,
    refuted: 0,
    final: 0,
    disputes: 0,
    refusals: 0,
    reorganisations: 0,
    unpaid: 0,
  }
  for (let seed = 0; seed < RUNS; seed++) {
    const simulation = simulationAt(randomPopulation(chanceOf(seed, 'population', 'draw')), {})
    expect(simulation.outside).toBeUndefined()
    const run = withSymbols(() => {
      const played = playRun(simulation, seed)
      return { ...played, figures: figuresOf(simulation, played) }
    }, seed)
    const figures = run.figures
    const told = `seed ${seed}`
    if (RUNS > 1000) progress.done(seed + 1)
    if (figures.outsideAssumptions !== null) reached.outside++
    else expect([told, figures.claims.falseFinals, figures.honestLosses]).toEqual([told, 0, 0])
    const calls = canonical(run.journal)
    const brought = simulation.cast.reduce((sum, { fundsWei }) => sum + fundsWei, 0n)
    const accounts = [...run.accounts].filter(([name]) => name !== 'requester')
    const requester = run.accounts.get('requester')!
    const owned = accounts.reduce((sum, [, { balanceWei, gasWei }]) => sum + balanceWei + gasWei, 0n)
    const spent = 10n ** 30n - requester.balanceWei - requester.gasWei
    const second = simulation.cast.filter(({ strategy }) => strategy.accounts === 2)
    const doubled = second.reduce((sum, { fundsWei }) => sum + fundsWei, 0n)
    expect([told, owned + run.state.balanceWei]).toEqual([told, brought + doubled + spent])
    reached.refuted += figures.claims.refuted
    reached.final += figures.claims.final
    reached.disputes += figures.disputes
    reached.refusals += calls.filter(({ outcome }) => outcome !== 'accepted').length
    reached.unpaid += calls.filter(({ outcome }) => outcome === 'InsufficientFunds').length
    reached.reorganisations += run.journal.filter(({ kind }) => kind === 'Reorganisation').length
  }
  expect(reached.outside).toBeLessThan((RUNS * MOST_OUTSIDE) / 100)
  expect(reached.refuted).toBeGreaterThan(RUNS / 8)
  expect(reached.final).toBeGreaterThan(RUNS / 2)
  expect(reached.disputes).toBeGreaterThan(RUNS / 4)
  expect(reached.refusals).toBeGreaterThan(RUNS / 10)
  expect(reached.unpaid).toBeGreaterThan(0)
  expect(reached.reorganisations).toBeGreaterThan(RUNS / 10)
})

// Rationale: a checker that never finds anything would pass as well.
test('POPULATION-2 one step outside the assumptions lies become final and honest parties lose', () => {
  const play = (verifiers: readonly string[], change: Record<string, unknown> = {}) => {
    const base = {
      scenario: 'outside',
      task: { model: 'alphabet', lengths: [16, 16, 256] },
      actors: [
        { name: 'bob', role: 'server', strategy: 'wrong-anywhere' },
        { name: 'sam', role: 'server', strategy: 'honest' },
        ...verifiers.map((strategy, i) => ({ name: `v${i}`, role: 'verifier', strategy })),
      ],
      costs: { inferenceSeconds: 0 },
      ...change,
    }
    const simulation = simulationAt(base as never, {})
    return figuresOf(simulation, playRun(simulation, 1))
  }
  expect(play(['honest', 'frivolous'])).toMatchObject({ honestLosses: 0, claims: { falseFinals: 0 } })
  const censored = { censorship: [{ actor: 'v0', from: 0, to: 100_000 }] }
  expect(play(['honest'], { chain: censored }).claims.falseFinals).toBe(1)
  const silenced = { censorship: [{ actor: 'sam', from: 40, to: 100_000 }] }
  expect(play(['honest', 'frivolous'], { chain: silenced }).honestLosses).toBeGreaterThan(0)
})

// Rationale: what is asked of many runs is asked with symbols for hashes; they must tell the story that hashes tell.
test('POPULATION-3 the same seeds have the same journals with symbols, with hashes, and with hashes that are kept', () => {
  let told = 0
  for (let seed = 0; seed < 16; seed++) {
    const simulation = simulationAt(randomPopulation(chanceOf(seed, 'population', 'draw')), {})
    const lines = () => simulatedLines(playRun(simulation, seed).journal)
    const hashed = lines()
    expect([seed, withSymbols(lines)]).toEqual([seed, hashed])
    expect([seed, withHashing(new KeptHashes(), lines)]).toEqual([seed, hashed])
    told += hashed.split('\n').length
  }
  expect(told).toBeGreaterThan(200)
})

// Rationale: the simulation makes all of its calls itself and does not look at their shape; the specification does.
test('POPULATION-4 every call that anybody says in random populations has the shape of a call', () => {
  const kinds = new Set<string>()
  for (let seed = 0; seed < 30; seed++) {
    const simulation = simulationAt(randomPopulation(chanceOf(seed, 'population', 'draw')), {})
    for (const entry of withSymbols(() => playRun(simulation, seed)).journal) {
      if (entry.kind !== 'Call') continue
      const { call, sender, valueWei, time } = entry
      expect([seed, call.kind, checkShape(call, { sender, valueWei, now: time })]).toEqual([
        seed,
        call.kind,
        { ok: true, value: null },
      ])
      kinds.add(callName(call))
    }
  }
  for (const kind of [
    'request',
    'claim',
    'seal',
    'reveal',
    'open',
    'dissect',
    'descend',
    'arbitrate',
    'withdraw',
    'delegate',
  ])
    expect(kinds).toContain(kind)
})
