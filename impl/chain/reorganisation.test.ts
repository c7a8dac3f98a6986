import { JsonRpcProvider, toQuantity } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { type Cast, deployAlphabet, type Game, instanceOf, PLAYERS, playGame } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { ChainFollower, FollowerMismatch } from './follower.ts'
import { runningWord } from './packed.ts'

const INSTANCE = instanceOf(3, 5)

/** Two false claims, disputed side by side. */
const CAST: Cast = {
  honest: 'verifier',
  opponent: 'liar',
  lie: [2, 4, 3],
  seed: 0,
  silentAfter: undefined,
  rival: [1, 2, 5],
}

const GAME: Game = playGame(INSTANCE, CAST)

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

/** What stands in one block: a call as somebody made it in a step, or nothing. */
interface Slot {
  readonly step?: Step
  readonly sender?: Address
  readonly time: Seconds
}

/** What comes in place of the blocks of some steps. */
const REPLACEMENTS = {
  dropped: (steps) => steps.map(({ context }) => ({ time: context.now })),
  moved: (steps) => [
    { time: steps[0]!.context.now },
    ...steps.map((step) => ({ step, time: step.context.now + 1 })),
  ],
  doubled: (steps) =>
    steps.flatMap((step) => [0, 1].map((late) => ({ step, time: step.context.now + late }))),
  copied: (steps) =>
    steps.flatMap((step) => [
      { step, sender: OUTSIDER, time: step.context.now },
      { step, time: step.context.now + 1 },
    ]),
  swapped: (steps) => steps.toReversed().map((step, i) => ({ step, time: steps[i]!.context.now })),
  missing: (steps) => steps.slice(1).map((step) => ({ step, time: step.context.now })),
  shortened: () => [],
} as const satisfies Record<string, (steps: readonly Step[]) => readonly Slot[]>

type Replacement = keyof typeof REPLACEMENTS

const contextOf = ({ step, sender, time }: Slot & { step: Step }): Context => ({
  ...step.context,
  sender: sender ?? step.context.sender,
  now: time,
})

/**
 * A move is bound to how its dispute stands on the chain, clocks included; where it comes behind other times than it
 * was made for it is refused, and must be made anew.
 */
const isStale = ({ intent: { call }, before }: Step, state: ServiceState): boolean => {
  if (call.kind !== 'Move') return false
  const [made, found] = [before, state].map(({ disputes }) => disputes.get(call.disputeId))
  return made?.kind === 'Running' && found?.kind === 'Running' && runningWord(made) !== runningWord(found)
}

/** What the contract makes of blocks. */
const specState = (start: ServiceState, slots: readonly Slot[]): ServiceState =>
  slots.reduce((state, { step, ...slot }) => {
    if (step === undefined || isStale(step, state)) return state
    const result = applyCall(state, step.intent.call, contextOf({ step, ...slot }))
    return result.ok ? result.value.state : state
  }, start)

const mine = async (contract: Address, { step, ...slot }: Slot): Promise<void> => {
  if (step !== undefined) {
    const context = contextOf({ step, ...slot })
    await chain.submit(contract, { call: step.intent.call, context, state: step.before })
    return
  }
  await chain.provider.send('evm_setNextBlockTimestamp', [toQuantity(slot.time)])
  await chain.provider.send('evm_mine', [])
}

/** A deployment that is followed, and the steps of a game that are put on its chain and taken off again. */
const stage = async () => {
  await chain.rewind()
  const contract = await deployAlphabet(chain, GAME.table)
  const origin = await chain.provider.getBlockNumber()
  const follow = (): ChainFollower => new ChainFollower(chain.provider, contract, GAME.table.state, origin)
  const snapshot = (): Promise<string> => chain.provider.send('evm_snapshot', [])
  /** Snapshots of the chain before each step. */
  const before: string[] = []
  return {
    contract,
    origin,
    follow,
    play: async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        before[i] = await snapshot()
        const { context } = GAME.steps[i]!
        await mine(contract, { step: GAME.steps[i]!, time: context.now })
      }
    },
    back: async (to: number) => {
      await chain.provider.send('evm_revert', [before[to]])
      // A snapshot is gone once it has been gone back to.
      before[to] = await snapshot()
    },
  }
}

