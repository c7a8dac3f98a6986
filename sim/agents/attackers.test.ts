import { describe, expect, test } from 'vitest'
import { censorshipRatio } from '../published/censorship.ts'
import { actor, play } from './played.fixture.ts'

const ETHER = 10n ** 18n

const sam = actor('sam', 'server', 'honest')
const vera = actor('vera', 'verifier', 'honest')
const bob = actor('bob', 'server', 'wrong-anywhere')

const ATTENTION = {
  attention: {
    answerSeconds: 3600,
    revealSeconds: 7200,
    stakeWei: String(ETHER),
    oneIn: 2,
    minFeeWei: String(ETHER / 1000n),
  },
  claimBondWei: String(ETHER),
}

describe('rivals', () => {
  test('ATTACKER-1 floods each task with so many false claims, and each of them falls', () => {
    const { figures, claimsOf } = play([actor('mal', 'attacker', 'rivals', { claims: 5 }), vera], {
      task: { model: 'alphabet', lengths: [16, 16, 256], count: 2 },
    })
    expect(claimsOf('mal').map(({ kind }) => kind)).toEqual(Array(10).fill('Refuted'))
    expect(figures).toMatchObject({ honestLosses: 0, claims: { falseFinals: 0, refuted: 10 } })
  })
})

describe('the front-runner', () => {
  test('ATTACKER-2 an open claim is copied ahead of itself, and where claims are sealed nothing is to be had', () => {
    const ned = actor('ned', 'attacker', 'front-runner')
    const open = play([sam, ned])
    const [copy, original] = [open.by('ned', 'Claim')[0]!, open.by('sam', 'Claim')[0]!]
    expect([copy.outcome, original.outcome]).toEqual(['accepted', 'accepted'])
    expect(copy.block).toBe(original.block)
    expect(open.calls.indexOf(copy)).toBeLessThan(open.calls.indexOf(original))
    const feeWei = ETHER / 200n
    expect(open.figures.parties['ned']!.profitWei).toBeGreaterThan(feeWei)
    expect(open.figures.honestLosses).toBe(0)

    const game = { claimBondWei: String(ETHER), seals: { answerSeconds: 600, revealSeconds: 3600 } }
    const sealed = play([{ ...sam, sealed: true }, ned], { game })
    expect(sealed.by('ned', 'Claim')).toHaveLength(1)
    expect(sealed.figures.parties['ned']!.profitWei).toBeLessThan(0n)
    expect(sealed.figures.parties['sam']!.profitWei).toBeGreaterThan(feeWei)
  })

  test('ATTACKER-3 conflicting calls come first, so that others pay for refused ones, and no honest party loses more', () => {
    const { calls, by, figures } = play([bob, vera, actor('ned', 'attacker', 'front-runner')])
    const refused = calls.filter(({ actor: who, outcome }) => who === 'vera' && outcome !== 'accepted')
    expect(refused.length + by('ned', 'Open').length).toBeGreaterThan(0)
    expect(by('ned', 'Open')[0]).toMatchObject({ outcome: 'accepted', block: by('vera', 'Open')[0]!.block })
    expect(figures).toMatchObject({ honestLosses: 0, claims: { falseFinals: 0, refuted: 2 } })
    const finalized = play([sam, actor('ned', 'attacker', 'front-runner')])
    const [first, second] = finalized.calls.filter(
      ({ call }) =>
        call.kind === 'Finalize' &&
        call.claimId === (finalized.by('sam', 'Finalize')[0]!.call as { claimId: string }).claimId,
    )
    expect([first!.actor, first!.outcome, second!.actor]).toEqual(['ned', 'accepted', 'sam'])
    expect(second!.outcome).not.toBe('accepted')
    expect(second!.gasWei).toBeGreaterThan(0n)
  })
})

