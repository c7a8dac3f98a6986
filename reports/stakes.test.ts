import { expect, test } from 'vitest'
import { ether } from '../sim/format.ts'
import type { RunRecord } from '../sim/record.ts'
import { simulationAt } from '../sim/runs/job.ts'
import { playRun } from '../sim/simulation/run.ts'
import { chronicle } from './chronicle.ts'
import { played, withTransactions } from './played.fixture.ts'
import { populationPage } from './population/populationPage.ts'
import { populationStage } from './population/populationStage.ts'
import { dollars, gasWei, pricesOf } from './prices.ts'
import { stakesOf } from './stakes.ts'
import { positionsOf } from './stepper/positions.ts'
import { pageOf } from './writePage.ts'

const SCENARIOS = [
  'mnist-wrong-logit',
  'mnist-frivolous-challenge',
  'mnist-silent-server',
  'mnist-honest',
  'toy-four-phases',
  'toy-attention',
  'toy-sleeping-watcher',
  'toy-sealed-lie',
]

// Rationale: a page that tells people what honesty earned must add up, to the wei, at every call and for everybody.
test('COST-1 won less lost, fees and what stands is what an account has gained, and all of it is the contract’s', async () => {
  for (const name of SCENARIOS) {
    const record = await played(name)
    const rows = chronicle(record)
    for (let calls = 1; calls <= rows.length; calls++) {
      const state = rows[calls - 1]!.after
      const all = record.actors.map(({ address }) => stakesOf(rows.slice(0, calls), address))
      for (const { stakedWei, standingWei, lostWei, feesWei, wonWei, netWei } of all) {
        expect(netWei).toBe(wonWei - lostWei - feesWei - standingWei)
        for (const wei of [stakedWei - standingWei - lostWei, standingWei, lostWei, feesWei, wonWei])
          expect(wei).toBeGreaterThanOrEqual(0n)
      }
      const credits = [...state.credits.values()].reduce((sum, wei) => sum + wei, 0n)
      const nets = all.reduce((sum, { netWei }) => sum + netWei, 0n)
      expect(-nets).toBe(state.balanceWei - credits)
    }
    for (const { address, before, after } of record.story.balances)
      expect(stakesOf(rows, address).netWei).toBe(after - before)
  }
})

test('COST-2 who lost what, by name, in a lie, in a frivolous dispute and where nobody disputes', async () => {
  const ended = async (name: string) => {
    const record = await played(name)
    const { claimBondWei, disputeBondWei } = record.start.parameters
    const of = (role: string) =>
      stakesOf(chronicle(record), record.actors.find((actor) => actor.role === role)!.address)
    return { of, claimBondWei, disputeBondWei, feeWei: record.scenario.task.feeWei }
  }
  const lie = await ended('mnist-wrong-logit')
  expect(lie.of('server')).toMatchObject({ lostWei: lie.claimBondWei, wonWei: 0n })
  expect(lie.of('verifier')).toMatchObject({
    lostWei: lie.disputeBondWei / 2n,
    wonWei: lie.claimBondWei / 2n,
    standingWei: 0n,
  })
  expect(lie.of('requester')).toMatchObject({ feesWei: 0n, netWei: 0n })
  const frivolous = await ended('mnist-frivolous-challenge')
  expect(frivolous.of('verifier')).toMatchObject({ lostWei: frivolous.disputeBondWei, wonWei: 0n })
  expect(frivolous.of('server')).toMatchObject({
    lostWei: 0n,
    wonWei: frivolous.feeWei + frivolous.disputeBondWei / 2n,
  })
  expect(frivolous.of('requester')).toMatchObject({ feesWei: frivolous.feeWei, netWei: -frivolous.feeWei })
})

test('COST-3 amounts in dollars are exact to the cent, towards zero', () => {
  const prices = pricesOf({})
  expect(dollars(10n ** 18n, prices)).toBe('$3,000.00')
  expect(dollars(gasWei(369_443, prices), prices)).toBe('$1.10')
  expect(dollars(-1_000_369_443_000_000_000n, prices)).toBe('−$3,001.10')
  expect(dollars(0n, prices)).toBe('$0.00')
  const stated = pricesOf({ baseFeeGwei: 12.5, etherUsd: 1999.99 })
  expect(gasWei(1_000_000, stated)).toBe(12_500_000_000_000_000n)
  expect(dollars(3n * 10n ** 18n, stated)).toBe('$5,999.97')
})

// Rationale: a figure in dollars is worth what its price is; a reader must see whose price it is.
test('COST-4 costs are counted at the prices that the scenario states, else at assumed ones, and the page says which', async () => {
  const record = withTransactions(await played('mnist-wrong-logit'))
  const section = (scenario: Partial<RunRecord['scenario']>): string => {
    const page = pageOf({ ...record, scenario: { ...record.scenario, ...scenario } })
    return /<section id="costs">.*?<\/section>/s.exec(page)![0]
  }
  const server = record.actors.find(({ role }) => role === 'server')!
  const gas = record.story.journal
    .filter(({ sender }) => sender === server.address)
    .reduce((sum, { transaction }) => sum + transaction!.gasUsed, 0)
  const assumed = section({})
  expect(assumed).toContain('Gas at 1 gwei, assumed, since the scenario does not state chain.baseFeeGwei.')
  expect(assumed).toContain('Ether at $3,000, assumed, since the scenario does not state costs.etherUsd.')
  const stated = section({ chain: { baseFeeGwei: 20 }, costs: { etherUsd: 2500 } })
  expect(stated).toContain('Gas at 20 gwei, as the scenario states (chain.baseFeeGwei).')
  expect(stated).toContain('Ether at $2,500, as the scenario states (costs.etherUsd).')
  const prices = pricesOf({ baseFeeGwei: 20, etherUsd: 2500 })
  expect(stated).toContain(dollars(gasWei(gas, prices), prices))
  expect(assumed).not.toContain(dollars(gasWei(gas, prices), prices))
})

// Rationale: what a chain charged is in the run; another price beside it would be another story.
test('COST-5 a population’s costs are what its chain charged, to the wei', () => {
  const data = {
    scenario: 'small',
    task: { model: 'alphabet', lengths: [4, 4] },
    chain: { load: 0, baseFeeGwei: 7 },
    costs: { etherUsd: 2000 },
    actors: [
      { name: 'sam', role: 'server', strategy: 'wrong-anywhere' },
      { name: 'vera', role: 'verifier', strategy: 'honest' },
    ],
  }
  const simulation = simulationAt(data, {})
  const run = playRun(simulation, 1)
  const stage = populationStage(simulation, run)
  const page = populationPage({
    ...{ simulation, stage, seed: 1, file: 'small.yaml', name: 'small', beside: undefined },
    positions: positionsOf(stage.rows, stage),
  })
  const section = /<section id="costs">.*?<\/section>/s.exec(page)![0]
  const prices = pricesOf(simulation.costs)
  for (const name of ['sam', 'vera']) {
    const { gasWei: paid } = run.accounts.get(name)!
    expect(paid).toBeGreaterThan(0n)
    const row = new RegExp(`<tr[^>]*><th[^>]*><span[^>]*>${name}<.*?</tr>`, 's').exec(section)![0]
    expect(row).toContain(`>${ether(paid)}<div class="quiet">${dollars(paid, prices)}<`)
  }
  expect(section).toContain('what the simulated chain charged')
  expect(section).toContain('Ether at $2,000, as the scenario states (costs.etherUsd).')
})
