import { describe, expect, test } from 'vitest'
import { bigEndian } from '../../commitments/bytes.ts'
import { type Id, keccak, ZERO_HASH } from '../../commitments/hash.ts'
import type { Call } from '../../service/calls.ts'
import { sealedHash, sealId } from '../../service/task.ts'
import { MODEL, OUTSIDER, SERVER, START, VERIFIER } from './alphabetGame.ts'
import { refused } from './attempt.ts'
import {
  ATTENTION,
  at,
  BASE,
  BOND,
  claimCall,
  FEE,
  make,
  requested,
  SALT,
  SEALS,
  sealCalls,
  tableOf,
} from './oneTask.ts'

/** Claims that are sealed first. */
const SEALED_AT = START + 24
const CLOSED = SEALED_AT + SEALS.answerSeconds
const REVEAL_END = CLOSED + SEALS.revealSeconds

/** A task with a seal of `SERVER`'s, of a true claim or a false one. */
const sealed = (lie?: readonly number[]) => {
  const table = tableOf({ ...BASE, seals: SEALS })
  const before = requested(table)
  const { seal, reveal } = sealCalls(table, SERVER, lie)
  const made = make(before, seal, SERVER, SEALED_AT, BOND)
  return { table, before, state: made.state, seal, id: made.id!, reveal: reveal(made.id!) }
}

