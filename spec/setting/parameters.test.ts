import { expect, test } from 'vitest'
import { MAX_STEP_LIMIT } from '../tower/model.ts'
import { burnedShare, leftShare, type Parameters, parameterFault } from './parameters.ts'

const PARAMETERS: Parameters = {
  arity: 16,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  claimBondWei: 1000n,
  disputeBondWei: 800n,
  burnBasisPoints: 5000,
  disputesAtOnce: 4,
  mostMoves: 200,
  inclusionSeconds: 12,
  seals: { answerSeconds: 600, revealSeconds: 300 },
  attention: { stakeWei: 77n, oneIn: 2, minFeeWei: 30n, payWei: 20n },
}

const MOST_WEI = 2n ** 128n - 1n

/** What is refused of these parameters with some changed; undefined where nothing is. */
const refused = (change: Partial<Parameters>): string | undefined =>
  parameterFault({ ...PARAMETERS, ...change })?.parameter

/** Rationale: a limit that is off by one refuses a deployment that works, or lets one through that does not. */
test('PARAMETER-2 the limits themselves are possible, and one beyond them is not', () => {
  const limits = [
    ['arity', 2, 64],
    ['clockSeconds', 101 * 12, 2 ** 31 - 1],
    ['descentSeconds', 0, 2 ** 24 - 1],
    ['windowSeconds', 12, 2 ** 31 - 1],
    ['disputesAtOnce', 2, 2 ** 16 - 1],
    ['mostMoves', 1, 599],
    ['inclusionSeconds', 0, 35],
  ] as const
  expect(refused({})).toBeUndefined()
  for (const [name, least, most] of limits) {
    const fault = (value: number) => parameterFault({ ...PARAMETERS, [name]: value })
    expect([name, fault(least), fault(most)]).toEqual([name, undefined, undefined])
    for (const beyond of [least - 1, most + 1, least + 0.5, Number.NaN])
      expect([name, beyond, fault(beyond)]).not.toEqual([name, beyond, undefined])
  }
  expect(refused({ clockSeconds: 0 })).toBe('clockSeconds')
  expect(refused({ mostMoves: 600 })).toBe('clockSeconds')
  expect(refused({ inclusionSeconds: 36 })).toBe('clockSeconds')
  expect(refused({ mostMoves: 0 })).toBe('mostMoves')
  expect(refused({ burnBasisPoints: 0 })).toBe('burnBasisPoints')
  expect(refused({ burnBasisPoints: 10_000 })).toBe('burnBasisPoints')
})

/** Rationale: what a deployment can see of its bonds it must refuse itself; a scenario is not asked by whoever deploys. */
test('PARAMETER-6 bonds that contradict each other are refused', () => {
  const bonds = (claimBondWei: bigint, disputeBondWei: bigint, disputesAtOnce = 4) =>
    refused({ claimBondWei, disputeBondWei, disputesAtOnce })
  expect(bonds(0n, 0n)).toBe('claimBondWei')
  expect(bonds(MOST_WEI + 1n, 1n)).toBe('claimBondWei')
  expect(bonds(MOST_WEI, MOST_WEI)).toBeUndefined()
  expect(bonds(1n, 1n)).toBe('disputeBondWei')
  // More than the claim bond.
  expect([bonds(1000n, 1001n), bonds(1000n, 1000n)]).toEqual(['disputeBondWei', undefined])
  // Four disputes burn as much as a fallen claim gives, to the wei.
  expect([bonds(1000n, 250n), bonds(1000n, 249n)]).toEqual([undefined, 'disputeBondWei'])
  expect([bonds(1000n, 126n, 8), bonds(1000n, 125n, 8)]).toEqual([undefined, 'disputeBondWei'])
  // What a fallen claim gives is at least what its dispute has burned.
  expect(refused({ burnBasisPoints: 9000, claimBondWei: 1000n, disputeBondWei: 120n })).toBe('disputeBondWei')
  expect(refused({ burnBasisPoints: 9000, claimBondWei: 1000n, disputeBondWei: 110n })).toBeUndefined()
})

