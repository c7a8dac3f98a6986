import { expect, test } from 'vitest'
import { bigEndian, toHex } from '../commitments/bytes.ts'
import type { Hash } from '../commitments/hash.ts'
import type { Attention } from '../parameters.ts'
import { parametersOf, REQUESTER, SERVER, START, serverOf, setTable } from '../properties/alphabetGame.ts'
import { serverActs } from '../strategies/parties.ts'
import { applyCall } from './apply.ts'
import { asks } from './attention.ts'
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

/** Rationale: a server that posts openly behind a seal would else take the verifiers' time to answer away. */
test('ATTENTION-11 an open claim on a task leaves its first seal as it was', () => {
  const table = setTable({
    tower: { lengths: [], lastLengths: [4], stepLimit: 4 },
    parameters: {
      ...parametersOf(2),
      attention: { answerSeconds: 100, revealSeconds: 50, stakeWei: 5n, oneIn: 1 },
    },
    seed: 7,
  })
  const rival: Address = `0x${'5'.repeat(40)}`
  const server = serverOf(table)
  const asked = applyCall(table.state, table.requester.request, {
    sender: REQUESTER,
    valueWei: 100n,
    now: START,
  })
  if (!asked.ok) throw new Error(asked.rejection.reason)
  let { state } = asked.value
  for (const [sender, now, salt] of [
    [SERVER, START + 12, `0x${'05'.repeat(32)}` as Hash],
    [rival, START + 24, undefined],
  ] as const) {
    const self = { ...server, address: sender, ...(salt === undefined ? {} : { salt }) }
    const { call, valueWei } = serverActs({ state, now }, self)!
    const made = applyCall(state, call, { sender, valueWei, now })
    if (!made.ok) throw new Error(made.rejection.reason)
    state = made.value.state
  }
  expect(state.claims.size).toBe(1)
  expect(state.tasks.get(table.task)).toMatchObject({ kind: 'Answered', firstSealAt: START + 12 })
})
