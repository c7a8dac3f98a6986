import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { honestCalls, maxMoves } from '../game/bounds.ts'
import { deploy } from '../service/state.ts'
import {
  dilutionBurnsWei,
  disputeCostWei,
  lockedInterestWei,
  type Played,
  payingLies,
  serverCapitalWei,
  smallestClaimBondWei,
  smallestDisputeBondWei,
  verifierCapitalWei,
  withstoodClaims,
} from './bonds.ts'
import { burnedShare, leftShare } from './parameters.ts'
import { DEPLOYMENT, TEST, TINY } from './presets.ts'
import { ImpossibleSetting, type Setting, settingOf, settingOutsideAssumptions } from './setting.ts'
import { claimSeconds, finalitySeconds, judgementEnd, sealSeconds, settlementSeconds } from './times.ts'
import { leastInitialSeconds, watchingWei } from './world.ts'

const amounts = fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(0n, 10n ** 20n))

const anyPlayed: fc.Arbitrary<Played> = fc
  .record({
    burnBasisPoints: fc.integer({ min: 1, max: 9999 }),
    disputesAtOnce: fc.integer({ min: 1, max: 100 }),
    claimBondWei: fc.bigInt(1n, 10n ** 21n),
    disputeBondWei: fc.bigInt(1n, 10n ** 21n),
    length: fc.integer({ min: 2, max: 10 ** 9 }),
    callWei: amounts,
    runWei: amounts,
    gainWei: amounts,
    interestBasisPoints: fc.integer({ min: 0, max: 5000 }),
  })
  .map(({ length, callWei, runWei, gainWei, interestBasisPoints, ...parameters }) => ({
    parameters: { ...TEST.parameters, ...parameters },
    lengths: [length],
    costs: { callWei, runWei, gainWei, interestBasisPoints },
  }))

const withBonds = (played: Played, bonds: Partial<Played['parameters']>): Played => ({
  ...played,
  parameters: { ...played.parameters, ...bonds },
})

describe('the bonds', () => {
  /** Rationale: a bond a wei too small makes a frivolous dispute free, or a swarm cheaper than what it wins. */
  test('BOND-2 the smallest dispute bond pays an honest server and deters a swarm, and a wei less does not', () => {
    fc.assert(
      fc.property(anyPlayed, (played) => {
        const { claimBondWei, disputesAtOnce } = played.parameters
        const suffices = (bond: bigint) =>
          leftShare(played.parameters, bond) >= disputeCostWei(played) + lockedInterestWei(played) &&
          BigInt(disputesAtOnce) * burnedShare(played.parameters, bond) >=
            leftShare(played.parameters, claimBondWei) + played.costs.gainWei
        const smallest = smallestDisputeBondWei(played)
        expect(suffices(smallest)).toBe(true)
        expect(smallest === 1n || !suffices(smallest - 1n)).toBe(true)
      }),
    )
  })

  /** Rationale: a liar can be its own refuter, so that only what is burned deters it. */
  test('BOND-4 the smallest claim bond burns more than a lie gains and pays whoever refutes it, and a wei less does not', () => {
    fc.assert(
      fc.property(anyPlayed, (played) => {
        const { parameters, costs } = played
        const spent = burnedShare(parameters, parameters.disputeBondWei) + disputeCostWei(played)
        const suffices = (bond: bigint) =>
          burnedShare(parameters, bond) > costs.gainWei && leftShare(parameters, bond) >= spent
        const smallest = smallestClaimBondWei(played)
        expect(suffices(smallest)).toBe(true)
        expect(smallest === 1n || !suffices(smallest - 1n)).toBe(true)
      }),
    )
  })

  test('BOND-3 a party makes every second move, ends the dispute and withdraws', () => {
    expect([2, 3, 4, 5].map(honestCalls)).toEqual([3, 4, 4, 5])
    expect(disputeCostWei(TINY)).toBe(3n * 2n + 1n)
  })

  test('BOND-5 what a bond could earn elsewhere counts to the last second of a dispute, rounded up', () => {
    const locked = (claimBondWei: bigint, interestBasisPoints: number) =>
      lockedInterestWei({
        ...withBonds(TEST, { claimBondWei }),
        costs: { ...TEST.costs, interestBasisPoints },
      })
    // Two clocks of 4,800 seconds and a second.
    expect(locked(31_536_000n * 10_000n, 1)).toBe(9601n)
    expect(locked(1n, 1)).toBe(1n)
    expect(locked(10n ** 18n, 0)).toBe(0n)
  })

  /** Rationale: whoever has less than this can be overrun by lies that pay for themselves. */
  test('CAPITAL-2 a verifier withstands as many lies as it can dispute, and lies pay only where they gain more than those burn', () => {
    fc.assert(
      fc.property(anyPlayed, fc.bigInt(0n, 10n ** 24n), (played, capital) => {
        const withstood = withstoodClaims(played, capital)
        expect(verifierCapitalWei(played, withstood)).toBeLessThanOrEqual(capital)
        expect(verifierCapitalWei(played, withstood + 1n)).toBeGreaterThan(capital)
        const { parameters, costs } = played
        const lies = payingLies(played, withstood)
        expect(lies === undefined).toBe(costs.gainWei === 0n)
        if (lies === undefined) return
        const lost = withstood * burnedShare(parameters, parameters.claimBondWei)
        expect((lies - withstood) * costs.gainWei).toBeGreaterThan(lost)
        expect((lies - withstood - 1n) * costs.gainWei).toBeLessThanOrEqual(lost)
      }),
    )
    expect(serverCapitalWei(TINY)).toBe(45n + 2n * 7n)
    expect([0, 1, 3].map((own) => dilutionBurnsWei(TINY, own))).toEqual([22n, 38n, 70n])
  })
})

