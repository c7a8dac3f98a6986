import { expect, test } from 'vitest'
import { type SimulationData, simulationAt } from '../runs/job.ts'
import { simulatedLines } from './journal.ts'
import { playCast } from './population.ts'

const CAST = [
  { name: 'bob', role: 'server', strategy: 'cheat', probability: 0.5, count: 2 },
  { name: 'lou', role: 'server', strategy: 'lazy' },
  { name: 'vera', role: 'verifier', strategy: 'honest', checks: 0.5 },
] as const

const journalOf = (actors: readonly object[], seed: number): string => {
  const data = {
    scenario: 'draws',
    task: { model: 'alphabet', lengths: [8, 8], count: 3 },
    costs: { cheatGainWei: '100000000000000000' },
    chain: { load: 0.3, reorgs: { every: 2000, depth: 2 } },
    actors,
  }
  return simulatedLines(playCast(simulationAt(data as unknown as SimulationData, {}), seed).journal)
}

// Rationale: two files that differ by one actor are compared; what differs must be that actor's doing, to the byte.
test('POPULATION-5 somebody more who says nothing changes no byte of what the others say, wherever the file has it', () => {
  const silent = { name: 'zed', role: 'verifier', strategy: 'lazy' }
  for (const seed of [1, 2, 3]) {
    const journal = journalOf(CAST, seed)
    expect(journal.split('\n').length).toBeGreaterThan(20)
    expect(journalOf([silent, ...CAST], seed)).toBe(journal)
    expect(journalOf([...CAST, silent], seed)).toBe(journal)
  }
})
