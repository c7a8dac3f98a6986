import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { grid } from '../runs/grid.ts'
import { type SimulationData, simulationAt } from '../runs/job.ts'
import type { FieldFault } from './fault.ts'
import { jsonSchema } from './jsonSchema.ts'
import { checkSimulation } from './simulation.ts'
import { parseSheet } from './yaml.ts'

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
      // One that plays here as an honest one would hide that nobody was asked.
      [{ actors: [{ ...actor, strategy: 'watcher' }] }, ['actors.0.strategy']],
      [{ game: { arity: 1 }, actors: [{ ...actor, tipGwei: -1 }] }, ['game.arity', 'actors.0.tipGwei']],
      [{ actors: [{ ...censor, victim: 'cay' }] }, ['actors.0.victim']],
      [{ actors: [{ ...cheat, probability: 1, beliefs: { checks: 1 } }] }, ['actors.0.beliefs']],
      [{ game: { clockSeconds: 10 } }, ['game']],
      // The one would say nothing, and a grid over it compare nothing.
      [{ game: { bondWei: `${10n ** 19n}`, claimBondWei: `${10n ** 19n}` } }, ['game.bondWei']],
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

  // Rationale: 1e18 is how many write an ether, and YAML makes a rounded number of it; whoever is refused must see what to write.
  test('SIMFILE-8 every amount is exact in digits, as number and text; one written otherwise is refused with how to write it', () => {
    const attention = { stakeWei: '1', minFeeWei: '1', payWei: '1' }
    const mal = { name: 'mal', role: 'attacker', strategy: 'censor', victim: 'sam', budgetWei: '1' }
    const whole = {
      ...base,
      task: { ...base.task, feeWei: '1', attentionWei: '1' },
      game: { claimBondWei: '9', disputeBondWei: '1', attention, outsideAssumptions: true },
      costs: { cheatGainWei: '1' },
      actors: [{ ...base.actors[0], fundsWei: '1', bidsWei: '1' }, mal],
    }
    const text = stringify(whole)
    const amounts = [...text.matchAll(/(\w+Wei): .*/g)]
    expect(new Set(amounts.map(([, key]) => key)).size).toBe(11)
    const told = (given: string): readonly string[] => {
      const sheet = parseSheet(given)
      if (!('data' in sheet)) throw new Error('no YAML')
      const reasons: string[] = []
      checkSimulation(sheet.data, ({ path, reason }) => reasons.push(`${String(path.at(-1))} ${reason}`))
      return reasons
    }
    expect(told(text)).toEqual([])
    for (const { 0: line, 1: key, index } of amounts) {
      const written = (value: string) =>
        told(`${text.slice(0, index)}${key}: ${value}${text.slice(index + line.length)}`)
      for (const value of [
        '1e18',
        '1.5e18',
        '1.5',
        '"1e18"',
        '10**18',
        '1 ether',
        '1_000',
        '-1',
        '[1]',
        'null',
      ])
        expect([value, ...written(value)]).toEqual([
          value,
          expect.stringMatching(
            new RegExp(
              `^${key} is .*; allowed: a whole number of wei from [01] to 2\\^128 - 1, in digits alone, as 1000000000000000000 for an ether$`,
            ),
          ),
        ])
      for (const value of [2n ** 53n + 1n, 2n ** 128n - 1n])
        for (const digits of [`${value}`, `"${value}"`])
          expect(written(digits).filter((reason) => reason.includes('digits'))).toEqual([])
    }
    expect(told(text.replace(/claimBondWei: .*/, 'bondWei: 1e18'))[0]).toMatch(/^bondWei is 1e18; /)
    expect(told(text.replace(/claimBondWei: .*/, 'bondWei: 1.5e18'))[0]).toMatch(/^bondWei is 1.5e18; /)
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
