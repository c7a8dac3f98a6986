import { describe, expect, test } from 'vitest'
import { actor, play } from '../agents/played.fixture.ts'

const ETHER = 10n ** 18n
const SAM = actor('sam', 'server', 'honest')
const VERA = actor('vera', 'verifier', 'honest')
const LIZ = actor('liz', 'server', 'wrong-anywhere')
const FRED = actor('fred', 'verifier', 'frivolous')

const figuresOf = (actors: readonly object[], change: Record<string, unknown> = {}) => {
  const { figures } = play(actors, change)
  const { claims, honestLosses, outsideAssumptions } = figures
  return { falseFinals: claims.falseFinals, honestLosses, outsideAssumptions }
}

const SAFE = { falseFinals: 0, honestLosses: 0, outsideAssumptions: null }
const DAY = 86_400

/** Of each assumption: a population inside of it, and the same one step outside, with what that is called. */
const OUTSIDE: Readonly<
  Record<string, readonly [readonly object[], object, readonly object[], object, RegExp]>
> = {
  'who is away for longer than its clock': [
    ...([[SAM, FRED], {}] as const),
    ...([[{ ...SAM, offline: [{ from: 60, to: 5 * DAY }] }, FRED], {}] as const),
    /sam is offline/,
  ],
  'who leaves': [
    ...([[SAM, FRED], {}] as const),
    ...([[{ ...SAM, leaves: 60 }, FRED], {}] as const),
    /sam leaves/,
  ],
  'who cannot pay for its moves': [
    ...([[{ ...SAM, fundsWei: String(2n * ETHER) }, FRED], {}] as const),
    // The bond, and gas for the claim alone.
    ...([[{ ...SAM, fundsWei: String(ETHER + 300_000n * 10n ** 9n) }, FRED], {}] as const),
    /sam could not pay for its move/,
  ],
  'whose calls the chain keeps out': [
    ...([[SAM, FRED], {}] as const),
    ...([
      [SAM, FRED],
      { chain: { load: 0, baseFeeGwei: 1, censorship: [{ actor: 'sam', from: 60, to: 5 * DAY }] } },
    ] as const),
    /a call of sam waited/,
  ],
  'whose clock is too short for what it computes': [
    ...([[SAM, FRED], { game: { claimBondWei: String(ETHER) } }] as const),
    ...([
      [SAM, FRED],
      {
        game: { claimBondWei: String(ETHER), clockSeconds: 60, descentSeconds: 0, outsideAssumptions: true },
        costs: { inferenceSeconds: 10, recomputeSeconds: [10, 300, 300] },
      },
    ] as const),
    /clockSeconds/,
  ],
}

describe('the stated assumptions', () => {
  // Rationale: a count of losses that is never above 0 counts nothing, and each assumption must be needed.
  test.each(Object.entries(OUTSIDE))(
    'ASSUMED-1 an honest party loses a bond %s, and the run is marked; one step inside it loses none',
    (_, [within, setting, outside, changed, mark]) => {
      expect(figuresOf(within, setting as Record<string, unknown>)).toEqual(SAFE)
      const came = figuresOf(outside, changed as Record<string, unknown>)
      expect(came.honestLosses).toBeGreaterThan(0)
      expect(came.outsideAssumptions).toMatch(mark)
    },
  )

  test('ASSUMED-2 a lie that nobody honest checks, and an answer of a model that nobody else holds, are marked', () => {
    expect(figuresOf([LIZ, VERA])).toEqual(SAFE)
    const unchecked = {
      falseFinals: 1,
      honestLosses: 0,
      outsideAssumptions: 'nobody honest disputed a false claim of liz',
    }
    expect(figuresOf([LIZ])).toEqual(unchecked)
    expect(figuresOf([LIZ, { ...VERA, checks: 0 }])).toEqual(unchecked)
    expect(figuresOf([LIZ, actor('lou', 'verifier', 'lazy')])).toEqual(unchecked)
    expect(figuresOf([SAM, { ...VERA, checks: 0 }])).toEqual(SAFE)
    expect(figuresOf([actor('walt', 'server', 'withholder'), VERA]).outsideAssumptions).toBe(
      'nobody but walt holds the model that it answers with',
    )
  })
})
