import { afterAll, beforeAll, expect, test } from 'vitest'
import { OUTSIDER, REQUESTER, START } from '../../spec/checks/properties/alphabetGame.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { deadlines } from '../../spec/strategies/sight.ts'
import type { DuetChain } from './duet.fixture.ts'
import { startTableChain, stepsOf, TABLE } from './tableOnChain.fixture.ts'

/** Times are where one party's money becomes another's: each is held against the specification at the seconds on both sides of it. */

let chain: DuetChain
let contract: Address
beforeAll(async () => {
  const started = await startTableChain()
  chain = started.chain
  contract = started.contract
})
afterAll(() => chain?.stop())

/** Whether what a call speaks of is there: callers bring it along. */
const isThere = (call: Call, { tasks, claims, seals, disputes }: ServiceState): boolean =>
  (!('taskId' in call) || tasks.has(call.taskId)) &&
  (!('claimId' in call) || claims.has(call.claimId)) &&
  (!('sealId' in call) || seals.has(call.sealId)) &&
  (!('disputeId' in call) || disputes.has(call.disputeId))

/** The seconds to come around each that decides: the one before it, the last in which a call is or is not possible, the next. */
const boundaries = (state: ServiceState, now: Seconds): readonly Seconds[] => {
  const seconds = deadlines(state, TABLE.task).flatMap((second) => [second - 1, second, second + 1])
  return [...new Set(seconds)].filter((second) => second > now)
}

test.each([
  ['disputed, beside an honest sealed claim', true, true],
  ['that nobody disputes', false, false],
] as const)(
  'IMPL-16 a lie %s: on both sides of every second that decides, contract and spec say the same of every call',
  async (_, isDisputed, isSealed) => {
    const duet = await chain.begin(contract, TABLE.state, START)
    const made = stepsOf({ isDisputed, isSealed, liarMoves: 1 })
    const calls = [
      ...made.map(({ intent: { call, valueWei }, context: { sender } }) => ({ call, sender, valueWei })),
      { call: { kind: 'Expire', taskId: TABLE.task } as const, sender: REQUESTER, valueWei: 0n },
    ]
    /** By call: what came of it at boundaries. */
    const came = new Map<string, Set<boolean>>()
    for (const { intent, context, before } of made) {
      const forfeits = [...before.seals.keys()].map((sealId) => ({
        call: { kind: 'Forfeit', sealId } as const,
        sender: OUTSIDER,
        valueWei: 0n,
      }))
      const there = [...calls, ...forfeits].filter(({ call }) => isThere(call, before))
      for (const now of boundaries(before, duet.now)) {
        // Throws where the two differ.
        const outcomes = await duet.compare(there.map((each) => ({ ...each, now })))
        for (const [index, { call }] of there.entries())
          came.set(call.kind, (came.get(call.kind) ?? new Set()).add(outcomes[index] === 'accepted'))
      }
      duet.passTo(context.now)
      expect(
        await duet.make({
          call: intent.call,
          sender: context.sender,
          valueWei: intent.valueWei,
          now: context.now,
        }),
      ).toBeUndefined()
    }
    const both = [...came].filter(([, outcomes]) => outcomes.size === 2).map(([kind]) => kind)
    expect(both).toEqual(
      expect.arrayContaining(
        isDisputed ? ['Open', 'Move', 'Timeout', 'Reveal', 'Forfeit'] : ['Finalize', 'Expire'],
      ),
    )
  },
)
