import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  OUTSIDER,
  REQUESTER,
  START,
  setTable,
  type Table,
} from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { littleEndian } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import { registerRules } from '../../spec/service/registry.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import { requesterFor } from '../../spec/strategies/parties.ts'
import { modelId } from '../../spec/tower/model.ts'
import {
  type Cast,
  deployAlphabet,
  type Game,
  instanceOf,
  PLAYERS,
  playGame,
  playTable,
} from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { connect } from './connection.ts'
import { deployOpml } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { ChainFollower } from './follower.ts'
import { disputeOf, mnistRuns } from './mnist.fixture.ts'

const INSTANCE = instanceOf(3)

/** Its task is answered by false claims alone, and expires. */
const CAST: Cast = {
  honest: 'verifier',
  opponent: 'liar',
  lie: [2, 3],
  seed: 0,
  silentAfter: undefined,
  rival: [1, 2],
  second: [1, 1],
}

/** Beside it: a server that is right, and one that runs out of time. */
const CASTS: readonly Cast[] = [
  CAST,
  { honest: 'server', opponent: 'liar', lie: [1, 4], seed: 0, silentAfter: undefined },
  { honest: 'verifier', opponent: 'liar', lie: [1, 4], seed: 0, silentAfter: 0 },
]

/** Tasks that one stranger leaves open. */
const FLOOD = 800

const STRANGE_MODEL = `0x${'5e'.repeat(32)}` as Id

/** The same tower under another id, beside the first. */
const strangeTable = (): Table => {
  const table = setTable(INSTANCE)
  const both = registerRules(table.state, STRANGE_MODEL, table.rules)
  if (!both.ok) throw new Error(both.rejection.reason)
  const asked = {
    nonce: 0,
    modelId: STRANGE_MODEL,
    iterations: 0,
    attentionWei: 0n,
    feeWei: 100n,
    deadline: START + 50_000,
  }
  const requester = requesterFor(REQUESTER, asked, littleEndian(INSTANCE.seed, 8))
  return { ...table, state: both.value.state, requester, task: requester.task }
}

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

const submit = (contract: Address, { intent, context, before }: Step, later = 0) =>
  chain.submit(contract, {
    call: intent.call,
    context: { ...context, now: context.now + later },
    state: before,
  })

const followerOf = async (contract: Address, start: ServiceState): Promise<ChainFollower> =>
  new ChainFollower(chain.provider, contract, start, await chain.provider.getBlockNumber())

/** How a dispute or a task can end, so that a suite can say what it reached. */
const endsOf = ({ steps }: Game): readonly string[] => {
  const { tasks, claims, disputes } = steps.at(-1)!.applied.state
  return [
    ...[...tasks.values()].map(({ kind }) => `task ${kind}`),
    ...[...claims.values()].map(({ kind }) => `claim ${kind}`),
    ...[...disputes.values()].map((entry) => (entry.kind === 'Decided' ? `by ${entry.by}` : entry.kind)),
    ...steps.map(({ intent }) => intent.call.kind),
  ]
}

