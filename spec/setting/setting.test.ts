import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { honestCalls, maxMoves } from '../game/bounds.ts'
import { deploy } from '../service/state.ts'
import { honestCostWei, smallestBondWei } from './bond.ts'
import { BASIS_POINTS, divideBond } from './parameters.ts'
import { DEPLOYMENT, TEST, TINY } from './presets.ts'
import { ImpossibleSetting, type Setting, settingOf, settingOutsideAssumptions } from './setting.ts'
import { claimSeconds, finalitySeconds, settlementSeconds } from './times.ts'

const amounts = fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(0n, 10n ** 20n))

describe('the smallest bond', () => {
  /** Rationale: a bond a wei too small makes each dispute a loss for whoever is in the right. */
  test('BOND-1 it covers an honest party’s worst case and a cheat’s gain, and a wei less does not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: BASIS_POINTS - 1 }),
        amounts,
        amounts,
        fc.integer({ min: 2, max: 200 }),
        (burnBasisPoints, callWei, gainWei, moves) => {
          const costs = { callWei, gainWei }
          const smallest = smallestBondWei(burnBasisPoints, costs, moves)!
          const suffices = (bondWei: bigint) => {
            const { burned, winner } = divideBond({ bondWei, burnBasisPoints })
            return winner >= honestCostWei(costs, moves) && burned >= gainWei
          }
          expect(suffices(smallest)).toBe(true)
          expect(smallest === 1n || !suffices(smallest - 1n)).toBe(true)
        },
      ),
    )
  })

  test('BOND-2 where all of a bond is burned, only calls that cost nothing are covered', () => {
    expect(smallestBondWei(BASIS_POINTS, { callWei: 1n, gainWei: 0n }, 4)).toBeUndefined()
    expect(smallestBondWei(BASIS_POINTS, { callWei: 0n, gainWei: 9n }, 4)).toBe(9n)
  })

  test('BOND-3 a party makes every second move, ends the dispute and withdraws', () => {
    expect([2, 3, 4, 5].map(honestCalls)).toEqual([3, 4, 4, 5])
  })
})

describe('settings', () => {
  test('SETTING-1 the presets are possible, and their figures are what their reasons say', () => {
    for (const { parameters } of [TINY, TEST, DEPLOYMENT]) expect(deploy(parameters).ok).toBe(true)
    const { parameters, lengths, costs } = DEPLOYMENT
    const moves = maxMoves(lengths, parameters.arity)
    expect(moves).toBe(17)
    expect(smallestBondWei(parameters.burnBasisPoints, costs, moves)).toBe(22n * 10n ** 17n - 1n)
    // Nine days behind the last claim: window, two clocks, and their allowances.
    expect(claimSeconds(parameters, 4)).toBe(9 * 86_400 + 2 * 3 * 3600 + 1)
    expect(finalitySeconds(parameters, 4, 600)).toBe(600 + 13 * 3600 + claimSeconds(parameters, 4))
    expect(settlementSeconds(parameters, 4)).toBe(finalitySeconds(parameters, 4, 0) + 3 * 86_400)
  })

  /** Rationale: what cannot work must be refused where it is made, by whoever makes it, with the values at fault. */
  test('SETTING-2 an impossible setting is refused with its values', () => {
    const change = (parameters: Partial<Setting['parameters']>, more: Partial<Setting> = {}): Setting => ({
      ...TEST,
      ...more,
      parameters: { ...TEST.parameters, ...parameters },
    })
    const bad: readonly (readonly [string, Setting, string])[] = [
      ['arity below 2', change({ arity: 1 }), 'parameters'],
      ['no clock', change({ clockSeconds: 0 }), 'parameters'],
      [
        'no time for answers',
        change({ attention: { ...TEST.parameters.attention!, answerSeconds: 0 } }),
        'parameters',
      ],
      [
        'no time for reveals',
        change({ attention: { ...TEST.parameters.attention!, revealSeconds: 0 } }),
        'parameters',
      ],
      ['no stake', change({ attention: { ...TEST.parameters.attention!, stakeWei: 0n } }), 'parameters'],
      ['nobody is asked', change({ attention: { ...TEST.parameters.attention!, oneIn: 0 } }), 'parameters'],
      ['a bond below the formula', change({ bondWei: 900n }), 'smallestBondWei'],
      ['no bond that could do', change({ burnBasisPoints: BASIS_POINTS }), 'smallestBondWei'],
      ['k = 0', change({}, { lengths: [] }), 'k'],
      ['a step limit beyond 2^48', change({}, { lengths: [2 ** 48] }), 'lengths'],
      ['a run of no steps', change({}, { lengths: [0, 4] }), 'lengths'],
      ['a phase without a run', change({}, { phases: ['graph', 'vm'] }), 'phases'],
      ['phases without a descent', change({}, { phases: ['vm', 'graph'], lengths: [3, 3] }), 'above'],
    ]
    for (const [name, setting, value] of bad) {
      let thrown: unknown
      try {
        settingOf(setting)
      } catch (error) {
        thrown = error
      }
      expect([name, thrown instanceof ImpossibleSetting]).toEqual([name, true])
      expect(Object.keys((thrown as ImpossibleSetting).values)).toContain(value)
      expect(settingOutsideAssumptions(setting)).toBe(setting)
    }
  })

  test('SETTING-3 the smallest bond and the shortest and longest runs are possible', () => {
    const { parameters } = TEST
    const smallest = smallestBondWei(
      parameters.burnBasisPoints,
      TEST.costs,
      maxMoves(TEST.lengths, parameters.arity),
    )!
    const barely = { ...TEST, parameters: { ...parameters, bondWei: smallest } }
    expect(settingOf(barely)).toBe(barely)
    for (const length of [1, 2 ** 48 - 1]) {
      const free = { ...TEST, lengths: [length], costs: { callWei: 0n, gainWei: 0n } }
      expect(settingOf(free)).toBe(free)
    }
    expect(new ImpossibleSetting('why', { k: 0 })).toMatchObject({
      name: 'ImpossibleSetting',
      message: 'why',
    })
  })
})
