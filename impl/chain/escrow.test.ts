import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER, SERVER, START, setTable } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import {
  type Cast,
  casts,
  deployAlphabet,
  deployments,
  type Game,
  instanceOf,
  PLAYERS,
  playGame,
} from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { rejectionOf } from './contractInterface.ts'
import { deployRecipient } from './recipient.fixture.ts'
import { type Attempt, nameOf, specVerdict } from './verdict.fixture.ts'

const GAMES = 8

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

interface Ledger {
  readonly deposited: bigint
  readonly paid: bigint
}

/** Plays a game on a fresh chain. @returns the contract, and what the accounts paid in and got out, by their balances */
const playOnChain = async ({ table, steps }: Game): Promise<{ contract: Address; ledger: Ledger }> => {
  await chain.rewind()
  const contract = await deployAlphabet(chain, table)
  let [deposited, paid] = [0n, 0n]
  for (const { intent, context, before } of steps) {
    const balance = await chain.provider.getBalance(context.sender)
    const sent = await chain.submit(contract, { call: intent.call, context, state: before })
    expect(sent.outcome).toBe('accepted')
    const gained = (await chain.provider.getBalance(context.sender)) - balance + sent.gasWei
    if (gained < 0n) deposited -= gained
    else paid += gained
    // ESCROW-1 on the chain: what was paid in is there or has been paid out, at every moment.
    expect(await chain.provider.getBalance(contract)).toBe(deposited - paid)
  }
  return { contract, ledger: { deposited, paid } }
}

const totalCredits = (state: ServiceState): bigint =>
  [...state.credits.values()].reduce((sum, wei) => sum + wei, 0n)

/** Every call of a game, and a way to decide or open everything in it once more. */
const everythingAgain = (steps: readonly Step[], state: ServiceState, now: number): readonly Attempt[] => {
  const again = steps.map(({ intent, context }) => ({ call: intent.call, context: { ...context, now } }))
  const decisions: readonly Call[] = [
    ...[...state.tasks.keys()].map((taskId): Call => ({ kind: 'Expire', taskId })),
    ...[...state.claims.keys()].map((claimId): Call => ({ kind: 'Finalize', claimId })),
    ...[...state.disputes.keys()].map((disputeId): Call => ({ kind: 'Timeout', disputeId })),
    { kind: 'Withdraw' },
  ]
  const accounts = [...PLAYERS, OUTSIDER]
  const others = decisions.flatMap((call) =>
    accounts.map((sender) => ({ call, context: { sender, valueWei: 0n, now } })),
  )
  return [...again, ...others].map((attempt) => ({ ...attempt, state }))
}

/** A disputed claim, won by its server in time for the window to be open still, or by its challenger. */
const decided = (honest: Cast['honest']): Game => {
  return playGame(instanceOf(3), {
    honest,
    opponent: 'liar',
    lie: [1, 2, 3],
    seed: 0,
    silentAfter: undefined,
  })
}

describe('escrow', () => {
  // Rationale: a contract that pays a deposit twice pays the second time with somebody else's.
  test('IMPL-4 deposits are in the contract or paid out, each once, and what is over stays over', async () => {
    await fc.assert(
      fc.asyncProperty(deployments, casts, async (instance, cast) => {
        const game = playGame(instance, cast)
        const { contract, ledger } = await playOnChain(game)
        const { state } = game.steps.at(-1)!.applied
        // All have taken what is theirs: what is left is burned, and no call brings it out.
        expect(ledger.deposited - ledger.paid).toBe(state.burnedWei + totalCredits(state))
        const now = game.steps.at(-1)!.context.now + 1_000_000
        const attempts = everythingAgain(game.steps, state, now)
        const verdicts = await chain.verdicts(contract, attempts)
        expect(verdicts).toEqual(attempts.map(specVerdict))
        expect(verdicts.filter((verdict) => verdict.startsWith('accepted'))).toEqual([])
        // The same through transactions: they are mined, fail, and leave everything as it was.
        for (const [index, attempt] of attempts.entries()) {
          if (index % 7 !== 0) continue
          const later = { ...attempt, context: { ...attempt.context, now: now + index } }
          expect((await chain.submit(contract, later)).outcome).toBe(nameOf(specVerdict(later)))
        }
        const start = initialService(state.parameters)
        expect(await chain.storageFault(contract, start, state)).toBeUndefined()
        expect(await chain.provider.getBalance(contract)).toBe(ledger.deposited - ledger.paid)
      }),
      { numRuns: GAMES, endOnFailure: true },
    )
  })

  // Rationale: between verdict and finality much is still open; the decided part of it must not be.
  test.each(['server', 'verifier'] as const)(
    'IMPL-4 once the %s has won, the dispute is over though its task is not',
    async (honest) => {
      const game = decided(honest)
      const last = game.steps.findIndex(
        ({ applied }) => [...applied.state.disputes.values()][0]?.kind === 'Decided',
      )
      const steps = game.steps.slice(0, last + 1)
      const { contract } = await playOnChain({ ...game, steps })
      const { context, applied } = steps.at(-1)!
      const attempts = everythingAgain(steps, applied.state, context.now + 1)
      const verdicts = await chain.verdicts(contract, attempts)
      expect(verdicts).toEqual(attempts.map(specVerdict))
      const byKind = (kind: Call['kind']) =>
        new Set(verdicts.filter((_, i) => attempts[i]!.call.kind === kind).map(nameOf))
      expect(byKind('Move')).toEqual(new Set(['DisputeOver']))
      expect(byKind('Timeout')).toEqual(new Set(['DisputeOver']))
      expect(byKind('Open')).toEqual(new Set([honest === 'server' ? 'DisputeExists' : 'ClaimNotOpen']))
      expect(byKind('Finalize')).toEqual(new Set([honest === 'server' ? 'WindowNotOver' : 'ClaimNotOpen']))
      expect(byKind('Claim')).toEqual(new Set(['ClaimExists']))
    },
  )
})

