import { expect, test } from 'vitest'
import {
  type Instance,
  parametersOf,
  playTask,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from '../checks/properties/alphabetGame.ts'
import { refusalOf } from '../checks/properties/refusal.ts'
import { serverActs, verifierActs } from '../strategies/parties.ts'
import type { Intent } from '../strategies/sight.ts'
import { applyCall } from './apply.ts'
import { begin } from './disputes.ts'
import type { ServiceState } from './state.ts'
import { type Address, disputeId } from './task.ts'

const INSTANCE: Instance = {
  tower: { lengths: [6], lastLengths: [9], stepLimit: 20 },
  parameters: parametersOf(2),
  seed: 7,
}
const LIE = [4, 2]

const send = (state: ServiceState, sender: Address, now: number, { call, valueWei }: Intent) =>
  applyCall(state, call, { sender, valueWei, now })

/** A claim that lies, and the opening of a verifier that knows better. */
const claimed = () => {
  const table = setTable(INSTANCE)
  const asked = send(table.state, REQUESTER, START, { call: table.requester.request, valueWei: 100n })
  if (!asked.ok) throw new Error(asked.rejection.reason)
  const claim = serverActs({ state: asked.value.state, now: START + 12 }, serverOf(table, LIE))!
  const made = send(asked.value.state, SERVER, START + 12, claim)
  if (!made.ok) throw new Error(made.rejection.reason)
  const { state } = made.value
  const opening = verifierActs({ state, now: START + 24 }, verifierOf(table))!
  return { table, state, claim: made.value.id!, opening }
}

/** Rationale: an id that could be taken twice would put another dispute under a bond that stands. */
test('DISPUTE-1 the same dispute is opened once; another number makes another one', () => {
  const { state, opening } = claimed()
  const opened = send(state, VERIFIER, START + 24, opening)
  if (!opened.ok) throw new Error(opened.rejection.reason)
  expect(refusalOf(send(opened.value.state, VERIFIER, START + 36, opening))).toBe('DisputeExists')
  const again = { ...opening, call: { ...opening.call, nonce: 1 } as Intent['call'] }
  expect(refusalOf(send(opened.value.state, VERIFIER, START + 36, again))).toBe('accepted')
})

test('DISPUTE-2 before its first reply a dispute is about the whole claim, and both clocks are full', () => {
  const { table, state, claim } = claimed()
  const entry = state.claims.get(claim)!.claim
  const named = { claimId: claim, asserter: SERVER, challenger: VERIFIER, nonce: 3 }
  const begun = begin(state, named, START + 24)
  const { parameters, tower } = table.instance
  const seconds = parameters.clockSeconds + tower.lengths.length * parameters.descentSeconds
  expect(begun.disputes.get(disputeId(named))).toEqual({
    kind: 'Running',
    claim,
    model: entry.modelId,
    asserter: SERVER,
    challenger: VERIFIER,
    nonce: 3,
    position: { phase: 0, length: 6, roots: [entry.startRoot, entry.endRoot], at: [0] },
    clocks: {
      turn: 'challenger',
      turnSince: START + 24,
      left: { asserter: seconds, challenger: seconds },
    },
    moves: 0,
    weight: 0,
  })
  expect(begun.claims.get(claim)).toMatchObject({ disputes: 1 })
  expect(begun.balanceWei - state.balanceWei).toBe(parameters.disputeBondWei)
  // Half of it is burned, whoever wins.
  expect(begun.burnedWei - state.burnedWei).toBe(parameters.disputeBondWei / 2n)
})

/** Rationale: the bound on moves is checked against this count, and so is the bond that must cover them. */
test('DISPUTE-3 every accepted opening, move and timeout counts as one move', () => {
  const table = setTable(INSTANCE)
  for (const silentAfter of [undefined, 0, 1]) {
    let calls = 0
    const state = playTask(
      table,
      serverPlayer(serverOf(table, LIE, silentAfter)),
      verifierPlayer(verifierOf(table)),
      ({ intent }) => {
        if (['Open', 'Move', 'Timeout'].includes(intent.call.kind)) calls++
      },
    )
    const by = silentAfter === undefined ? 'arbitration' : 'timeout'
    expect([...state.disputes.values()]).toMatchObject([{ kind: 'Decided', moves: calls, by }])
  }
})
