import { describe, expect, test } from 'vitest'
import type { Id } from '../../commitments/hash.ts'
import type { Call } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'
import { settlementSeconds } from '../../setting/times.ts'
import { MODEL, OUTSIDER, REQUESTER, SERVER, START, VERIFIER } from './alphabetGame.ts'
import { refused } from './attempt.ts'
import {
  account,
  at,
  BASE,
  BOND,
  claimCall,
  DISPUTE_BOND,
  FEE,
  make,
  openCall,
  requested,
  SEALS,
  sealCalls,
  tableOf,
} from './oneTask.ts'

/** Who has a task's fee: bindings are numbered, and a cursor goes past those that cannot have it. */
const { windowSeconds, clockSeconds } = BASE
const [COPIER, LIAR] = [account(0xc), account(0xd)]

const finalize = (claimId: Id): Call => ({ kind: 'Finalize', claimId })
const passClaim = (claimId: Id): Call => ({ kind: 'PassClaim', claimId })
const collect = (claimId: Id): Call => ({ kind: 'Collect', claimId })

const creditsOf = (state: ServiceState, ...accounts: readonly `0x${string}`[]) =>
  accounts.map((account) => state.credits.get(account))

describe('bindings and the cursor', () => {
  /** Rationale: a race of two `finalize` calls is won by whoever pays more for its gas, and by a copy as well as by the work. */
  test('FEE-1 the fee goes to whoever was bound first, whoever finalizes first', () => {
    const table = tableOf(BASE)
    const own = make(requested(table), claimCall(table), SERVER, START, BOND)
    const copy = make(own.state, claimCall(table), COPIER, START, BOND)
    const late = START + windowSeconds + 1
    // The copy is final first, and settles the task.
    const settled = make(copy.state, finalize(copy.id!), COPIER, late).state
    expect(settled.tasks.get(table.task)).toMatchObject({
      kind: 'Settled',
      claim: copy.id,
      cursor: 0,
      bindings: 2,
      isPaid: false,
    })
    expect(creditsOf(settled, COPIER, SERVER)).toEqual([BOND, undefined])
    const refusal = (state: ServiceState, call: Call) => refused(state, call, at(state, OUTSIDER, late))
    expect(refusal(settled, collect(copy.id!))).toBe('CursorElsewhere')
    expect(refusal(settled, collect(own.id!))).toBe('ClaimNotFinal')
    expect(refusal(settled, passClaim(own.id!))).toBe('ClaimStands')
    const final = make(settled, finalize(own.id!), OUTSIDER, late).state
    expect(final.tasks.get(table.task)).toMatchObject({ isPaid: false })
    const paid = make(final, collect(own.id!), OUTSIDER, late).state
    expect(creditsOf(paid, COPIER, SERVER)).toEqual([BOND, BOND + FEE])
    for (const call of [collect(own.id!), passClaim(own.id!)]) expect(refusal(paid, call)).toBe('FeePaid')
    expect(refusal(paid, collect(MODEL))).toBe('ClaimUnknown')
    expect(refusal(paid, passClaim(MODEL))).toBe('ClaimUnknown')
  })

  test('FEE-2 the cursor goes past a claim that has fallen, in its turn, and no other', () => {
    const table = tableOf(BASE)
    const lie = make(requested(table), claimCall(table, [1]), LIAR, START, BOND)
    const truth = make(lie.state, claimCall(table), SERVER, START, BOND)
    const refusal = (state: ServiceState, call: Call) => refused(state, call, at(state, OUTSIDER, START))
    expect(refusal(truth.state, passClaim(lie.id!))).toBe('ClaimStands')
    expect(refusal(truth.state, passClaim(truth.id!))).toBe('CursorElsewhere')
    const opened = make(truth.state, openCall(table, lie.id!), VERIFIER, START, DISPUTE_BOND)
    const late = START + clockSeconds + 1
    const fallen = make(opened.state, { kind: 'Timeout', disputeId: opened.id! }, VERIFIER, late).state
    const passed = make(fallen, passClaim(lie.id!), OUTSIDER, late).state
    expect(passed.tasks.get(table.task)).toMatchObject({ kind: 'Bound', cursor: 1 })
    // It stands on the true claim, which is paid as it settles the task.
    const end = START + windowSeconds + 1
    const settled = make(passed, finalize(truth.id!), SERVER, end).state
    expect(creditsOf(settled, SERVER)).toEqual([BOND + FEE])
    expect(settled.tasks.get(table.task)).toMatchObject({ isPaid: true })
  })

  /** Rationale: a lie whose owner disputes it itself, and plays on for days, must not hold up another's fee. */
  test('FEE-2 a lie that its own disputes keep pending is passed once another claim has settled the task', () => {
    const table = tableOf(BASE)
    const lie = make(requested(table), claimCall(table, [1]), LIAR, START, BOND)
    const truth = make(lie.state, claimCall(table), SERVER, START, BOND)
    const late = START + windowSeconds
    const kept = make(truth.state, openCall(table, lie.id!), LIAR, late, DISPUTE_BOND).state
    expect(refused(kept, passClaim(lie.id!), at(kept, OUTSIDER, late))).toBe('ClaimStands')
    const settled = make(kept, finalize(truth.id!), SERVER, late + 1).state
    expect(settled.claims.get(lie.id!)!.kind).toBe('Pending')
    const passed = make(settled, passClaim(lie.id!), SERVER, late + 1).state
    const paid = make(passed, collect(truth.id!), SERVER, late + 1).state
    expect(creditsOf(paid, SERVER, LIAR)).toEqual([BOND + FEE, undefined])
  })

  test('FEE-3 the cursor goes past a seal that was not revealed, and past no other', () => {
    const table = tableOf({ ...BASE, seals: SEALS })
    const before = requested(table)
    const [own, late] = [sealCalls(table), sealCalls(table, COPIER)]
    const unrevealed = make(before, late.seal, COPIER, START, BOND)
    const sealed = make(unrevealed.state, own.seal, SERVER, START, BOND)
    const end = START + SEALS.answerSeconds + SEALS.revealSeconds
    const shown = make(sealed.state, own.reveal(sealed.id!), SERVER, end)
    expect(shown.state.claims.get(shown.id!)).toMatchObject({ number: 1 })
    const pass = (sealId: Id): Call => ({ kind: 'PassSeal', sealId })
    const refusal = (state: ServiceState, call: Call) => refused(state, call, at(state, OUTSIDER, end + 1))
    expect(refusal(shown.state, pass(unrevealed.id!))).toBe('SealNotForfeited')
    expect(refusal(shown.state, pass(sealed.id!))).toBe('SealNotForfeited')
    expect(refusal(shown.state, pass(MODEL))).toBe('SealUnknown')
    const forfeit: Call = { kind: 'Forfeit', sealId: unrevealed.id! }
    const forfeited = make(shown.state, forfeit, OUTSIDER, end + 1).state
    const passed = make(forfeited, pass(unrevealed.id!), OUTSIDER, end + 1).state
    expect(refusal(passed, pass(unrevealed.id!))).toBe('CursorElsewhere')
    const settled = make(passed, finalize(shown.id!), SERVER, end + windowSeconds + 1).state
    expect(creditsOf(settled, SERVER)).toEqual([BOND + FEE])
  })

  /** Rationale: with nobody honest two claims that contradict each other can both be final; the output that was told is paid. */
  test('FEE-4 a final claim that says otherwise than the settled task has no fee, and is passed', () => {
    const table = tableOf(BASE)
    const lie = make(requested(table), claimCall(table, [1]), LIAR, START, BOND)
    const truth = make(lie.state, claimCall(table), SERVER, START, BOND)
    const late = START + windowSeconds + 1
    const settled = make(truth.state, finalize(truth.id!), SERVER, late).state
    const both = make(settled, finalize(lie.id!), LIAR, late).state
    expect(refused(both, collect(lie.id!), at(both, LIAR, late))).toBe('ClaimDiffers')
    const passed = make(both, passClaim(lie.id!), OUTSIDER, late).state
    const paid = make(passed, collect(truth.id!), OUTSIDER, late).state
    expect(creditsOf(paid, SERVER, LIAR)).toEqual([BOND + FEE, BOND])
  })

  /** Rationale: a requester that could take its fee back from a settled task would have its result for nothing. */
  test('TASK-3 a settled task never expires, and an expired one pays nobody', () => {
    const table = tableOf(BASE)
    const own = make(requested(table), claimCall(table), SERVER, START, BOND)
    const copy = make(own.state, claimCall(table), COPIER, START, BOND)
    const end = START + windowSeconds + 1
    const settled = make(copy.state, finalize(copy.id!), COPIER, end).state
    const last = table.requester.request.deadline + settlementSeconds(BASE, 1)
    const expire: Call = { kind: 'Expire', taskId: table.task }
    expect(refused(settled, expire, at(settled, REQUESTER, last + 1))).toBe('TaskNotOpen')
    const expired = make(copy.state, expire, REQUESTER, last + 1).state
    const final = make(expired, finalize(own.id!), SERVER, last + 1).state
    expect(creditsOf(final, REQUESTER, SERVER)).toEqual([FEE, BOND])
    for (const call of [collect(own.id!), passClaim(own.id!)])
      expect(refused(final, call, at(final, SERVER, last + 1))).toBe('TaskNotOpen')
  })
})