describe('the reorganiser', () => {
  test('ATTACKER-4 replaces so many blocks so often, its own calls first and the others’ late, and still loses', () => {
    const attack = { depth: 2, every: 60 }
    let [first, replaced] = [0, 0]
    for (let seed = 0; seed < 10; seed++) {
      const run = play([sam, vera, actor('rex', 'attacker', 'reorganiser', attack)], {}, seed)
      const swaps = run.journal.flatMap((entry) => (entry.kind === 'Reorganisation' ? [entry] : []))
      for (const { actor: who, time, depth } of swaps)
        expect([who, depth, (time - 1_900_000_000) % attack.every]).toEqual(['rex', 2, 0])
      replaced += swaps.length
      const copy = run.by('rex', 'Claim').find(({ outcome }) => outcome === 'accepted')
      const original = run.by('sam', 'Claim')[0]!
      if (copy !== undefined && run.calls.indexOf(copy) < run.calls.indexOf(original)) first++
      expect(run.figures).toMatchObject({ honestLosses: 0, claims: { falseFinals: 0 } })
    }
    expect(replaced).toBeGreaterThan(20)
    expect(first).toBeGreaterThan(0)
  })

  /** Rationale: what holds others back for longer than the clocks cover is an attack that the assumptions exclude. */
  test('ATTACKER-5 one that holds every call back for the whole of a short clock is outside the assumptions, and the run says so', () => {
    const short = { claimBondWei: String(ETHER), clockSeconds: 900, descentSeconds: 0, windowSeconds: 900 }
    const { figures } = play(
      [bob, vera, actor('rex', 'attacker', 'reorganiser', { depth: 32, every: 120 })],
      { game: short, untilSeconds: 3600 },
    )
    expect(figures.outsideAssumptions).toMatch(/vera/)
  })
})

describe('the censor', () => {
  const besieged = (budgetWei: bigint, bidsWei: bigint, change: object = {}) =>
    play(
      [
        bob,
        { ...vera, bidsWei: String(bidsWei) },
        actor('cy', 'attacker', 'censor', { victim: 'vera', budgetWei: String(budgetWei) }),
      ],
      {
        game: { claimBondWei: String(ETHER), windowSeconds: 3600, clockSeconds: 3600, descentSeconds: 0 },
        ...change,
      },
    )

  test('ATTACKER-6 each block that it buys costs it a wei more than the victim’s tips, and never more than its budget in all', () => {
    const budgetWei = ETHER / 2n
    const run = besieged(budgetWei, ETHER / 10n)
    const bids = run.journal.flatMap((entry) => (entry.kind === 'Bid' ? [entry] : []))
    expect(bids.length).toBeGreaterThan(5)
    for (const { actor: who, victims } of bids) expect([who, victims]).toEqual(['cy', ['vera']])
    const paid = bids.reduce((sum, { paidWei }) => sum + paidWei, 0n)
    expect(paid).toBeLessThanOrEqual(budgetWei)
    expect(run.accounts.get('cy')).toMatchObject({ bidWei: paid, gasWei: paid })
    // The first is against the usual tip, all further ones against what the victim bids back.
    expect(bids[1]!.paidWei).toBeGreaterThan(10n * bids[0]!.paidWei)
  })

  /**
   * Rationale: the published game says from which ratio of the budgets on the attacker wins; the simulated chain is that
   * game, played with the calls of a dispute.
   */
  test('ATTACKER-7 on both sides of the published ratio of budgets the run ends as it says', () => {
    const defenceWei = ETHER / 10n
    const blocks = 3600 / 12
    // To keep the opening alone out of every block of the window: one call of one that bids for all that it can need.
    const needed = besieged(0n, defenceWei).simulation
    const calls = Math.ceil(needed.parameters.mostMoves / 2) + 2
    const share = defenceWei / BigInt(calls)
    const held = besieged((share * BigInt(blocks)) / 2n, defenceWei)
    expect(held.figures.claims).toMatchObject({ falseFinals: 0, refuted: 1 })
    const kept = besieged(2n * share * BigInt(blocks), defenceWei)
    expect(kept.figures.claims).toMatchObject({ falseFinals: 1, refuted: 0 })
    expect(kept.figures.outsideAssumptions).toMatch(/vera/)
    // What it takes against one call that has the whole budget behind it.
    expect(censorshipRatio({ T: blocks, N: 1 })).toBe(blocks)
  })
})