describe('sealed claims', () => {
  /** Rationale: a reveal at once could be copied into the same block; one that never comes binds nobody. */
  test('SEAL-1 a seal is revealed behind the time for answers and in the time for reveals, by its server', () => {
    const { state, reveal, id } = sealed()
    const refusal = (now: number, sender = SERVER) => refused(state, reveal, at(state, sender, now))
    expect([CLOSED, CLOSED + 1, REVEAL_END, REVEAL_END + 1].map((now) => refusal(now))).toEqual([
      'RevealTooEarly',
      'accepted',
      'accepted',
      'RevealTooLate',
    ])
    expect(refusal(REVEAL_END, OUTSIDER)).toBe('NotYourSeal')
    expect(refused(state, { ...reveal, sealId: MODEL }, at(state, SERVER, REVEAL_END))).toBe('SealUnknown')
    const shown = make(state, reveal, SERVER, REVEAL_END)
    expect(shown.state.claims.get(shown.id!)).toMatchObject({
      kind: 'Pending',
      number: 0,
      windowEnd: REVEAL_END + BASE.windowSeconds,
    })
    expect(refused(shown.state, reveal, at(state, SERVER, REVEAL_END))).toBe('SealOver')
    const forfeit: Call = { kind: 'Forfeit', sealId: id }
    expect(refused(shown.state, forfeit, at(state, OUTSIDER, REVEAL_END + 1))).toBe('SealOver')
  })

  /** Rationale: a seal that opens to more than one claim binds its server to nothing. */
  test('SEAL-2 what is revealed is what was sealed, to the letter', () => {
    const { state, reveal, table } = sealed()
    const { taskId: _, kind: __, ...lie } = claimCall(table, [1])
    const refusal = (change: Partial<typeof reveal>) =>
      refused(state, { ...reveal, ...change }, at(state, SERVER, REVEAL_END))
    expect(refusal(lie)).toBe('SealMismatch')
    expect(refusal({ nonce: 1 })).toBe('SealMismatch')
    expect(refusal({ salt: ZERO_HASH })).toBe('SealMismatch')
    expect(refusal({ output: new Uint8Array(32) })).toBe('OutputMismatch')
    expect(refusal({ output: new Uint8Array(3) })).toBe('OutputLengthInvalid')
  })

  /** Rationale: with its bond back, a server could seal to see who answers, and choose then. */
  test('SEAL-3 the bond of a seal that is not revealed is burned, once', () => {
    const { state, id } = sealed()
    const forfeit: Call = { kind: 'Forfeit', sealId: id }
    expect(refused(state, forfeit, at(state, OUTSIDER, REVEAL_END))).toBe('RevealNotOver')
    const { state: after } = make(state, forfeit, OUTSIDER, REVEAL_END + 1)
    expect(after.burnedWei).toBe(BOND)
    expect(refused(after, forfeit, at(state, OUTSIDER, REVEAL_END + 1))).toBe('SealOver')
    expect(refused(after, { ...forfeit, sealId: MODEL }, at(state, OUTSIDER, REVEAL_END))).toBe('SealUnknown')
  })

  test('SEAL-4 a seal is staked like a claim, and taken as long as one, where a deployment takes seals', () => {
    const { state, before, seal, table } = sealed()
    const { deadline } = table.requester.request
    expect(refused(state, seal, at(state, SERVER, SEALED_AT, BOND))).toBe('SealExists')
    expect(refused(before, seal, at(state, SERVER, SEALED_AT, BOND - 1n))).toBe('BondMismatch')
    expect(refused(before, seal, at(state, SERVER, deadline, BOND))).toBe('accepted')
    expect(refused(before, seal, at(state, SERVER, deadline + 1, BOND))).toBe('TaskExpired')
    const plain = requested(tableOf(BASE))
    expect(refused(plain, seal, at(plain, SERVER, SEALED_AT, BOND))).toBe('NoSeals')
  })

  /** Rationale: whoever sees a seal in the pool must gain nothing by sending it first. */
  test('SEAL-5 a copied seal is another seal, which its copier cannot reveal and which keeps nobody out', () => {
    const { before, seal, reveal, id } = sealed()
    const copied = make(before, seal, OUTSIDER, SEALED_AT, BOND)
    expect(copied.id).not.toBe(id)
    const own = make(copied.state, seal, SERVER, SEALED_AT, BOND)
    expect(own.id).toBe(id)
    const stolen = { ...reveal, sealId: copied.id! }
    expect(refused(own.state, stolen, at(own.state, OUTSIDER, REVEAL_END))).toBe('SealMismatch')
    expect(refused(own.state, reveal, at(own.state, SERVER, REVEAL_END))).toBe('accepted')
  })

  /** Rationale: a seal made in time must be worth its bond even when a rival has settled the task before the reveal. */
  test('SEAL-6 a seal of a task that a rival has settled can be revealed, and its bond comes back', () => {
    const { table, state } = sealed()
    const rival = make(state, claimCall(table), OUTSIDER, START + 30, BOND)
    const late = START + 30 + BASE.windowSeconds + 1
    // Sealed so late that the rival's claim is final before the reveal.
    const { seal, reveal } = sealCalls(table, VERIFIER)
    const later = make(rival.state, seal, VERIFIER, late - 700, BOND)
    const settled = make(later.state, { kind: 'Finalize', claimId: rival.id! }, OUTSIDER, late).state
    expect(settled.tasks.get(table.task)!.kind).toBe('Settled')
    const shown = make(settled, reveal(later.id!), VERIFIER, late)
    // The window of a claim on a settled task is as long as any other's: lies on it are disputed too.
    const windowEnd = late + BASE.windowSeconds
    expect(shown.state.claims.get(shown.id!)).toMatchObject({ windowEnd })
    const final = make(shown.state, { kind: 'Finalize', claimId: shown.id! }, VERIFIER, windowEnd + 1).state
    expect(final.credits.get(VERIFIER)).toBe(BOND)
    expect(FEE).toBe(100n)
  })

  test('SEAL-7 a seal’s id binds task, server and what is sealed', () => {
    const base = { taskId: MODEL, server: SERVER, sealed: SALT }
    const ids = [
      base,
      { ...base, taskId: SALT as Id },
      { ...base, server: VERIFIER },
      { ...base, sealed: MODEL },
    ]
    expect(new Set(ids.map(sealId)).size).toBe(ids.length)
    expect(sealId(base)).toBe(keccak(MODEL, SERVER, SALT))
    expect(sealedHash(MODEL, keccak(bigEndian(1, 1)))).not.toBe(sealedHash(MODEL, keccak(bigEndian(2, 1))))
  })

  /** Rationale: with attention a reveal may come only behind the answers of its round, however late in it the seal was. */
  test('SEAL-8 where verifiers are asked, every seal of a round is revealed behind the round’s answers', () => {
    const table = tableOf({ ...BASE, seals: SEALS, attention: ATTENTION })
    const before = requested(table)
    const { seal, reveal } = sealCalls(table)
    // Rounds of 600 seconds: this one lasts from 1,200 to 1,799, and its answers to 2,399.
    for (const sealedAt of [1200, 1799]) {
      const made = make(before, seal, SERVER, sealedAt, BOND)
      const refusal = (now: number) => refused(made.state, reveal(made.id!), at(made.state, SERVER, now))
      expect([2399, 2400, 2699, 2700].map(refusal)).toEqual([
        'RevealTooEarly',
        'accepted',
        'accepted',
        'RevealTooLate',
      ])
    }
  })
})
