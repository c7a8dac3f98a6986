import { describe, expect, test } from 'vitest'
import { actor, play } from './played.fixture.ts'

const ETHER = 10n ** 18n

const sam = actor('sam', 'server', 'honest')
const vera = actor('vera', 'verifier', 'honest')
const bob = actor('bob', 'server', 'wrong-anywhere')

const endsOf = (run: ReturnType<typeof play>, name: string) => run.claimsOf(name).map(({ kind }) => kind)

describe('servers', () => {
  test('STRATEGY-1 each server that lies loses its claim to one honest verifier, and who tells the truth keeps its own', () => {
    for (const [strategy, options, end] of [
      ['honest', {}, 'Final'],
      ['honest', { sealed: true }, 'Final'],
      ['late', { afterSeconds: 1000 }, 'Final'],
      ['withholder', {}, 'Final'],
      ['wrong-anywhere', { continuation: 'consistent' }, 'Refuted'],
      ['wrong-anywhere', { continuation: 'garbage' }, 'Refuted'],
      ['silent', { after: 1 }, 'Refuted'],
      ['cheat', { probability: 1 }, 'Refuted'],
      ['cheat', { probability: 0 }, 'Final'],
      ['cheat', { beliefs: { checks: 0 } }, 'Refuted'],
      ['cheat', { beliefs: { checks: 1 } }, 'Final'],
      ['lazy', {}, 'Refuted'],
    ] as const) {
      const run = play([actor('bob', 'server', strategy, options), vera])
      expect([strategy, options, endsOf(run, 'bob'), run.figures.honestLosses]).toEqual([
        strategy,
        options,
        [end],
        0,
      ])
    }
  })

  test('STRATEGY-2 a withholder’s lie could be disputed by nobody else: no verifier opens against it', () => {
    expect(play([actor('bob', 'server', 'withholder'), vera]).by('vera')).toEqual([])
  })

  test('STRATEGY-3 a copier posts what another has posted, a self-refuter loses to its own second account', () => {
    const copied = play([sam, actor('cop', 'server', 'copier')])
    expect(copied.by('cop', 'Claim')[0]!.time).toBeGreaterThan(copied.by('sam', 'Claim')[0]!.time)
    expect(copied.claimsOf('cop')[0]!.claim.endRoot).toBe(copied.claimsOf('sam')[0]!.claim.endRoot)
    const refuted = play([actor('ron', 'server', 'self-refuter')])
    expect(endsOf(refuted, 'ron.a')).toEqual(['Refuted'])
    expect(refuted.by('ron.b', 'Open').map(({ outcome }) => outcome)).toEqual(['accepted'])
  })

  test('STRATEGY-4 one that is late moves as late as it says', () => {
    const [early, late] = [0, 1000].map(
      (afterSeconds) => play([actor('bob', 'server', 'late', { afterSeconds })]).by('bob', 'Claim')[0]!.time,
    )
    expect(late! - early!).toBeGreaterThanOrEqual(1000 - 12)
  })
})

describe('verifiers', () => {
  test('STRATEGY-5 who checks refutes a lie, however late within its clock; who does not lets it through', () => {
    for (const [strategy, options, end] of [
      ['honest', {}, 'Refuted'],
      ['watcher', {}, 'Refuted'],
      ['slow', { afterSeconds: 1000 }, 'Refuted'],
      ['honest', { checks: 0 }, 'Final'],
      ['lazy', {}, 'Final'],
      ['corrupted', {}, 'Final'],
      ['free-rider', {}, 'Final'],
    ] as const) {
      const change = strategy === 'watcher' ? { game: { attention: {} } } : {}
      const run = play([bob, actor('vic', 'verifier', strategy, options)], change)
      expect([strategy, options, endsOf(run, 'bob')]).toEqual([strategy, options, [end]])
    }
  })

  test('STRATEGY-6 a free rider opens behind somebody else with the same vector, and a frivolous one so many disputes', () => {
    const ridden = play([bob, vera, actor('fred', 'verifier', 'free-rider')])
    const [copy, original] = [ridden.by('fred', 'Open')[0]!, ridden.by('vera', 'Open')[0]!]
    expect(copy.time).toBeGreaterThan(original.time)
    expect((copy.call as { reply: unknown }).reply).toEqual((original.call as { reply: unknown }).reply)
    const frivolous = play([sam, actor('eve', 'verifier', 'frivolous', { disputes: 3 })])
    expect(frivolous.by('eve', 'Open').map(({ outcome }) => outcome)).toEqual(Array(3).fill('accepted'))
    expect(frivolous.figures).toMatchObject({ honestLosses: 0, claims: { refuted: 0, final: 1 } })
  })

  test('STRATEGY-7 who runs out of money does what it still can, and each refusal stands in the journal', () => {
    const run = play([sam, actor('eve', 'verifier', 'frivolous', { disputes: 4, fundsWei: String(ETHER) })])
    const opened = run.by('eve', 'Open').map(({ outcome }) => outcome)
    expect(opened).toContain('accepted')
    expect(opened).toContain('InsufficientFunds')
    expect(run.by('eve', 'Move').length).toBeGreaterThan(0)
  })
})

describe('all of them', () => {
  test('STRATEGY-8 a crowd has numbers for names, and who joins, leaves or is offline says nothing meanwhile', () => {
    const crowd = play([{ ...bob, count: 3 }, vera])
    for (const name of ['bob-1', 'bob-2', 'bob-3']) expect(endsOf(crowd, name)).toEqual(['Refuted'])
    const start = 1_900_000_000
    const late = play([{ ...sam, joins: 5000 }]).by('sam')
    for (const { time } of late) expect(time).toBeGreaterThanOrEqual(start + 5000)
    expect(late.length).toBeGreaterThan(0)
    expect(play([{ ...sam, leaves: 1 }]).by('sam')).toEqual([])
    const offline = [{ from: 0, to: 2000 }]
    for (const { time } of play([{ ...sam, offline }]).by('sam'))
      expect(time).toBeGreaterThanOrEqual(start + 2000)
  })
})