describe('the question flood', () => {
  const watchers = [1, 2, 3].map((i) => actor(`w${i}`, 'verifier', 'watcher'))

  test('ATTACKER-8 asks all at once, and slashes nobody who looks: each is held to one task of the round, however many there are', () => {
    let answers = 0
    for (let seed = 0; seed < 2; seed++) {
      const flood = actor('flo', 'attacker', 'question-flood', { tasks: 12, victims: ['w1', 'w2'] })
      const run = play([sam, ...watchers, flood], { game: ATTENTION }, seed)
      expect(run.by('flo', 'Request').length).toBe(12)
      const sealed = run.by('flo', 'Seal').map(({ time }) => Math.floor(time / 3600))
      expect(new Set(sealed).size).toBe(1)
      expect(run.figures.honestLosses).toBe(0)
      for (const { name } of watchers) expect(run.by(name, 'Attend').length).toBeLessThanOrEqual(3)
      answers += run.calls.filter(
        ({ call, outcome }) => call.kind === 'Attend' && outcome === 'accepted',
      ).length
    }
    expect(answers).toBeGreaterThan(0)
  })

  /** Rationale: reveals stood behind all runs of the model that had been begun since, and came too late: 9 bonds of 20. */
  test('ATTACKER-11 costs no server a bond whose machine has more to do than it can: what is sealed is revealed in time', () => {
    const flood = actor('flo', 'attacker', 'question-flood', { tasks: 20, victims: ['w1'] })
    const costs = { inferenceSeconds: 1200, cheatGainWei: String(ETHER / 10n) }
    const run = play([sam, watchers[0]!, flood], { game: ATTENTION, costs })
    expect(run.by('sam', 'Seal').length).toBeGreaterThan(10)
    expect(run.by('sam', 'Reveal').length).toBe(run.by('sam', 'Seal').length)
    expect(run.figures.honestLosses).toBe(0)
  })

  test('ATTACKER-9 grinding makes its victims asked no more often than the others', () => {
    const asked = { w1: 0, w2: 0, w3: 0 }
    for (let seed = 0; seed < 30; seed++) {
      const flood = actor('flo', 'attacker', 'question-flood', { tasks: 3, victims: ['w1'] })
      const run = play([...watchers, flood], { game: ATTENTION }, seed)
      for (const name of ['w1', 'w2', 'w3'] as const) asked[name] += run.by(name, 'Attend').length
    }
    const sum = asked.w1 + asked.w2 + asked.w3
    expect(sum).toBeGreaterThan(20)
    // One in two is asked: 15 of 30 on average, and 25 or more would be three and a half deviations above.
    expect(asked.w1).toBeLessThan(25)
  })
})

describe('the adaptive attacker', () => {
  const search = (seed: number, rounds: number) =>
    play(
      [sam, vera, actor('ada', 'attacker', 'adaptive', { budgetWei: String(10n * ETHER), rounds })],
      {},
      seed,
    )

  test('ATTACKER-10 tries the others’ strategies with options of all kinds, keeps a log, and plays the worst that it found', () => {
    const { searches, journal, figures } = search(3, 24)
    const [found] = searches
    expect(found).toMatchObject({ actor: 'ada' })
    expect(found!.log.map(({ round }) => round)).toEqual(Array.from({ length: 24 }, (_, i) => i))
    expect(new Set(found!.log.map(({ strategy }) => strategy)).size).toBeGreaterThan(5)
    expect(found!.worst.factor).toBe(Math.max(...found!.log.map(({ factor }) => factor)))
    expect(found!.worst.harmWei).toBeGreaterThan(0n)
    // The same seed finds the same; what it looked for is no part of the run itself.
    expect(search(3, 24).searches).toEqual(searches)
    expect(search(4, 24).searches).not.toEqual(searches)
    expect(figures).toMatchObject({ honestLosses: 0, claims: { falseFinals: 0 } })
    const { strategy, role, options } = found!.worst
    const again = play(
      [sam, vera, { ...actor('ada', role, strategy, options), fundsWei: String(10n * ETHER) }],
      {},
      3,
    )
    expect(again.journal.map((entry) => entry.kind)).toEqual(journal.map((entry) => entry.kind))
  })
})