const stateAfter = (count: number): ServiceState =>
  count === 0 ? GAME.table.state : GAME.steps[count - 1]!.applied.state

/** The follower is where one that starts now is, and both are where the specification is. */
const expectSynced = async (
  follower: ChainFollower,
  fresh: ChainFollower,
  state: ServiceState,
): Promise<void> => {
  await follower.sync()
  await fresh.sync()
  expect(follower.state).toEqual(fresh.state)
  expect(follower.state).toEqual(state)
}

const DEPTHS = [1, 2, 3, 5]

describe('a chain whose blocks are replaced', () => {
  // Rationale: a follower that believes in a claim that is gone finalizes it in vain, and one that misses a claim lets
  // a false one become final. Replaced blocks may bring the same calls, others, fewer, or the same at another time.
  test('REORG-1 at each point of a dispute, whatever comes in place of its last calls, the follower is where a fresh one is', async () => {
    const { contract, follow, play, back } = await stage()
    const follower = follow()
    const seen = new Set<string>()
    for (let end = 1; end <= GAME.steps.length; end++) {
      await play(end - 1, end)
      await follower.sync()
      for (const round of [0, 1]) {
        const kinds = Object.keys(REPLACEMENTS) as Replacement[]
        const replacement = kinds[(2 * end + round) % kinds.length]!
        const depth = Math.min(end, DEPTHS[(end + round) % DEPTHS.length]!)
        const slots = REPLACEMENTS[replacement](GAME.steps.slice(end - depth, end))
        await back(end - depth)
        for (const slot of slots) await mine(contract, slot)
        const state = specState(stateAfter(end - depth), slots)
        await expectSynced(follower, follow(), state)
        if (state !== stateAfter(end)) seen.add(`${replacement} ${depth}`)
        await back(end - depth)
        await play(end - depth, end)
        await follower.sync()
        expect(follower.state).toEqual(stateAfter(end))
      }
    }
    expect(seen.size).toBeGreaterThan(15)
  })

  // Rationale: whoever looks at the height alone sees nothing new, and believes in a claim that is gone.
  test('REORG-2 a chain of the same height with another claim is followed', async () => {
    const { contract, follow, play, back } = await stage()
    const isClaim = (step: Step) => step.intent.call.kind === 'Claim'
    const [first, second] = GAME.steps.flatMap((step, i) => (isClaim(step) ? [i] : [])) as [number, number]
    const follower = follow()
    await play(0, first + 1)
    await follower.sync()
    const height = await chain.provider.getBlockNumber()
    await back(first)
    const slot = { step: GAME.steps[second]!, time: GAME.steps[first]!.context.now }
    await mine(contract, slot)
    expect(await chain.provider.getBlockNumber()).toBe(height)
    const state = specState(stateAfter(first), [slot])
    await expectSynced(follower, follow(), state)
    expect([...follower.state.claims.keys()]).not.toEqual([...stateAfter(first + 1).claims.keys()])
  })

  test.each([64, 65, 130])('REORG-3 %i blocks are replaced, however many states are kept', async (depth) => {
    const { follow, play, back } = await stage()
    const follower = follow()
    const [half, whole] = [Math.floor(GAME.steps.length / 2), GAME.steps.length]
    await play(0, half)
    await follower.sync()
    const wait = async (blocks: number): Promise<void> => {
      await chain.provider.send('anvil_mine', [toQuantity(blocks), '0x1'])
    }
    await play(half, half + 1)
    await wait(depth - 1)
    await expectSynced(follower, follow(), stateAfter(half + 1))
    await back(half)
    await wait(depth)
    await expectSynced(follower, follow(), stateAfter(half))
    await back(half)
    await play(half, whole)
    await expectSynced(follower, follow(), stateAfter(whole))
  })

  test('REORG-4 a chain that anvil itself reorganises is followed', async () => {
    const { follow, play } = await stage()
    const follower = follow()
    await play(0, 5)
    await follower.sync()
    await chain.provider.send('anvil_reorg', [3, []])
    await expectSynced(follower, follow(), stateAfter(2))
  })

  test('REORG-5 without the deployment the follower says so, and goes on once it is back', async () => {
    await chain.rewind()
    const empty = await chain.provider.send('evm_snapshot', [])
    const contract = await deployAlphabet(chain, GAME.table)
    const block = await chain.provider.getBlockNumber()
    const follower = new ChainFollower(chain.provider, contract, GAME.table.state, block)
    const [request] = GAME.steps as [Step]
    await mine(contract, { step: request, time: request.context.now })
    await follower.sync()
    await chain.provider.send('evm_revert', [empty])
    await expect(follower.sync()).rejects.toThrow(FollowerMismatch)
    await expect(follower.sync()).rejects.toThrow(`the chain ends before block ${block}`)
    await chain.provider.send('anvil_mine', [toQuantity(block + 5)])
    await expect(follower.sync()).rejects.toThrow(`there is no contract at ${contract}`)
    expect(follower.state).toEqual(stateAfter(1))
    await chain.rewind()
    expect(await deployAlphabet(chain, GAME.table)).toBe(contract)
    await follower.sync()
    expect(follower.state).toEqual(stateAfter(0))
  })
})