describe('an account of code', () => {
  /** A service on which such an account has its fee back to withdraw: its task expired. */
  const withCredit = async () => {
    await chain.rewind()
    const table = setTable(decided('server').table.instance)
    const contract = await deployAlphabet(chain, table)
    const recipient = await deployRecipient(chain)
    let { state } = table
    const calls = async (call: Call, valueWei: bigint, now: number) => {
      const outcome = applyCall(state, call, { sender: recipient.address, valueWei, now })
      const sent = await recipient.submit(contract, state, call, { sender: OUTSIDER, valueWei, now })
      expect(sent.outcome).toBe(outcome.ok ? 'accepted' : outcome.rejection.reason)
      if (outcome.ok) ({ state } = outcome.value)
      return sent.outcome
    }
    const { request } = table.requester
    await calls(request, 77n, START)
    const [taskId] = [...state.tasks.keys()]
    await calls({ kind: 'Expire', taskId: taskId! }, 0n, request.deadline + 1)
    // Somebody else's money: what a second payout would be paid with.
    const other = { call: { ...request, deadline: request.deadline + 5000 }, state }
    const context = { sender: SERVER, valueWei: 300n, now: request.deadline + 2 }
    expect((await chain.submit(contract, { ...other, context })).outcome).toBe('accepted')
    const withdraw = (now: number) =>
      recipient.submit(contract, state, { kind: 'Withdraw' }, { sender: OUTSIDER, valueWei: 0n, now })
    const balances = async () => ({
      contract: await chain.provider.getBalance(contract),
      recipient: await chain.provider.getBalance(recipient.address),
    })
    return { recipient, withdraw, balances, later: request.deadline + 100 }
  }

  // Rationale: from inside its payout a thief calls again, before anything could have been written down after it.
  test('IMPL-5 one that calls back from its payout is paid once', async () => {
    const { recipient, withdraw, balances, later } = await withCredit()
    await recipient.behave('reenters')
    expect(await balances()).toEqual({ contract: 377n, recipient: 0n })
    expect((await withdraw(later)).outcome).toBe('accepted')
    expect(await balances()).toEqual({ contract: 300n, recipient: 77n })
    const { done, data } = await recipient.reentry()
    expect(done).toBe(false)
    expect(rejectionOf(data)).toBe('NothingToWithdraw')
    expect((await withdraw(later + 1)).outcome).toBe('NothingToWithdraw')
  })

  // Rationale: a wallet whose code throws must neither lose its money nor hold up anybody else's.
  test('IMPL-5 one that refuses its payout loses nothing', async () => {
    const { recipient, withdraw, balances, later } = await withCredit()
    await recipient.behave('refuses')
    expect((await withdraw(later)).outcome).toBe('PayoutRefused')
    expect(await balances()).toEqual({ contract: 377n, recipient: 0n })
    await recipient.behave('takes')
    expect((await withdraw(later + 100)).outcome).toBe('accepted')
    expect(await balances()).toEqual({ contract: 300n, recipient: 77n })
  })
})
