import { JsonRpcProvider } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER, setTable } from '../../spec/checks/properties/alphabetGame.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Applied } from '../../spec/service/applied.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ClaimState, ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import { type Address, disputeId } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { type Cast, deployAlphabet, type Game, instanceOf, PLAYERS, playGame } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { ChainFollower, FollowerMismatch } from './follower.ts'
import { startProxy } from './proxy.fixture.ts'
import { deployRecipient } from './recipient.fixture.ts'

const INSTANCE = instanceOf(3, 5)

const CAST: Cast = { honest: 'verifier', opponent: 'liar', lie: [2, 4, 3], seed: 0, silentAfter: undefined }

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

/** @param start what the follower believes that the deployment came to */
const followerOf = async (contract: Address, start: ServiceState): Promise<ChainFollower> =>
  new ChainFollower(chain.provider, contract, start, await chain.provider.getBlockNumber())

const submitAll = async (contract: Address, { steps }: Game): Promise<void> => {
  for (const { intent, context, before } of steps)
    expect((await chain.submit(contract, { call: intent.call, context, state: before })).outcome).toBe(
      'accepted',
    )
}

/** Follows a whole game, call by call, from another state than the one that it started from. */
const followFrom = async (tampered: (start: ServiceState) => ServiceState): Promise<void> => {
  const game = playGame(INSTANCE, CAST)
  await chain.rewind()
  const contract = await deployAlphabet(chain, game.table)
  const follower = await followerOf(contract, tampered(game.table.state))
  for (const step of game.steps) {
    await submitAll(contract, { ...game, steps: [step] })
    await follower.sync()
  }
}

describe('follower', () => {
  test('IMPL-6 many blocks at once lead to the state that the calls led to', async () => {
    const game = playGame(INSTANCE, CAST)
    await chain.rewind()
    const contract = await deployAlphabet(chain, game.table)
    const follower = await followerOf(contract, game.table.state)
    await submitAll(contract, game)
    const end = game.steps.at(-1)!.applied.state
    await follower.sync()
    expect(stateHash(follower.state)).toBe(stateHash(end))
    await follower.sync()
    expect(stateHash(follower.state)).toBe(stateHash(end))
  })

  // Rationale: whoever wants to play unseen calls through a contract of its own; its calldata is then no call of ours.
  test('IMPL-6 a challenger that calls through another contract is followed by the logs alone', async () => {
    const game = playGame(INSTANCE, CAST)
    const { table } = game
    await chain.rewind()
    const contract = await deployAlphabet(chain, table)
    const recipient = await deployRecipient(chain)
    const follower = await followerOf(contract, table.state)
    const challenger = [...game.steps.at(-1)!.applied.state.disputes.values()][0]!.challenger
    let { state } = table
    const moves: Applied[] = []
    for (const { intent, context } of game.steps) {
      const isMasked = context.sender === challenger
      const sender = isMasked ? recipient.address : context.sender
      const call = masked(intent.call, state, recipient.address)
      const result = applyCall(state, call, { ...context, sender })
      if (!result.ok) throw new Error(result.rejection.reason)
      const sent = isMasked
        ? await recipient.submit(contract, state, call, { ...context, sender: OUTSIDER })
        : await chain.submit(contract, { call, context, state })
      expect(sent.outcome).toBe('accepted')
      ;({ state } = result.value)
      await follower.sync()
      expect(stateHash(follower.state)).toBe(stateHash(state))
      moves.push(result.value)
    }
    expect([...state.disputes.values()]).toMatchObject([
      { kind: 'Decided', challenger: recipient.address, winner: 'challenger' },
    ])
    expect(moves.reduce((paid, { paidWei }) => paid + paidWei, 0n)).toBeGreaterThan(0n)
  })

  // Rationale: a party that believes in a state that the contract does not have would move on it, and lose.
  const parameter = (change: Partial<Parameters>) => (start: ServiceState) => ({
    ...start,
    parameters: { ...start.parameters, ...change },
  })
  test.each<[string, (start: ServiceState) => ServiceState]>([
    ['another clock', parameter({ clockSeconds: 3601 })],
    ['another allowance', parameter({ descentSeconds: 601 })],
    ['another bond', parameter({ claimBondWei: 1003n })],
    ['another burned share', parameter({ burnBasisPoints: 3400 })],
    ['more money than there is', (start) => ({ ...start, balanceWei: 1n })],
    ['a credit that nobody has', (start) => ({ ...start, credits: new Map([[PLAYERS[2], 1n]]) })],
  ])('IMPL-6 a follower that starts from %s says so', async (_, tampered) => {
    await expect(followFrom(tampered)).rejects.toThrow(FollowerMismatch)
  })

  // Rationale: a node may be wrong, or lie, about what it shows; what is pending is held against what is kept.
  test('IMPL-6 a node that hides the log of a call is found out at once, and followed again once it shows it', async () => {
    const { table, steps } = playGame(INSTANCE, CAST)
    await chain.rewind()
    const contract = await deployAlphabet(chain, table)
    let hidden: string | undefined
    const proxy = await startProxy(chain.url, ([request], answer) => {
      if (request!.method !== 'eth_getLogs') return undefined
      const { result, ...rest } = JSON.parse(answer) as { result: readonly { transactionHash: string }[] }
      const shown = result.filter(({ transactionHash }) => transactionHash !== hidden)
      return { body: JSON.stringify({ ...rest, result: shown }) }
    })
    const options = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 }
    const provider = new JsonRpcProvider(proxy.url, 31_337, options)
    const block = await provider.getBlockNumber()
    const follower = new ChainFollower(provider, contract, table.state, block)
    for (const { intent, context, before, applied } of steps) {
      const { transactionHash } = await chain.submit(contract, { call: intent.call, context, state: before })
      // That nothing is known of a task which nobody shows is no difference yet.
      if (intent.call.kind !== 'Request') {
        hidden = transactionHash
        await expect(follower.sync()).rejects.toThrow(FollowerMismatch)
        hidden = undefined
      }
      await follower.sync()
      expect(follower.state).toEqual(applied.state)
    }
    provider.destroy()
    await proxy.stop()
  })

  // Rationale: a node that hides blocks shows another chain; what comes after them does not fit.
  test.each([1, 2, 3, 5])('IMPL-6 a follower that misses the first %i calls says so', async (missed) => {
    const game = playGame(INSTANCE, CAST)
    await chain.rewind()
    const contract = await deployAlphabet(chain, game.table)
    await submitAll(contract, { ...game, steps: game.steps.slice(0, missed) })
    const follower = await followerOf(contract, setTable(INSTANCE).state)
    await submitAll(contract, { ...game, steps: game.steps.slice(missed) })
    await expect(follower.sync()).rejects.toThrow(FollowerMismatch)
  })
})

/** The call as the masked challenger makes it: its dispute has another id, since it has another challenger. */
const masked = (call: Call, state: ServiceState, challenger: Address): Call => {
  if (call.kind !== 'Move' && call.kind !== 'Timeout') return call
  const [[claimId, { claim }]] = [...state.claims] as [[Id, ClaimState]]
  const { server: asserter } = claim
  return { ...call, disputeId: disputeId({ claimId, asserter, challenger, nonce: 0 }) }
}
