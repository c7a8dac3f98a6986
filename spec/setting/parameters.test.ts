import { expect, test } from 'vitest'
import { MAX_STEP_LIMIT } from '../tower/model.ts'
import { divideBond, type Parameters, parameterFault } from './parameters.ts'

const PARAMETERS: Parameters = {
  arity: 16,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  bondWei: 1000n,
  burnBasisPoints: 5000,
}

/** Rationale: a limit that is off by one refuses a deployment that works, or lets one through that does not. */
test('PARAMETER-2 the limits themselves are possible, and one beyond them is not', () => {
  const limits: readonly [
    keyof Parameters,
    least: number | bigint,
    most: number | bigint,
    step: number | bigint,
  ][] = [
    ['arity', 2, 64, 1],
    ['clockSeconds', 1, 2 ** 31 - 1, 1],
    ['descentSeconds', 0, 2 ** 24 - 1, 1],
    ['windowSeconds', 1, 2 ** 31 - 1, 1],
    ['bondWei', 1n, 2n ** 128n - 1n, 1n],
    ['burnBasisPoints', 1, 10_000, 1],
  ]
  for (const [name, least, most, step] of limits) {
    const fault = (value: number | bigint) => parameterFault({ ...PARAMETERS, [name]: value } as Parameters)
    const below = (least as number) - (step as number)
    const above = (most as number) + (step as number)
    expect([name, fault(least), fault(most)]).toEqual([name, undefined, undefined])
    expect(fault(below)).toContain(`${name} ${below}`)
    expect(fault(above)).toContain(`${name} ${above}`)
    if (typeof least === 'number') expect(fault(least + 0.5)).toContain(`${name} ${least + 0.5}`)
  }
})

test('PARAMETER-5 so it is for the times and the stake of attention, where a deployment has them', () => {
  const attention = { answerSeconds: 600, revealSeconds: 300, stakeWei: 77n, oneIn: 2 }
  expect(parameterFault({ ...PARAMETERS, attention })).toBeUndefined()
  for (const [name, least, most] of [
    ['answerSeconds', 1, 2 ** 31 - 1],
    ['revealSeconds', 1, 2 ** 31 - 1],
    ['oneIn', 1, 2 ** 32 - 1],
  ] as const) {
    const fault = (value: number) =>
      parameterFault({ ...PARAMETERS, attention: { ...attention, [name]: value } })
    expect([name, fault(least), fault(most)]).toEqual([name, undefined, undefined])
    for (const value of [least - 1, most + 1, 1.5]) expect(fault(value)).toContain(`${name} ${value}`)
  }
  const staked = (stakeWei: bigint) =>
    parameterFault({ ...PARAMETERS, attention: { ...attention, stakeWei } })
  expect([1n, 2n ** 128n - 1n].map(staked)).toEqual([undefined, undefined])
  for (const stakeWei of [0n, 2n ** 128n]) expect(staked(stakeWei)).toContain(`stakeWei ${stakeWei}`)
})

test('PARAMETER-3 a bond is divided without a rest, and the burned share is rounded down', () => {
  expect(divideBond(PARAMETERS)).toEqual({ burned: 500n, winner: 500n })
  expect(divideBond({ ...PARAMETERS, bondWei: 3n })).toEqual({ burned: 1n, winner: 2n })
  expect(divideBond({ ...PARAMETERS, burnBasisPoints: 10_000 })).toEqual({ burned: 1000n, winner: 0n })
  expect(divideBond({ ...PARAMETERS, burnBasisPoints: 1, bondWei: 9_999n })).toEqual({
    burned: 0n,
    winner: 9_999n,
  })
})

test('PARAMETER-4 the longest run of the machine has a length of 48 bits', () => {
  expect(MAX_STEP_LIMIT).toBe(0xffff_ffff_ffff)
})
