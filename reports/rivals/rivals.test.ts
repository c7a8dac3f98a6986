import { expect, test } from 'vitest'
import { withstoodClaims } from '../../spec/setting/bonds.ts'
import { DEPLOYMENT } from '../../spec/setting/presets.ts'
import { ATTACKS_ETHER, BOND_CHOICES, DESIGNS } from './designs.ts'
import { rivalsPage } from './rivalsPage.ts'
import { SIMULATED, simulatedAttacks } from './simulated.ts'

const under = (name: string, attack: number) =>
  DESIGNS.find((design) => design.name.startsWith(name))!.under(attack)!

// Rationale: the page stands beside a table that others have printed.
test('RIVALS-PAGE-1 under three million ether the designs cost what Dave’s table 3 says', () => {
  const most = 3_000_000
  expect(under('Dave', most).bondEther).toBe(3)
  expect(under('Dave', most).expenseEther).toBeCloseTo(7, 0)
  expect(under('Dave', most).delayDays / 7).toBeCloseTo(5, 0)
  expect(under('PRT', most)).toMatchObject({ bondEther: 1, expenseEther: 1, delayDays: 22 * 7 })
  expect(under('BoLD, one', most)).toMatchObject({ bondEther: 1000, expenseEther: 3000 })
  expect(Math.ceil(under('BoLD, three', most).expenseEther)).toBe(461_539)
})

test('RIVALS-PAGE-2 of this game: capital for as many claims as the attacker’s bonds buy, to the claim', () => {
  expect(DESIGNS[0]!.under(5)).toBeUndefined()
  for (const attack of ATTACKS_ETHER) {
    const { capitalEther } = under('OPML', attack)
    const claims = BigInt(Math.floor(attack / 6))
    const wei = BigInt(Math.round(capitalEther * 1e6)) * 10n ** 12n
    expect(withstoodClaims(DEPLOYMENT, wei)).toBe(claims)
    expect(withstoodClaims(DEPLOYMENT, wei - 10n ** 12n)).toBe(claims - 1n)
  }
})

test('RIVALS-PAGE-3 an attacker’s ether for each of a verifier’s grows with both bonds, and stays below D', () => {
  for (const { disputesAtOnce, capitalRatio } of BOND_CHOICES) {
    expect(capitalRatio).toBeGreaterThan(1)
    expect(capitalRatio).toBeLessThan(disputesAtOnce)
  }
  const ratios = (disputes: number) =>
    BOND_CHOICES.filter(({ disputesAtOnce }) => disputesAtOnce === disputes).map(
      ({ capitalRatio }) => capitalRatio,
    )
  for (const disputes of [2, 8, 32])
    expect(ratios(disputes)).toEqual(ratios(disputes).toSorted((a, b) => a - b))
})

test('RIVALS-PAGE-4 simulated attacks stand on the page, and only those of their scenario', () => {
  const point = {
    at: { 'actors.mal.claims': 4 },
    runs: 2,
    disputes: 8,
    claims: { falseFinals: 0 },
    outsideAssumptions: null,
    bonds: { claimBondWei: '6000000000000000000', disputeBondWei: '500000000000000000' },
    finalitySeconds: { max: 86_400 },
    parties: { vera: { gasWei: '200000000000000000' } },
  }
  const [run] = simulatedAttacks('a-b', { scenario: 'attack-budget', points: [point] })
  expect(run).toEqual({
    href: 'a-b.html',
    attackEther: 24,
    bondEther: 0.5,
    expenseEther: 0.1,
    capitalEther: 2.1,
    delayDays: 1,
  })
  expect(simulatedAttacks('a', { scenario: 'capital', points: [point] })).toEqual([])
  expect(rivalsPage([run!])).toContain(SIMULATED)
  expect(rivalsPage([])).not.toContain(`${SIMULATED}, `)
})