describe('times', () => {
  test('TIMES-1 each time is the sum of what it is made of', () => {
    const { parameters } = TEST
    const { attention: _, ...sealed } = parameters
    const { seals: __, ...open } = sealed
    expect([open, sealed, parameters].map(sealSeconds)).toEqual([0, 1200, 1800])
    expect(claimSeconds(parameters, 3)).toBe(7200 + 2 * 4800 + 1)
    expect(finalitySeconds(parameters, 3, 50)).toBe(50 + 1800 + 16_801)
    expect(settlementSeconds(open, 3)).toBe(16_801 + 7200)
    expect(judgementEnd(parameters, 3, 2)).toBe(1799 + 1800 + 16_801 + 7200)
  })

  test('TIMES-2 the least clock covers every second move, with a run recomputed for all disputes before each', () => {
    const { world, parameters } = TEST
    // Arity 4 over runs of 9, 9 and 40 steps: 2, 2 and 3 moves.
    expect(leastInitialSeconds(TEST, world)).toBe(12 + 4 * 60 + (12 + 4 * 30) + 2 * (12 + 4 * 10))
    const one = withBonds(TEST, { disputesAtOnce: 1 })
    expect(leastInitialSeconds(one, world)).toBe(72 + 42 + 2 * 22)
    expect(leastInitialSeconds({ ...TEST, lengths: [1, 1, 1] }, world)).toBe(252 + 132 + 52)
    expect(parameters.disputesAtOnce).toBe(4)
  })

  test('TIMES-3 to look is worth the pay and the stake of the one in so many that are asked', () => {
    const { world } = TEST
    // Twenty wei are shared by five of ten watchers: four each, less than the pay of seven.
    expect(watchingWei(TEST, world)).toBe((4n + 77n) / 2n)
    expect(watchingWei(TEST, { ...world, watchers: 1 })).toBe((7n + 77n) / 2n)
    const { attention: _, ...parameters } = TEST.parameters
    expect(watchingWei({ ...TEST, parameters }, world)).toBe(0n)
  })
})

