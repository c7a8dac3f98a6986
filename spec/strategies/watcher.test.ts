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
import type { Hash } from '../commitments/hash.ts'
import { applyCall } from '../service/apply.ts'
import type { Call } from '../service/calls.ts'
import { answersEnd } from '../service/seals.ts'
import type { ServiceState } from '../service/state.ts'
import type { Address } from '../service/task.ts'
import { serverActs } from './parties.ts'
import { watcherActs } from './watcher.ts'

const ATTENTION = { answerSeconds: 100, revealSeconds: 50, stakeWei: 5n, oneIn: 1 }

/** Rationale: an answer that comes late, twice or unasked is refused; one that does not come costs the stake. */
test('WATCHER-1 a verifier that has staked and knows the result answers once, while answers are taken', () => {
  const table = setTable({
    tower: { lengths: [], lastLengths: [4], stepLimit: 4 },
    parameters: { ...parametersOf(2), attention: ATTENTION },
    seed: 7,
  })
  const must = (
    state: ServiceState,
    sender: Address,
    now: number,
    call: Call,
    valueWei = 0n,
  ): ServiceState => {
    const result = applyCall(state, call, { sender, valueWei, now })
    if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
    return result.value.state
  }
  const asked = must(table.state, REQUESTER, START, table.requester.request, 100n)
  const enrolled = must(asked, VERIFIER, START, { kind: 'Enroll', modelId: MODEL }, 5n)
  const sealedAt = START + 12
  const server = { ...serverOf(table), salt: `0x${'05'.repeat(32)}` as Hash }
  const sealing = serverActs({ state: enrolled, now: sealedAt }, server)!
  const sealed = must(enrolled, SERVER, sealedAt, sealing.call, sealing.valueWei)

  const self = { address: VERIFIER, task: table.task, endRoot: server.prepared.endRoot }
  const act = (state: ServiceState, now: number, change = {}) =>
    watcherActs({ state, now }, { ...self, ...change })
  const last = answersEnd(sealedAt, ATTENTION)
  expect(act(sealed, last)).toMatchObject({ call: { kind: 'Attend', taskId: table.task }, valueWei: 0n })
  expect(act(sealed, last + 1)).toBeUndefined()
  expect(act(enrolled, sealedAt)).toBeUndefined()
  expect(act(sealed, last, { endRoot: undefined })).toBeUndefined()
  expect(act(sealed, last, { address: OUTSIDER })).toBeUndefined()
  const answered = must(sealed, VERIFIER, last, act(sealed, last)!.call)
  expect(act(answered, last)).toBeUndefined()
  const spared = {
    ...sealed,
    parameters: { ...sealed.parameters, attention: { ...ATTENTION, oneIn: 2 ** 32 - 1 } },
  }
  expect(act(spared, last)).toBeUndefined()
})