/** A connection on which something happens before the n-th of its requests. */
class Interrupted extends JsonRpcProvider {
  requests = 0
  private readonly at: number
  private readonly happen: () => Promise<void>

  constructor(url: string, at: number, happen: () => Promise<void>) {
    super(url, 31_337, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 })
    this.at = at
    this.happen = happen
  }

  override async send(method: string, params: unknown[]): Promise<unknown> {
    if (this.requests++ === this.at) await this.happen()
    return super.send(method, params)
  }
}

describe('a chain that goes on while it is read', () => {
  /** Syncs a follower, and lets something happen before each of its requests in turn. @returns how many there are */
  const syncWhile = async (
    happen: (on: Awaited<ReturnType<typeof stage>>, at: number) => Promise<void>,
    states: readonly ServiceState[],
  ): Promise<number> => {
    const on = await stage()
    await on.play(0, 5)
    for (let at = 0; ; at++) {
      // Whatever happened to the last blocks is put back.
      await on.back(3)
      await on.play(3, 5)
      const provider = new Interrupted(chain.url, at, () => happen(on, 5))
      try {
        const follower = new ChainFollower(provider, on.contract, GAME.table.state, on.origin)
        await follower.sync()
        if (provider.requests <= at) return at
        expect(states).toContainEqual(follower.state)
        await expectSynced(follower, on.follow(), states.at(-1)!)
      } finally {
        provider.destroy()
      }
    }
  }

  // Rationale: a block that comes between the folding and the reading is no difference between contract and fold.
  test('REORG-6 a block that comes between any two requests is no false alarm', async () => {
    const requests = await syncWhile((on, at) => on.play(at, at + 1), [stateAfter(5), stateAfter(6)])
    expect(requests).toBeGreaterThan(15)
  })

  test('REORG-7 blocks that are replaced between any two requests are no false alarm', async () => {
    const slots = REPLACEMENTS.dropped(GAME.steps.slice(3, 5))
    const requests = await syncWhile(
      async (on) => {
        await on.back(3)
        for (const slot of slots) await mine(on.contract, slot)
      },
      [stateAfter(5), stateAfter(3)],
    )
    expect(requests).toBeGreaterThan(15)
  })
})