describe('settings', () => {
  test('SETTING-1 the presets are possible, and their figures are what their reasons say', () => {
    for (const { parameters } of [TINY, TEST, DEPLOYMENT]) expect(deploy(parameters).ok).toBe(true)
    const { parameters, lengths } = DEPLOYMENT
    expect(maxMoves(lengths, parameters.arity)).toBe(22)
    // Nine days behind the last claim: window, two clocks, and their allowances.
    expect(claimSeconds(parameters, 4)).toBe(9 * 86_400 + 2 * 3 * 3600 + 1)
    // Reward and gain of a fallen true claim, eight disputes' halves; a wei more than a bond is no bond.
    expect(smallestDisputeBondWei(DEPLOYMENT)).toBeLessThanOrEqual(parameters.disputeBondWei)
    expect(smallestDisputeBondWei(DEPLOYMENT)).toBeGreaterThan((parameters.disputeBondWei * 9n) / 10n)
    expect(smallestClaimBondWei(DEPLOYMENT)).toBeGreaterThan((parameters.claimBondWei * 9n) / 10n)
  })

  /** Rationale: what cannot work must be refused where it is made, by whoever makes it, with the values at fault. */
  test('SETTING-2 an impossible setting is refused with its values, the least that would do among them', () => {
    const change = (parameters: Partial<Setting['parameters']>, more: Partial<Setting> = {}): Setting => ({
      ...TEST,
      ...more,
      parameters: { ...TEST.parameters, ...parameters },
    })
    const { world, costs } = TEST
    const { attention, seals } = TEST.parameters
    const bad: readonly (readonly [string, Setting, string])[] = [
      ['arity below 2', change({ arity: 1 }), 'parameter'],
      ['no clock', change({ clockSeconds: 0 }), 'parameter'],
      ['no time for answers', change({ seals: { ...seals!, answerSeconds: 0 } }), 'parameter'],
      ['no stake', change({ attention: { ...attention!, stakeWei: 0n } }), 'parameter'],
      ['a claim bond below the formula', change({ claimBondWei: 900n }), 'smallestClaimBondWei'],
      ['a dispute bond below the formula', change({ disputeBondWei: 720n }), 'smallestDisputeBondWei'],
      ['k = 0', change({}, { lengths: [] }), 'k'],
      ['a step limit beyond 2^48', change({}, { lengths: [2 ** 48] }), 'lengths'],
      ['a run of no steps', change({}, { lengths: [0, 4] }), 'lengths'],
      ['a phase without a run', change({}, { phases: ['graph', 'vm'] }), 'phases'],
      ['phases without a descent', change({}, { phases: ['vm', 'graph'], lengths: [3, 3] }), 'above'],
      ['more moves than the deployment takes', change({ mostMoves: 7 }), 'moves'],
      [
        'a phase without a time',
        change({}, { world: { ...world, recomputeSeconds: [1] } }),
        'recomputeSeconds',
      ],
      [
        'a slower chain than stated',
        change({}, { world: { ...world, inclusionSeconds: 13 } }),
        'leastSeconds',
      ],
      [
        'runs that take longer than the clock',
        change({}, { world: { ...world, recomputeSeconds: [1200, 30, 10] } }),
        'leastSeconds',
      ],
      ['runs that take longer than the window', change({ windowSeconds: 71 }), 'leastSeconds'],
      ['no time to run and to answer', change({ seals: { ...seals!, answerSeconds: 95 } }), 'leastSeconds'],
      ['looking that does not pay', change({}, { costs: { ...costs, runWei: 41n } }), 'watchingWei'],
    ]
    for (const [name, setting, value] of bad) {
      let thrown: unknown
      try {
        settingOf(setting)
      } catch (error) {
        thrown = error
      }
      expect([name, thrown instanceof ImpossibleSetting]).toEqual([name, true])
      expect([name, Object.keys((thrown as ImpossibleSetting).values)]).toEqual([
        name,
        expect.arrayContaining([value]),
      ])
      expect(settingOutsideAssumptions(setting)).toBe(setting)
    }
    for (const [i, wrong] of [0, 1.5, -2, Number.NaN, 2 ** 48].entries())
      for (const lengths of [[wrong], TEST.lengths.with(i % TEST.lengths.length, wrong)])
        expect(() => settingOf(change({}, { lengths }))).toThrow(`a run of ${wrong} steps`)
  })

  // Rationale: a verifier that earns just what a run costs it loses nothing by looking; and nobody looks where nobody is paid.
  test('SETTING-4 looking may earn as little as it costs, and costs nothing where nobody is asked', () => {
    const { costs, parameters } = TEST
    const least = { ...TEST, costs: { ...costs, runWei: 40n } }
    expect(watchingWei(least, least.world)).toBe(40n)
    expect(settingOf(least)).toBe(least)
    const unwatched = { ...least, parameters: { ...parameters, attention: undefined } }
    expect(settingOf(unwatched)).toBe(unwatched)
  })

  test('SETTING-3 the smallest bonds and the shortest and longest runs are possible', () => {
    const disputeBondWei = smallestDisputeBondWei(TEST)
    const barely = withBonds(TEST, { disputeBondWei }) as Setting
    expect(settingOf(barely)).toBe(barely)
    for (const length of [1, 2 ** 48 - 1]) {
      const free: Setting = {
        ...TEST,
        lengths: [length],
        costs: { callWei: 0n, runWei: 0n, gainWei: 0n, interestBasisPoints: 0 },
        world: { inclusionSeconds: 0, recomputeSeconds: [0], watchers: 0 },
      }
      expect(settingOf(free)).toBe(free)
    }
    expect(new ImpossibleSetting('why', { k: 0 })).toMatchObject({
      name: 'ImpossibleSetting',
      message: 'why',
    })
  })
})
