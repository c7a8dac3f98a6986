import { expect, test } from 'vitest'
import { KeptHashes } from '../../impl/keccak/keptHashes.ts'
import { withHashing, withSymbols } from '../../spec/commitments/hash.ts'
import { checkShape } from '../../spec/service/apply.ts'
import { callName } from '../../spec/service/calls.ts'
import { simulationAt } from '../runs/job.ts'
import { figuresOf } from '../simulation/figures.ts'
import { simulatedLines } from '../simulation/journal.ts'
import { playRun } from '../simulation/run.ts'
import { heldPopulation, populationOf } from './heldPopulation.ts'
import { NOTHING, together } from './tally.ts'

const RUNS = 1000
/** A run for which nothing is promised is no failure, and no more than so many of a hundred may be. */
const MOST_OUTSIDE = 15

// Rationale: the protocol's one promise, and the money's one law, whoever else takes part and whatever the chain does.
test('POPULATION-1 in 1000 random populations inside the assumptions no false claim becomes final, no honest party loses a bond, and no wei is made or lost', () => {
  let reached = NOTHING
  for (let seed = 0; seed < RUNS; seed++) {
    const { runs, falseFinals, honestLosses, missingWei, faults, ...came } = heldPopulation(seed)
    expect({ seed, runs, falseFinals, honestLosses, missingWei, faults }).toEqual({
      ...{ seed, runs: 1, falseFinals: 0, honestLosses: 0, missingWei: 0n, faults: [] },
    })
    reached = together(reached, { ...NOTHING, ...came })
  }
  expect(reached.outside).toBeLessThan((RUNS * MOST_OUTSIDE) / 100)
  expect(reached.refuted).toBeGreaterThan(RUNS / 8)
  expect(reached.final).toBeGreaterThan(RUNS / 2)
  expect(reached.disputes).toBeGreaterThan(RUNS / 4)
  expect(reached.refusals).toBeGreaterThan(RUNS / 10)
  expect(reached.unpaid).toBeGreaterThan(0)
  expect(reached.delegated).toBeGreaterThan(RUNS / 8)
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
    const simulation = populationOf(seed)
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
    const simulation = populationOf(seed)
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
