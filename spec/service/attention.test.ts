import { expect, test } from 'vitest'
import {
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  setTable,
} from '../checks/properties/alphabetGame.ts'
import { refusalOf } from '../checks/properties/refusal.ts'
import { bigEndian, toHex } from '../commitments/bytes.ts'
import type { Hash } from '../commitments/hash.ts'
import type { Attention } from '../setting/parameters.ts'
import { type Server, serverActs } from '../strategies/parties.ts'
import type { Intent } from '../strategies/sight.ts'
import { applyCall } from './apply.ts'
import { asks } from './attention.ts'
import type { Call } from './calls.ts'
import type { ServiceState } from './state.ts'
import type { Address } from './task.ts'

/** Rationale: whether a verifier was asked decides over its stake; everybody must draw the line at the same hash. */
test('ATTENTION-10 of so many hashes the lowest one asks', () => {
  const attention = (oneIn: number): Attention => ({
    answerSeconds: 1,
    revealSeconds: 1,
    stakeWei: 1n,
    oneIn,
  })
  const hash = (value: bigint) => toHex(bigEndian(value, 32)) as Hash
  const isAsked = (value: bigint, oneIn: number) => asks(hash(value), attention(oneIn))
  expect([0n, 2n ** 256n - 1n].map((value) => isAsked(value, 1))).toEqual([true, true])
  expect([0n, 2n ** 255n - 1n, 2n ** 255n].map((value) => isAsked(value, 2))).toEqual([true, true, false])
  expect([2n ** 253n - 1n, 2n ** 253n].map((value) => isAsked(value, 8))).toEqual([true, false])
})

const game = () =>
  setTable({
    tower: { lengths: [], lastLengths: [4], stepLimit: 4 },
    parameters: {
      ...parametersOf(2),
      attention: { answerSeconds: 100, revealSeconds: 50, stakeWei: 5n, oneIn: 1 },
    },
    seed: 7,
  })

const must = (
  state: ServiceState,
  sender: Address,
  now: number,
  { call, valueWei }: Intent,
): ServiceState => {
  const made = applyCall(state, call, { sender, valueWei, now })
  if (!made.ok) throw new Error(`${call.kind}: ${made.rejection.reason}`)
  return made.value.state
}

/** Rationale: a server that posts openly behind a seal would else take the verifiers' time to answer away. */
test('ATTENTION-11 an open claim on a task leaves its first seal as it was', () => {
  const table = game()
  const [server, rival]: readonly [Server, Address] = [serverOf(table), `0x${'5'.repeat(40)}`]
  const salt = `0x${'05'.repeat(32)}` as Hash
  const asked = must(table.state, REQUESTER, START, { call: table.requester.request, valueWei: 100n })
  const [sealAt, claimAt] = [START + 12, START + 24]
  const sealing = serverActs({ state: asked, now: sealAt }, { ...server, salt })!
  const sealed = must(asked, SERVER, sealAt, sealing)
  const claiming = serverActs({ state: sealed, now: claimAt }, { ...server, address: rival })!
  const { claims, tasks } = must(sealed, rival, claimAt, claiming)
  expect(claims.size).toBe(1)
  expect(tasks.get(table.task)).toMatchObject({ kind: 'Answered', firstSealAt: sealAt })
})

test('ATTENTION-12 a task that nobody sealed asks nobody', () => {
  const table = game()
  const asked = must(table.state, REQUESTER, START, { call: table.requester.request, valueWei: 100n })
  const server = serverOf(table)
  const claimed = must(asked, SERVER, START + 12, serverActs({ state: asked, now: START + 12 }, server)!)
  const late = START + 20_000
  const settled = must(claimed, SERVER, late, serverActs({ state: claimed, now: late }, server)!)
  expect(settled.tasks.get(table.task)?.kind).toBe('Settled')
  const slash: Call = { kind: 'Slash', taskId: table.task, verifier: SERVER }
  const context = { sender: REQUESTER, valueWei: 0n, now: late }
  expect(refusalOf(applyCall(settled, slash, context))).toBe('TaskNotSealed')
})
