import { expect, test } from 'vitest'
import type { Call } from '../../service/calls.ts'
import type { Address } from '../../service/task.ts'
import { MODEL, OUTSIDER, REQUESTER, SERVER, START, setTable, VERIFIER } from './alphabetGame.ts'
import { refused } from './attempt.ts'
import {
  account,
  at,
  BASE,
  BOND,
  claimCall,
  DISPUTE_BOND,
  dissectCall,
  make,
  openCall,
  requested,
  tableOf,
} from './oneTask.ts'

/** A false claim by `OUTSIDER` that `VERIFIER` disputes; the asserter is to move. */
const disputed = () => {
  const table = tableOf(BASE)
  const claimed = make(requested(table), claimCall(table, [1]), OUTSIDER, START, BOND)
  const opened = make(claimed.state, openCall(table, claimed.id!), VERIFIER, START, DISPUTE_BOND)
  return { table, state: opened.state, id: opened.id! }
}

/** Rationale: keys that hold bonds should be cold, and those that move every hour must not be able to take them. */
test('DELEGATE-1 a delegate makes its party’s moves and no other’s, and the party still makes its own', () => {
  const { table, state, id } = disputed()
  const own = dissectCall(table, state, id, 0, [1])
  const hot = account(1)
  const send = (from: typeof state, sender: Address, call: Call = own) =>
    refused(from, call, at(from, sender, START))
  expect(send(state, hot)).toBe('NotYourTurn')
  const named = make(state, { kind: 'Delegate', to: hot }, OUTSIDER, START).state
  expect(['accepted', 'accepted', 'NotYourTurn']).toEqual(
    [hot, OUTSIDER, VERIFIER].map((sender) => send(named, sender)),
  )
  // The asserter's delegate is not the challenger's: once it has moved, it is nobody's turn that it knows.
  const moved = make(named, own, hot, START).state
  const reply = dissectCall(table, moved, id, 0)
  expect(send(moved, hot, reply)).toBe('NotYourTurn')
  expect(send(moved, OUTSIDER, reply)).toBe('NotYourTurn')
  const nobody: Address = `0x${'00'.repeat(20)}`
  const revoked = make(named, { kind: 'Delegate', to: nobody }, OUTSIDER, START).state
  expect(send(revoked, hot)).toBe('NotYourTurn')
})

/** Rationale: a delegate that could draw what its party has won would be paid by its own carelessness. */
test('DELEGATE-2 what is won is the party’s, and its delegate cannot draw it', () => {
  const { table, state, id } = disputed()
  const hot = account(1)
  const named = make(state, { kind: 'Delegate', to: hot }, OUTSIDER, START).state
  const moved = make(named, dissectCall(table, named, id, 0, [1]), hot, START).state
  const late = START + BASE.clockSeconds + 1
  const won = make(moved, { kind: 'Timeout', disputeId: id }, hot, late).state
  expect([won.credits.get(OUTSIDER), won.credits.get(hot)]).toEqual([600n, undefined])
  expect(refused(won, { kind: 'Withdraw' }, at(won, hot, late))).toBe('NothingToWithdraw')
  expect(make(won, { kind: 'Withdraw' }, OUTSIDER, late).paidWei).toBe(600n)
})

/** Rationale: a consumer acts on what it is told, and may act once. */
test('CALLBACK-1 the requester of a settled task is told its output, no other, and once', () => {
  const table = tableOf(BASE)
  const call = claimCall(table)
  const claimed = make(requested(table), call, SERVER, START, BOND)
  const late = START + BASE.windowSeconds + 1
  const { output } = call
  const notify: Call = { kind: 'Notify', taskId: table.task, output }
  const refusal = (state: typeof claimed.state, change: Partial<typeof notify> = {}) =>
    refused(state, { ...notify, ...change }, at(state, OUTSIDER, late))
  expect(refusal(claimed.state)).toBe('TaskNotSettled')
  const { state } = make(claimed.state, { kind: 'Finalize', claimId: claimed.id! }, SERVER, late)
  expect(refusal(state, { output: output.map((byte) => byte ^ 1) })).toBe('OutputMismatch')
  expect(refusal(state, { taskId: MODEL })).toBe('TaskUnknown')
  const told = make(state, notify, OUTSIDER, late)
  const { outputRoot } = state.claims.get(claimed.id!)!.claim
  expect(told.callback).toEqual({ requester: REQUESTER, taskId: table.task, outputRoot, output })
  expect(refusal(told.state)).toBe('AlreadyNotified')
})

/** Rationale: a tensor's root binds no length: with any number of zeros behind it, an output has the same root. */
test('CALLBACK-2 an output is as long as its model says, in a claim and in a call back', () => {
  const table = tableOf(BASE)
  const call = claimCall(table)
  const before = requested(table)
  const lengths = [0, 1, 31, 33, 5_000]
  const padded = (length: number) => {
    const bytes = new Uint8Array(length)
    bytes.set(call.output.slice(0, length))
    return bytes
  }
  for (const length of lengths)
    expect(refused(before, { ...call, output: padded(length) }, at(before, SERVER, START, BOND))).toBe(
      'OutputLengthInvalid',
    )
  const claimed = make(before, call, SERVER, START, BOND)
  const late = START + BASE.windowSeconds + 1
  const { state } = make(claimed.state, { kind: 'Finalize', claimId: claimed.id! }, SERVER, late)
  for (const length of lengths) {
    const notify: Call = { kind: 'Notify', taskId: table.task, output: padded(length) }
    expect(refused(state, notify, at(state, OUTSIDER, late))).toBe('OutputLengthInvalid')
  }
})

test('CALLBACK-3 where an output is too large to be carried, claims and call backs carry its root alone', () => {
  const table = setTable(tableOf(BASE).instance)
  const rules = { ...table.rules, outputBytes: 0 }
  const registered = { ...table.state, models: new Map([[MODEL, rules]]) }
  const before = requested({ ...table, state: registered })
  const call = claimCall(table)
  expect(refused(before, call, at(before, SERVER, START, BOND))).toBe('OutputLengthInvalid')
  const bare = { ...call, output: new Uint8Array() }
  const claimed = make(before, bare, SERVER, START, BOND)
  const late = START + BASE.windowSeconds + 1
  const { state } = make(claimed.state, { kind: 'Finalize', claimId: claimed.id! }, SERVER, late)
  const { outputRoot } = state.claims.get(claimed.id!)!.claim
  const told = make(state, { kind: 'Notify', taskId: table.task, output: bare.output }, OUTSIDER, late)
  expect(told.callback).toMatchObject({ outputRoot, output: new Uint8Array() })
})