describe('what strangers do', () => {
  // Rationale: anybody may register a model and play on it; whoever follows another model must not stop for that.
  test('STRANGER-1 whole tasks and disputes on models that are not held leave the follower as it was', async () => {
    const reached = new Set<string>()
    for (const cast of CASTS) {
      const game = playTable(strangeTable(), cast)
      const start = setTable(INSTANCE).state
      await chain.rewind()
      const contract = await deployAlphabet(chain, game.table)
      const follower = await followerOf(contract, start)
      for (const step of game.steps) {
        expect((await submit(contract, step)).outcome).toBe('accepted')
        await follower.sync()
        expect(follower.state).toEqual({ ...start, credits: follower.state.credits })
        for (const wei of follower.state.credits.values()) expect(wei).toBe(0n)
      }
      for (const end of endsOf(game)) reached.add(end)
    }
    const ends = [
      'task Expired',
      'task Settled',
      'claim Final',
      'claim Refuted',
      'by arbitration',
      'by timeout',
    ]
    const calls = ['Request', 'Claim', 'Open', 'Move', 'Timeout', 'Finalize', 'Expire', 'Withdraw']
    expect([...ends, ...calls].filter((end) => !reached.has(end))).toEqual([])
  })

  // Rationale: the same accounts may play on both, and draw what both have brought them.
  test('STRANGER-2 a task of ours is followed exactly, whatever strangers do beside it', async () => {
    const ours = playGame(INSTANCE, CAST)
    const theirs = playTable(strangeTable(), CAST)
    const start = ours.table.state
    await chain.rewind()
    const contract = await deployAlphabet(chain, theirs.table)
    const follower = await followerOf(contract, start)
    for (const [index, step] of ours.steps.entries()) {
      await submit(contract, step)
      await follower.sync()
      const { tasks, claims, disputes } = step.applied.state
      expect(follower.state).toMatchObject({ tasks, claims, disputes })
      const strange = theirs.steps[index]
      if (strange !== undefined) await submit(contract, strange, 5)
      await follower.sync()
      expect(follower.state).toMatchObject({ tasks, claims, disputes })
    }
  })

  // Rationale: a verifier may come to hold a model that was registered after it began to follow.
  test('STRANGER-3 programs and models are learned from the logs, and what is done on them is followed', async () => {
    const runs = mnistRuns(['graph', 'vm'])
    const steps = disputeOf(runs, runs.withElement(4, 0, 1), runs.honest())
    const { parameters } = steps[0]!.before
    await chain.rewind()
    const { service, registry } = await deployOpml(await chain.provider.getSigner(0), parameters)
    const empty = initialService(parameters)
    const follower = await followerOf(service, empty)
    for (const [index, call] of registrationOf(runs.model).entries()) {
      const context = { sender: OUTSIDER, valueWei: 0n, now: START - 20 + index }
      await chain.submit(registry, { call, context, state: empty })
    }
    await follower.sync()
    expect([...follower.state.models.keys()]).toEqual([modelId(runs.model)])
    expect(follower.state.programs).toEqual(steps[0]!.before.programs)
    for (const step of steps) {
      expect((await submit(service, step)).outcome).toBe('accepted')
      await follower.sync()
      expect(stateHash(follower.state)).toBe(stateHash(step.applied.state))
    }
  })

  test('STRANGER-4 what is not understood about our own names block, transaction and reason', async () => {
    const game = playGame(INSTANCE, CAST)
    await chain.rewind()
    const contract = await deployAlphabet(chain, game.table)
    const [request, claim] = game.steps as [Step, Step]
    await submit(contract, request)
    const follower = await followerOf(contract, game.table.state)
    const { transactionHash } = await submit(contract, claim)
    const block = (await chain.provider.getBlock('latest'))!
    const reason = `a claim on task ${game.table.task}, which the fold lacks`
    await expect(follower.sync()).rejects.toThrow(
      `block ${block.number} (${block.hash}), transaction ${transactionHash}: ${reason}`,
    )
  })

  // Rationale: an open task costs a stranger a few cents, and whoever reads all of them at each block falls behind.
  test('STRANGER-5 however many tasks strangers leave open, a block costs a bounded number of requests', async () => {
    const { table, steps } = playGame(INSTANCE, CAST)
    const [request, claim] = steps as [Step, Step]
    if (request.intent.call.kind !== 'Request') throw new Error('the first call is the request')
    await chain.rewind()
    const contract = await deployAlphabet(chain, table)
    const provider = await connect(chain.url)
    const follower = new ChainFollower(provider, contract, table.state, await provider.getBlockNumber())
    const requests = async (): Promise<number> => {
      let sent = 0
      const count = ({ action, payload }: { action: string; payload?: unknown }): void => {
        if (action === 'sendRpcPayload') sent += [payload].flat().length
      }
      await provider.on('debug', count)
      await follower.sync()
      await provider.off('debug', count)
      return sent
    }
    await chain.provider.send('evm_setAutomine', [false])
    const { call } = request.intent
    const flood = Array.from({ length: FLOOD }, (_, nonce) => ({
      from: OUTSIDER,
      to: contract,
      data: encodeCall({ ...call, nonce }, table.state),
      gas: '0x30000',
    }))
    for (const transaction of flood) await chain.provider.send('eth_sendTransaction', [transaction])
    while ((await chain.provider.send('txpool_status', [])).pending !== '0x0')
      await chain.provider.send('evm_mine', [])
    await chain.provider.send('evm_setAutomine', [true])
    await requests()
    expect(follower.state.tasks.size).toBe(FLOOD)
    const now = (await chain.provider.getBlock('latest'))!.timestamp + 12
    for (const [index, step] of [request, claim].entries())
      await submit(contract, { ...step, context: { ...step.context, now: now + 12 * index } })
    expect(await requests()).toBeLessThan(FLOOD)
    expect(follower.state.tasks.size).toBe(FLOOD + 1)
    expect(follower.state.claims.size).toBe(1)
    provider.destroy()
  })
})
