import { expect, test } from 'vitest'
import {
  MODEL,
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  setTable,
  VERIFIER,
} from '../checks/properties/alphabetGame.ts'
import { blockOf } from '../checks/properties/play.ts'
import type { Hash } from '../commitments/hash.ts'
import { applyCall } from '../service/apply.ts'
import type { ServiceState } from '../service/state.ts'
import type { Address } from '../service/task.ts'
import { answersEnd, roundEnd, roundOf } from '../setting/times.ts'
import { serverActs } from './parties.ts'
import type { Intent } from './sight.ts'
import { watcherActs } from './watcher.ts'

const SEALS = { answerSeconds: 100, revealSeconds: 50 }
const ATTENTION = { stakeWei: 5n, oneIn: 1, minFeeWei: 4n, payWei: 3n }

/** Rationale: an answer that comes late, twice or unasked is refused; one that does not come costs the stake. */
test('WATCHER-1 a verifier that has staked closes the round, records it, answers once in time, and is paid', () => {
  const table = setTable({
    tower: { lengths: [], lastLengths: [4], stepLimit: 4 },
    parameters: { ...parametersOf(2), seals: SEALS, attention: ATTENTION },
    seed: 7,
  })
  let block = 1
  const must = (
    state: ServiceState,
    sender: Address,
    now: number,
    intent: Intent | undefined,
  ): ServiceState => {
    if (intent === undefined) throw new Error('nothing to do')
    const { call, valueWei } = intent
    const context = { sender, valueWei, now, block: blockOf(state, block++) }
    const result = applyCall(state, call, context)
    if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
    return result.value.state
  }
  const asked = must(table.state, REQUESTER, START, { call: table.requester.request, valueWei: 100n })
  const enrolled = must(asked, VERIFIER, START, { call: { kind: 'Enroll', modelId: MODEL }, valueWei: 5n })
  const server = { ...serverOf(table), salt: `0x${'05'.repeat(32)}` as Hash }
  // The round behind that in which the verifier has staked.
  const sealedAt = START + 100
  const round = roundOf({ seals: SEALS }, sealedAt)
  const [end, last] = [roundEnd({ seals: SEALS }, round), answersEnd({ seals: SEALS }, round)]
  const sealed = must(enrolled, SERVER, sealedAt, serverActs({ state: enrolled, now: sealedAt }, server))

  const self = { address: VERIFIER, task: table.task, endRoot: server.prepared.endRoot }
  const act = (state: ServiceState, now: number, change = {}) =>
    watcherActs({ state, now, block }, { ...self, ...change })
  const kindOf = (intent: Intent | undefined) => intent?.call.kind
  expect(act(enrolled, sealedAt)).toBeUndefined()
  expect([end, end + 1, last, last + 1].map((now) => kindOf(act(sealed, now)))).toEqual([
    undefined,
    'CloseRound',
    'CloseRound',
    undefined,
  ])
  expect(watcherActs({ state: sealed, now: last }, self)).toBeUndefined()
  const closed = must(sealed, OUTSIDER, end + 1, act(sealed, end + 1))
  const { closedIn } = closed.rounds.get(round)!
  expect(watcherActs({ state: closed, now: last, block: closedIn }, self)).toBeUndefined()
  const recorded = must(closed, OUTSIDER, end + 2, act(closed, end + 2))
  expect(act(recorded, last)).toMatchObject({ call: { kind: 'Attend', taskId: table.task }, valueWei: 0n })
  expect(act(recorded, last + 1)).toBeUndefined()
  expect(act(recorded, last, { endRoot: undefined })).toBeUndefined()
  expect(act(recorded, last, { address: OUTSIDER })).toBeUndefined()
  const answered = must(recorded, VERIFIER, last, act(recorded, last))
  expect(act(answered, last)).toBeUndefined()
  const spared = {
    ...recorded,
    parameters: { ...recorded.parameters, attention: { ...ATTENTION, oneIn: 2 ** 32 - 1 } },
  }
  expect(act(spared, last)).toBeUndefined()
  // Once the claim is final, the answer is paid for, once.
  const revealed = must(answered, SERVER, last + 1, serverActs({ state: answered, now: last + 1 }, server))
  expect(act(revealed, last + 2)).toBeUndefined()
  const late = last + 2 + revealed.parameters.windowSeconds
  const settled = must(revealed, SERVER, late, serverActs({ state: revealed, now: late }, server))
  expect(kindOf(act(settled, late))).toBe('Reward')
  expect(act(settled, late, { address: OUTSIDER })).toBeUndefined()
  const paid = must(settled, OUTSIDER, late, act(settled, late))
  expect(paid.credits.get(VERIFIER)).toBe(3n)
  expect(act(paid, late)).toBeUndefined()
})
