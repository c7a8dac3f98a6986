import { describe, expect, test } from 'vitest'
import type { Id } from '../../commitments/hash.ts'
import type { Call } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { OUTSIDER, SERVER, START, VERIFIER } from './alphabetGame.ts'
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
  runningDispute,
  tableOf,
} from './oneTask.ts'

/** What becomes of the bonds when a claim falls. A quarter of each is burned: 250 of a claim's, 200 of a dispute's. */
const [REWARD, LEFT] = [750n, 600n]
const { clockSeconds } = BASE
const LIAR = account(0xd)

/** A false claim by `LIAR` with a dispute by each of some challengers; the asserter is to move in all of them. */
const disputed = (challengers: readonly Address[], at: (n: number) => number = () => START) => {
  const table = tableOf(BASE)
  const claimed = make(requested(table), claimCall(table, [1]), LIAR, START, BOND)
  let { state } = claimed
  const ids: Id[] = []
  for (const [n, challenger] of challengers.entries()) {
    const opened = make(state, openCall(table, claimed.id!), challenger, at(n), DISPUTE_BOND)
    state = opened.state
    ids.push(opened.id!)
  }
  return { table, state, claim: claimed.id!, ids }
}

const timeout = (disputeId: Id): Call => ({ kind: 'Timeout', disputeId })
const draw = (disputeId: Id): Call => ({ kind: 'Draw', disputeId })
const creditOf = (state: ServiceState, account: Address) => state.credits.get(account) ?? 0n

