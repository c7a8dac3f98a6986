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

const DORA = actor('dora', 'delegate', 'honest')

const swarm = (disputes: number, fundsWei?: bigint) => ({
  ...FRED,
  disputes,
  ...(fundsWei === undefined ? {} : { fundsWei: String(fundsWei) }),
})

const GAIN = ETHER / 10n
/** Of a true claim that falls: what is not burned of its bond, and what is gained by that. */
const WORTH = ETHER / 2n + GAIN

/** A clock that is as long as four disputes at once take, and a minute. */
const OVERLOADED = {
  task: { model: 'alphabet', lengths: [16, 256] },
  game: { claimBondWei: String(ETHER), disputesAtOnce: 4, clockSeconds: 4424 + 60 },
  costs: { inferenceSeconds: 10, recomputeSeconds: [1000, 1000], cheatGainWei: String(GAIN) },
}

const withGame = (setting: typeof OVERLOADED, game: object) => ({
  ...setting,
  game: { ...setting.game, ...game, outsideAssumptions: true },
})

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
  'whose claim has one dispute more at once than its clock covers': [
    ...([[SAM, swarm(4)], OVERLOADED] as const),
    ...([[SAM, swarm(5)], OVERLOADED] as const),
    /^5 disputes ran at once about a claim of sam; disputesAtOnce is 4$/,
  ],
  // With what a fallen claim is worth, an attacker can open two disputes at the least bond, and nine at a fifth of it.
  'whose claim a swarm can afford to bring down': [
    ...([[SAM, swarm(1000, WORTH)], OVERLOADED] as const),
    ...([[SAM, swarm(1000, WORTH)], withGame(OVERLOADED, { disputeBondWei: String(ETHER / 16n) })] as const),
    /^disputeBondWei .*: 4 disputes burn 31250000000000000 each, less than the 500000000000000000/,
  ],
  'whose delegate plays as it likes': [
    ...([[{ ...SAM, delegate: 'dora' }, DORA, FRED], {}] as const),
    ...([[{ ...SAM, delegate: 'dora' }, { ...DORA, strategy: 'treacherous' }, FRED], {}] as const),
    /^sam let dora make its moves/,
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

  // Rationale: bonds are what makes honesty last; one task alone does not show that.
  test('ASSUMED-3 who refutes a lie a day goes on with the capital for one, and where bonds are too low is out of it after the first', () => {
    const liars = [LIZ, { ...VERA, fundsWei: String((7n * ETHER) / 10n) }]
    const daily = { model: 'alphabet', lengths: [16, 256], count: 6, everySeconds: 2 * DAY }
    const within = play(liars, { task: daily })
    expect(within.figures).toMatchObject({ honestLosses: 0, outsideAssumptions: null })
    expect(within.figures.claims).toMatchObject({ refuted: 6, falseFinals: 0 })
    expect(within.figures.parties['vera']!.profitWei).toBeGreaterThan(0n)
    // The claim bond gives back less than the dispute's burns.
    const bonds = { claimBondWei: String(ETHER / 10n), disputeBondWei: String((64n * ETHER) / 100n) }
    const without = play(liars, { task: daily, game: { ...bonds, outsideAssumptions: true } })
    expect(without.figures.claims).toMatchObject({ refuted: 1, falseFinals: 5 })
    expect(without.figures.parties['vera']!.profitWei).toBeLessThan(0n)
    expect(without.figures.outsideAssumptions).toMatch(/^disputeBondWei/)
  })

  // Rationale: an attack that costs more than it wins is no reason to attack.
  test('ASSUMED-4 a swarm beyond what a server can play loses more than it wins, but where bonds are too low', () => {
    const profitOf = (disputes: number, game: object) => {
      const { figures } = play([SAM, swarm(disputes)], withGame(OVERLOADED, game))
      expect(figures.honestLosses).toBe(1)
      return figures.parties['fred']!.profitWei + GAIN
    }
    expect(profitOf(5, {})).toBeLessThan(0n)
    expect(profitOf(5, { disputeBondWei: String(ETHER / 16n) })).toBeGreaterThan(0n)
  })

  // Rationale: a run in which nothing came to pass has no false final and no loss, and shows nothing.
  test('ASSUMED-5 a world whose blocks have room for nothing is marked', () => {
    expect(figuresOf([SAM, VERA])).toEqual(SAFE)
    const { figures } = play([SAM, VERA], { chain: { load: 1 } })
    expect(figures.outsideAssumptions).toBe('no request came into a block')
  })

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
