import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { grid } from '../runs/grid.ts'
import { type SimulationData, simulationAt } from '../runs/job.ts'
import type { FieldFault } from './fault.ts'
import { jsonSchema } from './jsonSchema.ts'
import { checkSimulation } from './simulation.ts'

const ROOT = join(import.meta.dirname, '../..')

const base = {
  scenario: 'x',
  task: { model: 'alphabet' },
  actors: [{ name: 'sam', role: 'server', strategy: 'honest' }],
}

const faultsOf = (data: unknown): readonly string[] => {
  const faults: FieldFault[] = []
  const simulation = checkSimulation(data, (fault) => faults.push(fault))
  expect(simulation === undefined).toBe(faults.length > 0)
  return faults.map(({ path }) => path.map(String).join('.'))
}

describe('the file of a simulation', () => {
  test('SIMFILE-1 defaults work: one task, one run, bonds by the formulas', () => {
    expect(faultsOf(base)).toEqual([])
    const { parameters, outside, runs } = simulationAt(base as SimulationData, {})
    expect([outside, runs]).toEqual([undefined, 1])
    expect(parameters.claimBondWei).toBeGreaterThanOrEqual(parameters.disputeBondWei)
  })

  test('SIMFILE-2 each fault is told by its field, and all of them at once', () => {
    const actor = { name: 'vera', role: 'verifier', strategy: 'honest' }
    const censor = { name: 'cay', role: 'attacker', strategy: 'censor', budgetWei: '1' }
    const poor = { game: { claimBondWei: '1000', disputeBondWei: '1000', outsideAssumptions: true } }
    const asked = { game: { attention: { minFeeWei: '10' }, outsideAssumptions: true } }
    const cheat = { name: 'bob', role: 'server', strategy: 'cheat' }
    for (const [change, fields] of [
      [{ runs: 0 }, ['runs']],
      [{ unknown: 1 }, ['unknown']],
      [{ task: { model: 'alphabet', lengths: [] } }, ['task.lengths']],
      [{ task: { model: 'alphabet', lengths: [0, 2 ** 48] } }, ['task.lengths.0', 'task.lengths.1']],
      [{ chain: { load: 2 } }, ['chain.load']],
      [{ chain: { baseFeeGwei: { walk: { start: 1 } } } }, ['chain.baseFeeGwei']],
      [{ chain: { censorship: [{ actor: 'nobody', from: 0, to: 1 }] } }, ['chain.censorship.0.actor']],
      [{ costs: { recomputeSeconds: [1] } }, ['costs.recomputeSeconds']],
      [{ actors: [actor, actor] }, ['actors.1.name']],
      [{ actors: [{ ...actor, checks: 2 }] }, ['actors.0.checks']],
      [{ actors: [{ ...actor, lies: true }] }, ['actors.0.lies']],
      [{ actors: [{ ...actor, strategy: 'toString' }] }, ['actors.0.strategy']],
      [{ actors: [{ ...actor, count: 0 }, 7] }, ['actors.0.count', 'actors.1']],
      [{ chain: { censorship: [{ actor: 'sam', from: 2, to: 1 }] } }, ['chain.censorship.0.to']],
      [{ chain: { baseFeeGwei: { walk: { start: 2, min: 3, max: 4 } } } }, ['chain.baseFeeGwei.walk']],
      [{ chain: { baseFeeGwei: { series: [] } } }, ['chain.baseFeeGwei.series']],
      [{ vary: { seed: [] } }, ['vary.seed']],
      [{ actors: [{ ...actor, joins: 2, leaves: 1 }] }, ['actors.0.leaves']],
      [{ actors: [{ ...actor, offline: [{ from: 2, to: 1 }] }] }, ['actors.0.offline.0.to']],
      [{ actors: [actor, { ...actor, name: 'vera-7' }] }, ['actors.1.name']],
      [{ actors: [{ ...censor, victim: 'cay' }] }, ['actors.0.victim']],
      [{ actors: [{ ...cheat, probability: 1, beliefs: { checks: 1 } }] }, ['actors.0.beliefs']],
      [{ game: { clockSeconds: 10 } }, ['game']],
      [{ game: { claimBondWei: '1' } }, ['task.feeWei', 'game']],
      [{ ...poor, task: { model: 'alphabet', feeWei: '500' } }, ['task.feeWei']],
      [{ ...asked, task: { model: 'alphabet', feeWei: '5' } }, ['task.feeWei']],
      [{ ...asked, task: { model: 'alphabet', feeWei: '20', attentionWei: '21' } }, ['task.attentionWei']],
      [{ task: { model: 'alphabet', attentionWei: '1' } }, ['task.attentionWei']],
    ] as const)
      expect([change, faultsOf({ ...base, ...change })]).toEqual([change, fields])
  })

  // Rationale: a request that a deployment refuses is never sent, and a world in which nothing happened looks as if all were well.
  test('SIMFILE-7 where a file gives no fee it is one that its deployment takes', () => {
    const feeOf = (game: object) =>
      simulationAt({ ...base, game: { ...game, outsideAssumptions: true } } as SimulationData, {}).task.feeWei
    expect(feeOf({})).toBe(10n ** 16n)
    expect(feeOf({ claimBondWei: '1000', disputeBondWei: '1000' })).toBe(499n)
    expect(feeOf({ attention: { minFeeWei: '30000000000000000' } })).toBe(3n * 10n ** 16n)
  })

  test('SIMFILE-3 a setting outside the assumptions is played only where the file says so, and is marked', () => {
    const game = { clockSeconds: 10, outsideAssumptions: true }
    expect(faultsOf({ ...base, game })).toEqual([])
    expect(simulationAt({ ...base, game } as SimulationData, {}).outside).toMatch(/clockSeconds/)
  })

  test('SIMFILE-4 every question that ships is right at each point of its grid', () => {
    const files = globSync('scenarios/questions/*.yaml', { cwd: ROOT })
    expect(files.length).toBeGreaterThanOrEqual(8)
    for (const file of files) {
      const data = parse(readFileSync(join(ROOT, file), 'utf8')) as SimulationData
      const { vary } = checkSimulation(data, (fault) => {
        throw new Error(`${file}: ${fault.reason}`)
      })!
      for (const at of grid(vary)) expect(simulationAt(data, at).scenario).toBe(data['scenario'])
    }
  })

  test('SIMFILE-5 the committed JSON Schema is that of the files', () => {
    expect(readFileSync(join(ROOT, 'scenarios/schema.json'), 'utf8')).toBe(jsonSchema())
  })
})
