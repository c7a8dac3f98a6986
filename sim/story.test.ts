import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callName } from '../spec/service/calls.ts'
import { ROOT } from './command.fixture.ts'
import { playVariant } from './scenarios.fixture.ts'

const ETHER = 10n ** 18n

const playShipped = (name: string) => playVariant(join(ROOT, 'scenarios', `${name}.yaml`), 'model')

type Played = Awaited<ReturnType<typeof playShipped>>

const callsOf = ({ story }: Played, actor: string): readonly string[] =>
  story.journal
    .filter((entry) => entry.actor === actor)
    .map(({ call, outcome }) => (outcome === 'accepted' ? callName(call) : `${callName(call)}: ${outcome}`))

/** What an account gained, gas aside. */
const gain = ({ story }: Played, actor: string): bigint => {
  const { before, after } = story.balances.find(({ name }) => name === actor)!
  return after - before
}

describe('a story', () => {
  // Rationale: a strategy that cannot act would send the same call at every block, for as long as a story may be.
  test('STORY-1 a call that was refused is not made again before anything has changed', async () => {
    const played = await playShipped('toy-wrong-length')
    expect(callsOf(played, 'sam')).toEqual(['claim: OutputLengthInvalid'])
    expect(callsOf(played, 'requester')).toEqual(['request', 'expire', 'withdraw'])
  })

  // Rationale: what attention is for: who looked is paid, and has its stake back.
  test('STORY-2 a watcher stakes before the round, answers in time, is paid and has its stake back', async () => {
    const played = await playShipped('toy-attention')
    expect(callsOf(played, 'vera')).toEqual([
      ...['enroll', 'closeRound', 'recordRound', 'attend', 'reward', 'withdraw'],
      ...['retire', 'unstake', 'withdraw'],
    ])
    expect(callsOf(played, 'sam')).toEqual(['seal', 'reveal', 'finalize', 'withdraw'])
    const { minFeeWei } = played.start.parameters.attention!
    expect([gain(played, 'vera'), gain(played, 'sam')]).toEqual([minFeeWei, ETHER / 100n - minFeeWei])
  })

  test('STORY-3 one that sleeps loses its stake, which nobody gets', async () => {
    const played = await playShipped('toy-sleeping-watcher')
    expect(callsOf(played, 'requester')).toContain('slash')
    const { stakeWei, minFeeWei } = played.start.parameters.attention!
    expect(gain(played, 'dora')).toBe(-stakeWei)
    const gains = ['sam', 'dora', 'requester'].map((actor) => gain(played, actor))
    expect(gains.reduce((sum, wei) => sum + wei, 0n)).toBe(-stakeWei - minFeeWei)
  })

  // Rationale: an answer is given before the claim is known; a watcher that found another result disputes it afterwards.
  test('STORY-4 a lie that was sealed is disputed by the watcher once it is shown', async () => {
    const played = await playShipped('toy-sealed-lie')
    const calls = callsOf(played, 'vera')
    expect(calls.slice(0, 5)).toEqual(['enroll', 'closeRound', 'recordRound', 'attend', 'open'])
    expect(gain(played, 'vera')).toBeGreaterThan(0n)
    expect(gain(played, 'sam')).toBe(-played.start.parameters.claimBondWei)
  })
})
