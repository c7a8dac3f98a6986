import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Hash, type Id, keccak, ZERO_HASH } from '../../commitments/hash.ts'
import { answerId, asks, attentionHash, enrollmentId } from '../../service/attention.ts'
import type { Call } from '../../service/calls.ts'
import { isDrawn, roundWeightId } from '../../service/rounds.ts'
import type { ServiceState } from '../../service/state.ts'
import { type Address, taskId } from '../../service/task.ts'
import { finalitySeconds, judgementEnd } from '../../setting/times.ts'
import { requesterActs, requesterFor } from '../../strategies/parties.ts'
import { watcherActs } from '../../strategies/watcher.ts'
import {
  instances,
  liePath,
  MODEL,
  OUTSIDER,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from './alphabetGame.ts'
import { refused } from './attempt.ts'
import { escrowFault } from './invariants.ts'
import {
  ATTENTION,
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
  SALT,
  SEALS,
  sealCalls,
  tableOf,
} from './oneTask.ts'
import { blockOf, type Player, play } from './play.ts'
import { tally } from './tally.ts'

/** Verifiers that stake on their attention. Rounds last 600 seconds: the task is sealed in the second one, from 600 on. */
const PARAMETERS = { ...BASE, seals: SEALS, attention: ATTENTION }
const STAKE = ATTENTION.stakeWei
const [ROUND, ROUND_START, ROUND_END, ANSWERS_END] = [1, 600, 1199, 1799]
const REVEALED_AT = ANSWERS_END + 1
const SETTLED_AT = REVEALED_AT + BASE.windowSeconds + 1
const WATCHERS = 12

const everybody = Array.from({ length: WATCHERS }, (_, n) => n)

const enroll = (state: ServiceState, n: number, now = ROUND_START - 1) =>
  make(state, { kind: 'Enroll', modelId: MODEL }, account(n), now, STAKE).state

const close: Call = { kind: 'CloseRound', round: ROUND }
const record: Call = { kind: 'RecordRound', round: ROUND }

/** A round that is closed and recorded as soon as it can be. */
const drawn = (state: ServiceState): ServiceState =>
  make(make(state, close, OUTSIDER, ROUND_END + 1).state, record, OUTSIDER, ROUND_END + 2).state

/** A task with a seal of `SERVER`'s, of a true claim or a false one, and verifiers enrolled before its round. */
const sealed = (lie?: readonly number[], parameters = PARAMETERS) => {
  const table = tableOf(parameters)
  const enrolled = everybody.reduce((state, n) => enroll(state, n), table.state)
  const before = make(enrolled, table.requester.request, REQUESTER, START, FEE).state
  const { seal, reveal } = sealCalls(table, SERVER, lie)
  const made = make(before, seal, SERVER, START, BOND)
  return { table, before, state: made.state, seal, reveal: reveal(made.id!) }
}

/** The true answers once the round is recorded, and whom they ask; all are held to the one task. */
const selection = ({ table, state }: ReturnType<typeof sealed>) => {
  const after = drawn(state)
  const { randomness } = after.rounds.get(ROUND)!
  const root = table.trueRun.rootsAt([table.trueRun.length])[0]!
  const hashOf = (n: number) => attentionHash(table.task, account(n), root, randomness!)
  const attend = (n: number, answer = hashOf(n)): Call => ({ kind: 'Attend', taskId: table.task, answer })
  return {
    after,
    hashOf,
    attend,
    asked: everybody.filter((n) => asks(hashOf(n), ATTENTION)),
    spared: everybody.filter((n) => !asks(hashOf(n), ATTENTION)),
    slash: (n: number): Call => ({ kind: 'Slash', taskId: table.task, verifier: account(n) }),
    reward: (n: number): Call => ({ kind: 'Reward', taskId: table.task, verifier: account(n) }),
  }
}

/** A hash that asks, as if from another result. */
const WRONG = Array.from({ length: 64 }, (_, i) => keccak<Hash>(Uint8Array.of(i))).find((hash) =>
  asks(hash, ATTENTION),
)!

/** The task settled by `SERVER`'s claim, once these have answered so. */
const settled = (answers: readonly (readonly [n: number, hash?: Hash])[], parameters = PARAMETERS) => {
  const given = sealed(undefined, parameters)
  const who = selection(given)
  const answered = answers.reduce(
    (state, [n, hash]) => make(state, who.attend(n, hash), account(n), ANSWERS_END).state,
    who.after,
  )
  const shown = make(answered, given.reveal, SERVER, REVEALED_AT)
  const state = make(shown.state, { kind: 'Finalize', claimId: shown.id! }, SERVER, SETTLED_AT).state
  const refusal = (call: Call, now = SETTLED_AT, from = state) => refused(from, call, at(from, OUTSIDER, now))
  return { ...given, ...who, state, refusal }
}

describe('rounds', () => {
  /** Rationale: what decides whom a task asks must be unknown as long as tasks can still be put into the round. */
  test('ROUND-2 a round is closed behind its last second and within its answers, where there are rounds', () => {
    const { state } = sealed()
    const refusal = (call: Call, now: number) => refused(state, call, at(state, OUTSIDER, now))
    expect(
      [ROUND_END, ROUND_END + 1, ANSWERS_END, ANSWERS_END + 1].map((now) => refusal(close, now)),
    ).toEqual(['RoundNotOver', 'accepted', 'accepted', 'AnswersOver'])
    expect(refusal(record, ROUND_END + 1)).toBe('RoundNotClosed')
    const { attention: _, ...without } = PARAMETERS
    const plain = requested(tableOf(without))
    for (const call of [close, record])
      expect(refused(plain, call, at(plain, OUTSIDER, ROUND_END + 1))).toBe('NoAttention')
    const { block: __, ...blind } = at(state, OUTSIDER, ROUND_END + 1)
    expect(refused(state, close, blind)).toBe('BlockUnknown')
  })

  /** Rationale: whoever could close a round twice would choose among blocks until one asks whom it likes. */
  test('ROUND-3 a round is closed once and recorded once, from the hash of the block that closed it', () => {
    const { state } = sealed()
    const closed = make(state, close, OUTSIDER, ROUND_END + 1).state
    const refusal = (from: ServiceState, call: Call, now: number) =>
      refused(from, call, at(from, SERVER, now))
    expect(refusal(closed, close, ROUND_END + 2)).toBe('RoundClosed')
    // Not in the same block, nor when the chain has forgotten it.
    expect(refusal(closed, record, ROUND_END + 1)).toBe('BlockUnknown')
    expect(refusal(closed, record, ROUND_END + 1 + 256)).toBe('accepted')
    expect(refusal(closed, record, ROUND_END + 1 + 257)).toBe('BlockUnknown')
    const late = make(state, close, OUTSIDER, ANSWERS_END).state
    expect(refusal(late, record, ANSWERS_END + 1)).toBe('AnswersOver')
    const recorded = make(closed, record, OUTSIDER, ROUND_END + 2).state
    const { closedIn } = closed.rounds.get(ROUND)!
    expect(recorded.rounds.get(ROUND)).toEqual({
      closedIn,
      randomness: blockOf(recorded, ROUND_END + 2).hashes.get(closedIn),
    })
    expect(refusal(recorded, record, ROUND_END + 3)).toBe('RoundRecorded')
  })

  /** Rationale: if each seal put its task into the draw anew, a server could keep verifiers answering for ever. */
  test('ROUND-1 a task’s first seal alone puts it into a round, as wide as its attention part', () => {
    const { table, state, seal } = sealed()
    const weight = (from: ServiceState, round: number) => from.roundWeights.get(roundWeightId(MODEL, round))
    const drawOf = (from: ServiceState, id: Id) => from.tasks.get(id)
    expect(drawOf(state, table.task)).toMatchObject({ draw: { round: ROUND, weightStart: 0n } })
    const again = make(state, { ...seal, sealed: ZERO_HASH }, OUTSIDER, ROUND_END + 1, BOND).state
    expect(drawOf(again, table.task)).toMatchObject({ bindings: 2, draw: { round: ROUND, weightStart: 0n } })
    expect([weight(again, ROUND), weight(again, ROUND + 1)]).toEqual([30n, undefined])
    const other = requesterFor(
      REQUESTER,
      { nonce: 1, modelId: MODEL, iterations: 0, feeWei: FEE, attentionWei: 50n, deadline: 9_999 },
      new Uint8Array(1),
    )
    const asked = make(again, other.request, REQUESTER, START, FEE).state
    const both = make(asked, { ...seal, taskId: other.task }, SERVER, ROUND_END, BOND).state
    expect(drawOf(both, other.task)).toMatchObject({ draw: { round: ROUND, weightStart: 30n } })
    expect(weight(both, ROUND)).toBe(80n)
    expect(taskId(both.tasks.get(other.task)!.task)).toBe(other.task)
  })

  /** Rationale: with several tasks in a round everybody works on one of them, and on the more the more it pays. */
  test('ROUND-4 each verifier is held to exactly one task of a round, by the width of the tasks', () => {
    const [widths, verifiers] = [[10n, 30n, 60n], Array.from({ length: 500 }, (_, n) => account(0x1000 + n))]
    const total = widths.reduce((sum, width) => sum + width, 0n)
    const state = { ...tableOf(PARAMETERS).state, roundWeights: new Map([[roundWeightId(MODEL, 7), total]]) }
    const randomness = keccak<Hash>(Uint8Array.of(4))
    let weightStart = 0n
    const held = widths.map((attentionWei) => {
      const draw = { round: 7, weightStart }
      weightStart += attentionWei
      return verifiers.filter((verifier) =>
        isDrawn(state, { model: MODEL, attentionWei }, draw, verifier, randomness),
      )
    })
    expect(held.flat().length).toBe(verifiers.length)
    expect(new Set(held.flat()).size).toBe(verifiers.length)
    for (const [i, width] of widths.entries())
      expect(Math.abs(held[i]!.length - 5 * Number(width))).toBeLessThan(45)
  })

  /** Rationale: nobody can answer a question that is not drawn; and a round that nobody records asks nobody. */
  test('ROUND-5 nobody answers before its round is recorded, and nobody is slashed for one that never is', () => {
    const given = sealed()
    const { attend, asked, slash } = selection(given)
    const [n] = asked as [number]
    const refusal = (from: ServiceState, call: Call, now: number) =>
      refused(from, call, at(from, account(n), now))
    const closed = make(given.state, close, OUTSIDER, ROUND_END + 1).state
    for (const from of [given.state, closed])
      expect(refusal(from, attend(n), ROUND_END + 1)).toBe('RoundNotRecorded')
    expect(refusal(given.before, attend(n), START)).toBe('TaskNotSealed')
    const shown = make(closed, given.reveal, SERVER, REVEALED_AT)
    const final = make(shown.state, { kind: 'Finalize', claimId: shown.id! }, SERVER, SETTLED_AT).state
    expect(refusal(final, slash(n), SETTLED_AT)).toBe('RoundNotRecorded')
    // Nobody has earned the part for verifiers.
    expect(final.burnedWei).toBe(ATTENTION.minFeeWei)
  })
})

describe('attention challenges', () => {
  /** Rationale: an open claim would let whoever cheats avoid the question. */
  test('ATTENTION-2 where verifiers are asked every claim is sealed', () => {
    const { table, before } = sealed()
    expect(refused(before, claimCall(table), at(before, SERVER, START, BOND))).toBe('SealRequired')
  })

  /** Rationale: an answer that could be made without the result, twice, or by anybody proves no attention. */
  test('ATTENTION-3 an answer is the asked verifier’s own, in time, and given once', () => {
    const given = sealed()
    const { after, asked, spared, attend } = selection(given)
    const [n, other] = [asked[0]!, spared[0]!]
    const refusal = (call: Call, sender: Address, now = ANSWERS_END, from = after) =>
      refused(from, call, at(from, sender, now))
    expect(refusal(attend(n), account(n))).toBe('accepted')
    expect(refusal(attend(n), account(n), ANSWERS_END + 1)).toBe('AnswersOver')
    expect(refusal(attend(n), OUTSIDER)).toBe('NotEnrolled')
    expect(refusal(attend(other), account(other))).toBe('NotAsked')
    expect(refusal({ ...attend(n), taskId: MODEL } as Call, account(n))).toBe('TaskUnknown')
    const { state } = make(after, attend(n), account(n), ANSWERS_END)
    expect(refusal(attend(n), account(n), ANSWERS_END, state)).toBe('AnswerExists')
  })

  test('ATTENTION-5 whoever was asked and did not answer, or answered wrongly, is slashed, and nobody else', () => {
    const { asked, spared } = selection(sealed())
    const [right, silent, wrong] = asked as [number, number, number]
    // One that the true result does not ask at all, and that answers all the same.
    const [eager, idle] = spared as [number, number]
    const { state, slash, refusal } = settled([[right], [wrong, WRONG], [eager, WRONG]])
    expect(refusal(slash(right))).toBe('AnswerCorrect')
    expect(refusal(slash(idle))).toBe('NotAsked')
    expect(refusal(slash(99))).toBe('NotEnrolled')
    expect(refusal({ ...slash(0), taskId: MODEL } as Call)).toBe('TaskUnknown')
    let now = state
    for (const n of [silent, wrong, eager]) {
      now = make(now, slash(n), OUTSIDER, SETTLED_AT).state
      expect(refusal(slash(n), SETTLED_AT, now)).toBe('NotEnrolled')
    }
    expect(now.burnedWei - state.burnedWei).toBe(3n * STAKE)
    // Whoever stakes anew is not held to what was before.
    const again = enroll(now, wrong, SETTLED_AT)
    expect(refusal(slash(wrong), SETTLED_AT, again)).toBe('NotAsked')
  })

  /** Rationale: a verifier that enrolls, or leaves, around a round must be able to know whether it is asked. */
  test('ATTENTION-6 held to a round is who had staked before it and had not retired by then', () => {
    const [n] = selection(sealed()).asked as [number]
    const verdict = (enrolledAt: number, retiredAt?: number) => {
      const table = tableOf(PARAMETERS)
      let state = enroll(requested(table), n, enrolledAt)
      if (retiredAt !== undefined)
        state = make(state, { kind: 'Retire', modelId: MODEL }, account(n), retiredAt).state
      const { seal, reveal } = sealCalls(table)
      const made = make(state, seal, SERVER, START, BOND)
      const shown = make(drawn(made.state), reveal(made.id!), SERVER, REVEALED_AT)
      const final = make(shown.state, { kind: 'Finalize', claimId: shown.id! }, SERVER, SETTLED_AT).state
      const slash: Call = { kind: 'Slash', taskId: table.task, verifier: account(n) }
      return refused(final, slash, at(final, OUTSIDER, SETTLED_AT))
    }
    expect(verdict(ROUND_START - 1)).toBe('accepted')
    expect(verdict(ROUND_START)).toBe('NotAsked')
    expect(verdict(ROUND_START - 1, ROUND_START - 1)).toBe('NotAsked')
    expect(verdict(ROUND_START - 1, ROUND_START)).toBe('accepted')
  })

  /** Rationale: a stake that can be taken away before the verdict deters nobody; one that never comes back, everybody. */
  test('ATTENTION-4 a stake is held as long as it can be slashed, and not a second longer', () => {
    const { state, slash, asked, refusal } = settled([])
    const [n] = asked as [number]
    const last = judgementEnd(PARAMETERS, 1, ROUND)
    expect([last, last + 1].map((now) => refusal(slash(n), now))).toEqual(['accepted', 'JudgementOver'])
    const unstake: Call = { kind: 'Unstake', modelId: MODEL, verifier: account(n) }
    const retire: Call = { kind: 'Retire', modelId: MODEL }
    expect(refusal(unstake)).toBe('NotRetired')
    expect(refusal(retire)).toBe('NotEnrolled')
    expect(refusal({ ...unstake, verifier: OUTSIDER } as Call)).toBe('NotEnrolled')
    // It is held to the whole round in which it retires.
    const retired = make(state, retire, account(n), 3_000).state
    expect(refused(retired, retire, at(retired, account(n), 3_000))).toBe('AlreadyRetired')
    const held = judgementEnd(PARAMETERS, 1, 5)
    expect(refusal(unstake, held, retired)).toBe('JudgementNotOver')
    const out = make(retired, unstake, OUTSIDER, held + 1).state
    expect(out.credits.get(account(n))).toBe(STAKE)
    expect(refusal(unstake, held + 1, out)).toBe('NotEnrolled')
  })

  test('ATTENTION-13 a stake is of the size that is asked for, on a model that there is, and once', () => {
    const { before } = sealed()
    const call: Call = { kind: 'Enroll', modelId: MODEL }
    const refusal = (change: Partial<typeof call>, n: number, wei = STAKE) =>
      refused(before, { ...call, ...change } as Call, at(before, account(n), START, wei))
    expect(refusal({}, 0)).toBe('AlreadyEnrolled')
    expect(refusal({}, 99, STAKE + 1n)).toBe('StakeMismatch')
    expect(refusal({ modelId: SALT as Id }, 99)).toBe('ModelUnknown')
    const plain = requested(tableOf({ ...BASE, seals: SEALS }))
    expect(refused(plain, call, at(plain, account(0), START, STAKE))).toBe('NoAttention')
  })

  /** Rationale: whoever looks is paid for it, and whoever makes others answer for nothing gains nothing by that. */
  test('ATTENTION-7 right answers earn a fixed sum or an equal part, once, and the rest is burned', () => {
    const { asked, spared } = selection(sealed())
    const paying = (payWei: bigint) => ({ ...PARAMETERS, attention: { ...ATTENTION, payWei } })
    const answers = asked.slice(0, 3).map((n) => [n] as const)
    const [n, other] = [asked[0]!, asked[1]!]
    // Three at 7 of 30 wei: 9 are burned.
    const some = settled(answers, paying(7n))
    expect(some.state.burnedWei).toBe(9n)
    const paid = make(some.state, some.reward(n), OUTSIDER, SETTLED_AT).state
    expect(paid.credits.get(account(n))).toBe(7n)
    expect(some.refusal(some.reward(n), SETTLED_AT, paid)).toBe('AnswerPaid')
    // That it was paid is no reason to slash it.
    expect(some.refusal(some.slash(n), SETTLED_AT, paid)).toBe('AnswerCorrect')
    expect(make(paid, some.reward(other), OUTSIDER, SETTLED_AT).state.credits.get(account(other))).toBe(7n)
    expect(some.refusal(some.reward(spared[0]!))).toBe('AnswerUnknown')
    expect(some.refusal({ ...some.reward(n), taskId: MODEL } as Call)).toBe('TaskUnknown')
    // Three at 20 do not fit: ten each. A fourth that is wrong counts, has no part, and loses its stake.
    const all = settled(answers, paying(20n))
    expect(make(all.state, all.reward(n), OUTSIDER, SETTLED_AT).state.credits.get(account(n))).toBe(10n)
    const wrong = settled([...answers, [spared[0]!, WRONG]], paying(20n))
    expect(make(wrong.state, wrong.reward(n), OUTSIDER, SETTLED_AT).state.credits.get(account(n))).toBe(7n)
    expect(wrong.refusal(wrong.reward(spared[0]!))).toBe('AnswerWrong')
    expect(wrong.refusal(wrong.slash(spared[0]!))).toBe('accepted')
    expect(wrong.state.burnedWei).toBe(30n - 21n)
  })

  test('ATTENTION-14 what is for verifiers is at least the least and at most the fee, and nothing where nobody is asked', () => {
    const refusal = (parameters: typeof BASE, attentionWei: bigint) => {
      const { state, requester } = tableOf(parameters)
      return refused(state, { ...requester.request, attentionWei }, at(state, REQUESTER, START, FEE))
    }
    expect([29n, 30n, 100n, 101n].map((wei) => refusal(PARAMETERS, wei))).toEqual([
      'AttentionFeeInvalid',
      'accepted',
      'accepted',
      'AttentionFeeInvalid',
    ])
    expect([0n, 1n].map((wei) => refusal(BASE, wei))).toEqual(['accepted', 'AttentionFeeInvalid'])
    // The server has the rest of the fee.
    expect(settled([]).state.credits.get(SERVER)).toBe(BOND + FEE - ATTENTION.minFeeWei)
  })

  /** Rationale: a false claim must not turn the watchful into culprits. */
  test('ATTENTION-8 a refuted claim slashes nobody and pays nobody', () => {
    const given = sealed([1])
    const { after, attend, asked, slash, reward } = selection(given)
    const [n] = asked as [number]
    const answered = make(after, attend(n), account(n), ANSWERS_END).state
    const shown = make(answered, given.reveal, SERVER, REVEALED_AT)
    const open = openCall(given.table, shown.id!)
    const opened = make(shown.state, open, VERIFIER, REVEALED_AT, DISPUTE_BOND)
    const late = REVEALED_AT + BASE.clockSeconds + 1
    const fallen = make(opened.state, { kind: 'Timeout', disputeId: opened.id! }, VERIFIER, late).state
    for (const call of [...everybody.map(slash), reward(n)])
      expect(refused(fallen, call, at(fallen, OUTSIDER, late))).toBe('TaskNotSettled')
    expect(fallen.enrollments.size).toBe(WATCHERS)
  })

  test('ATTENTION-15 where it is kept binds model, verifier and task', () => {
    const [one, two] = [MODEL, keccak<Id>(Uint8Array.of(9))]
    for (const idOf of [enrollmentId, answerId])
      expect(new Set([idOf(one, SERVER), idOf(two, SERVER), idOf(one, VERIFIER)]).size).toBe(3)
    const root = keccak<never>(Uint8Array.of(1))
    const hashes = [
      attentionHash(one, SERVER, root, SALT),
      attentionHash(two, SERVER, root, SALT),
      attentionHash(one, VERIFIER, root, SALT),
      attentionHash(one, SERVER, keccak<never>(Uint8Array.of(2)), SALT),
      attentionHash(one, SERVER, root, ZERO_HASH),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})

/** Rationale: what one party does alone must hold with all of them at the table. */
test('ATTENTION-9 sealed claims settle as open ones do, and the watchful keep their stakes and are paid', () => {
  const reached = tally()
  fc.assert(
    fc.property(
      instances,
      fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
      fc.record({ lies: fc.boolean(), isAsked: fc.boolean(), oneIn: fc.integer({ min: 1, max: 3 }) }),
      (instance, path, { lies, isAsked, oneIn }) => {
        const asking = isAsked ? { attention: { ...ATTENTION, oneIn } } : {}
        const parameters = { ...instance.parameters, seals: SEALS, ...asking }
        const table = setTable({ ...instance, parameters })
        const endRoot = table.trueRun.rootsAt([table.trueRun.length])[0]!
        let start = table.state
        const watchers = (isAsked ? [0, 1, 2, 3] : []).map((n): Player => {
          start = enroll(start, n, START - 500)
          const self = { address: account(n), task: table.task, endRoot }
          return { address: self.address, act: (view) => watcherActs(view, self) }
        })
        const liar = serverOf(table, lies ? liePath(table, path) : undefined)
        const players: readonly Player[] = [
          ...watchers,
          serverPlayer({ ...liar, salt: SALT }),
          serverPlayer({ ...serverOf(table), address: OUTSIDER, salt: SALT }),
          verifierPlayer(verifierOf(table)),
          { address: REQUESTER, act: (view) => requesterActs(view, table.requester) },
        ]
        let last = START
        const state = play(start, START, table.task, players, ({ context, applied }) => {
          last = context.now
          expect(escrowFault(applied.state)).toBeUndefined()
        })
        const claims = [...state.claims.values()]
        expect(claims).toHaveLength(2)
        for (const { kind, claim } of claims) {
          expect(kind).toBe(claim.endRoot === endRoot ? 'Final' : 'Refuted')
          if (kind === 'Refuted') reached.note('a lie that falls')
        }
        expect(state.tasks.get(table.task)).toMatchObject({ kind: 'Settled', isPaid: true })
        expect(last - START).toBeLessThanOrEqual(
          finalitySeconds(parameters, table.rules.phases.length, 50_000) + 12 * 200,
        )
        for (const { address } of watchers) {
          const call: Call = { kind: 'Slash', taskId: table.task, verifier: address }
          expect(refused(state, call, at(state, OUTSIDER, last))).toMatch(/^(NotAsked|AnswerCorrect)$/)
          expect(state.enrollments.has(enrollmentId(MODEL, address))).toBe(true)
        }
        for (const { isPaid } of state.answers.values()) {
          expect(isPaid).toBe(true)
          reached.note('an answer')
        }
        // Nothing is left but stakes and what was burned.
        const stakes = BigInt(watchers.length) * STAKE
        const credits = [...state.credits.values()].reduce((sum, wei) => sum + wei, 0n)
        expect(state.balanceWei).toBe(state.burnedWei + stakes + credits)
      },
    ),
    { numRuns: 60 },
  )
  reached.expectAtLeast({ 'an answer': 31, 'a lie that falls': 11 })
})