test('PARAMETER-5 so it is for seals and for attention, where a deployment has them', () => {
  const { seals, attention } = PARAMETERS
  for (const [name, least, most] of [
    ['answerSeconds', 36, 2 ** 31 - 1],
    ['revealSeconds', 12, 2 ** 31 - 1],
  ] as const) {
    const fault = (value: number) => refused({ seals: { ...seals!, [name]: value } })
    expect([fault(least), fault(most)]).toEqual([undefined, undefined])
    for (const value of [least - 1, most + 1, least + 0.5, 0]) expect(fault(value)).toBe(name)
  }
  // Without attention a seal need only be included before it is revealed.
  const open = { attention: undefined }
  expect(refused({ ...open, seals: { ...seals!, answerSeconds: 12 } })).toBeUndefined()
  expect(refused({ ...open, seals: { ...seals!, answerSeconds: 11 } })).toBe('answerSeconds')
  expect(refused({ seals: undefined })).toBe('attention')
  expect(refused({ ...open, seals: undefined })).toBeUndefined()
  for (const [name, least, most] of [
    ['stakeWei', 1n, MOST_WEI],
    ['minFeeWei', 20n, MOST_WEI],
    ['payWei', 1n, 30n],
  ] as const) {
    const fault = (value: bigint) => refused({ attention: { ...attention!, [name]: value } })
    expect([fault(least), fault(most)]).toEqual([undefined, undefined])
    for (const value of [least - 1n, most + 1n]) expect(fault(value)).toBeDefined()
  }
  const oneIn = (value: number) => refused({ attention: { ...attention!, oneIn: value } })
  expect([1, 2 ** 32 - 1].map(oneIn)).toEqual([undefined, undefined])
  expect([0, 2 ** 32, 1.5].map(oneIn)).toEqual(['oneIn', 'oneIn', 'oneIn'])
})

/** Rationale: whoever deploys is told what to change, and to what: by the parameter's name, and the values that disagree. */
test('PARAMETER-7 a fault names its parameter, and the values that disagree', () => {
  const { seals, attention } = PARAMETERS
  const faults: readonly (readonly [Partial<Parameters>, string])[] = [
    [{ arity: 65 }, 'arity 65 is not an integer from 2 to 64'],
    [{ clockSeconds: -3 }, 'clockSeconds -3 is not positive'],
    [{ descentSeconds: -2 }, 'descentSeconds -2 is negative'],
    [{ windowSeconds: -4 }, 'windowSeconds -4 is not positive'],
    [{ claimBondWei: -5n }, 'claimBondWei -5 is not between 1 and'],
    [{ burnBasisPoints: 10_000 }, 'burnBasisPoints 10000 is not between 1 and 9999'],
    [{ disputesAtOnce: 0 }, 'disputesAtOnce 0 is not between 1 and'],
    [{ disputeBondWei: 1001n }, 'disputeBondWei 1001 is not between 1 and the claim bond, 1000'],
    [{ disputeBondWei: 248n }, 'disputeBondWei 248: 4 disputes burn 124 each, less than the 500'],
    [{ burnBasisPoints: 9000 }, 'disputeBondWei 800 burns 720, more than the 100'],
    [{ inclusionSeconds: -1 }, 'inclusionSeconds -1 is negative'],
    [{ mostMoves: -6 }, 'mostMoves -6 is not between 1 and'],
    [{ clockSeconds: 1211 }, 'clockSeconds 1211 is less than the 1212 in which half of 200 moves'],
    [{ windowSeconds: 11 }, 'windowSeconds 11 is less than the 12'],
    [
      { seals: { ...seals!, answerSeconds: 11 } },
      'answerSeconds 11 is not positive, too large, or less than 12',
    ],
    [
      { seals: { ...seals!, revealSeconds: 10 } },
      'revealSeconds 10 is not positive, too large, or less than 12',
    ],
    [{ seals: { ...seals!, answerSeconds: 35 } }, 'answerSeconds 35 is less than three inclusions of 12'],
    [{ seals: undefined }, 'attention needs sealed claims'],
    [{ attention: { ...attention!, stakeWei: -7n } }, 'stakeWei -7 is not between 1 and'],
    [{ attention: { ...attention!, oneIn: 0 } }, 'oneIn 0 is not between 1 and'],
    [{ attention: { ...attention!, minFeeWei: -8n } }, 'minFeeWei -8 is not between 1 and'],
    [
      { attention: { ...attention!, payWei: 31n } },
      'payWei 31 is not between 1 and the least part of a fee, 30',
    ],
  ]
  for (const [change, told] of faults) {
    const found = parameterFault({ ...PARAMETERS, ...change })
    expect([told, found?.fault.startsWith(told)]).toEqual([told, true])
    expect(found!.parameter).toBe(told.split(' ')[0])
  }
})

test('PARAMETER-3 a bond is divided without a rest, and the burned share is rounded down', () => {
  for (const [burnBasisPoints, bondWei, burned] of [
    [5000, 1000n, 500n],
    [5000, 3n, 1n],
    [9999, 1000n, 999n],
    [1, 9_999n, 0n],
    [1, 10_000n, 1n],
  ] as const) {
    expect(burnedShare({ burnBasisPoints }, bondWei)).toBe(burned)
    expect(leftShare({ burnBasisPoints }, bondWei)).toBe(bondWei - burned)
  }
})

test('PARAMETER-4 the longest run of the machine has a length of 48 bits', () => {
  expect(MAX_STEP_LIMIT).toBe(0xffff_ffff_ffff)
})
