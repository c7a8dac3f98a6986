import { expect, test } from 'vitest'
import { chronicle } from './chronicle.ts'
import { played } from './played.fixture.ts'
import { dollars, gasWei } from './prices.ts'
import { stakesOf } from './stakes.ts'

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
  expect(dollars(10n ** 18n)).toBe('$3,000.00')
  expect(dollars(gasWei(369_443))).toBe('$1.10')
  expect(dollars(-1_000_369_443_000_000_000n)).toBe('−$3,001.10')
  expect(dollars(0n)).toBe('$0.00')
})