describe('a fallen claim’s bond', () => {
  /** Rationale: a dispute that is free where it wins is free to whoever disputes its own claims. */
  test('BOND-1 a share of a dispute’s bond is burned as it opens, whoever wins it', () => {
    const { state, ids } = disputed([VERIFIER])
    expect(state.burnedWei).toBe(200n)
    const late = START + clockSeconds + 1
    const won = make(state, timeout(ids[0]!), VERIFIER, late).state
    expect([creditOf(won, VERIFIER), won.burnedWei]).toEqual([LEFT + REWARD, 450n])
    const { table } = disputed([])
    const moved = make(state, dissectCall(table, state, ids[0]!, 0, [1]), LIAR, START).state
    const lost = make(moved, timeout(ids[0]!), LIAR, late).state
    expect([creditOf(lost, LIAR), lost.burnedWei]).toEqual([LEFT, 200n])
  })

  /** Rationale: a liar that refutes itself before an honest verifier gets there must not take the reward alone. */
  test('REWARD-1 it is divided among the disputes that were running, by their challengers’ moves, rounded down', () => {
    const { state, claim, ids } = disputed([VERIFIER, SERVER, OUTSIDER])
    const late = START + clockSeconds + 1
    expect(state.claims.get(claim)).toMatchObject({ disputes: 3, weight: 27 })
    const fallen = make(state, timeout(ids[1]!), OUTSIDER, late).state
    // Each has an opening by dissection, 9 of 27.
    expect(fallen.claims.get(claim)).toMatchObject({ kind: 'Refuted', weight: 27, fallenAt: late })
    expect(creditOf(fallen, SERVER)).toBe(LEFT + 250n)
    const first = make(fallen, draw(ids[0]!), OUTSIDER, late + 999).state
    const all = make(first, draw(ids[2]!), SERVER, late + 9999).state
    expect([creditOf(all, VERIFIER), creditOf(all, OUTSIDER)]).toEqual([LEFT + 250n, LEFT + 250n])
    expect(refused(all, draw(ids[0]!), at(all, VERIFIER, late + 9999))).toBe('DisputeOver')
    expect(refused(all, draw(ids[1]!), at(all, VERIFIER, late + 9999))).toBe('DisputeOver')
  })

  test('REWARD-1 each accepted move adds the weight of its kind, and the rest of the division is burned', () => {
    const { table, state: start, claim, ids } = disputed([VERIFIER, SERVER])
    let state = start
    // The asserter replies in the first dispute, and its challenger dissects once more.
    state = make(state, dissectCall(table, state, ids[0]!, 0, [1]), LIAR, START).state
    const { position } = runningDispute(state, ids[0]!)
    expect(position.length).toBe(2)
    const { roots } = position
    const trueRoots = table.trueRun.rootsAt([1, 2])
    const segment = roots[1] === trueRoots[0] ? 1 : 0
    const witness = (table.trueRun as { stepWitness: (step: number) => Uint8Array }).stepWitness(segment)
    const opening = dissectCall(table, state, ids[0]!, segment).opening
    const arbitrate: Call = {
      kind: 'Move',
      disputeId: ids[0]!,
      opening,
      reply: { kind: 'Arbitrate', witness },
    }
    const fallen = make(state, arbitrate, VERIFIER, START).state
    // 9 and an arbitration's 6 of 24; 9 of 24.
    expect(fallen.claims.get(claim)).toMatchObject({ kind: 'Refuted', weight: 24 })
    const drawn = make(fallen, draw(ids[1]!), OUTSIDER, START).state
    expect([creditOf(drawn, VERIFIER), creditOf(drawn, SERVER)]).toEqual([LEFT + 468n, LEFT + 281n])
    // 750 is 468 and 281 and one that nobody can have.
    expect(drawn.burnedWei).toBe(250n + 400n + 1n)
  })

  /** Rationale: whoever never moves again had lost already, and must not be paid because another was quicker. */
  test('REWARD-2 a challenger whose clock had run out when the claim fell has no part, and its bond is burned', () => {
    const { table, state: start, ids } = disputed([VERIFIER, SERVER, OUTSIDER])
    let state = start
    // In the first and the last the challenger is to move; the last one's clock runs to the very second.
    state = make(state, dissectCall(table, state, ids[0]!, 0, [1]), LIAR, START).state
    state = make(state, dissectCall(table, state, ids[2]!, 0, [1]), LIAR, START + 1).state
    const late = START + clockSeconds + 1
    const fallen = make(state, timeout(ids[1]!), SERVER, late).state
    expect(refused(fallen, draw(ids[0]!), at(fallen, VERIFIER, late))).toBe('ClockExpired')
    const drawn = make(fallen, draw(ids[2]!), OUTSIDER, late).state
    expect([creditOf(drawn, SERVER), creditOf(drawn, OUTSIDER)]).toEqual([LEFT + 250n, LEFT + 250n])
    // The shares of the claim and of three disputes; the lapsed one's part, and what was left of its bond.
    expect(drawn.burnedWei).toBe(250n + 600n + 250n + LEFT)
  })

  test('REWARD-3 a dispute that the asserter has won weighs nothing any more', () => {
    const { table, state: start, claim, ids } = disputed([VERIFIER, SERVER])
    const moved = make(start, dissectCall(table, start, ids[0]!, 0, [1]), LIAR, START).state
    const late = START + clockSeconds + 1
    const defended = make(moved, timeout(ids[0]!), LIAR, late).state
    expect(defended.claims.get(claim)).toMatchObject({ disputes: 1, weight: 9 })
    const fallen = make(defended, timeout(ids[1]!), SERVER, late).state
    expect([creditOf(fallen, SERVER), creditOf(fallen, LIAR)]).toEqual([LEFT + REWARD, LEFT])
    expect(refused(fallen, draw(ids[0]!), at(fallen, VERIFIER, late))).toBe('DisputeOver')
  })

  test('REWARD-4 nobody draws while the claim stands', () => {
    const { state, ids } = disputed([VERIFIER])
    expect(refused(state, draw(ids[0]!), at(state, VERIFIER, START))).toBe('ClaimNotRefuted')
    expect(refused(state, draw(account(1) as unknown as Id), at(state, VERIFIER, START))).toBe(
      'CallMalformed',
    )
  })
})
