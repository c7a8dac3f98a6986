import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigEndian, concat } from '../../commitments/bytes.ts'
import { type Id, keccak } from '../../commitments/hash.ts'
import { cutPoints, openSegment, segmentCount } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import type { Call } from '../../service/calls.ts'
import { deploy, type ServiceState } from '../../service/state.ts'
import { settlementSeconds } from '../../setting/times.ts'
import { honestReply, traceAt } from '../../strategies/honest.ts'
import { commitLetter, type Letter, letterBytes } from '../../tower/phases/alphabet.ts'
import {
  type Instance,
  liePath,
  MODEL,
  OUTSIDER,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  setTable,
  type Table,
  VERIFIER,
} from './alphabetGame.ts'
import { accepted, at, refused } from './attempt.ts'
import { refusalOf } from './refusal.ts'

/** One task on a small tower, call by call: what each call of the service refuses, and when. */
const INSTANCE: Instance = {
  tower: { lengths: [6], lastLengths: [9, 12], stepLimit: 20 },
  parameters: {
    arity: 3,
    clockSeconds: 600,
    descentSeconds: 60,
    windowSeconds: 1200,
    claimBondWei: 1000n,
    disputeBondWei: 800n,
    burnBasisPoints: 2500,
    disputesAtOnce: 4,
    mostMoves: 200,
    inclusionSeconds: 0,
  },
  seed: 42,
}
const { claimBondWei: BOND, disputeBondWei: DISPUTE_BOND } = INSTANCE.parameters
const UNKNOWN = `0x${'09'.repeat(32)}` as Id

interface Claimed {
  readonly table: Table
  readonly state: ServiceState
  readonly claim: Id
  readonly call: Call & { kind: 'Claim' }
}

/** A requested and claimed task; the claim lies at the end of the path. */
const claimed = (lie?: readonly number[]): Claimed => {
  const table = setTable(INSTANCE)
  const requested = accepted(table.state, table.requester.request, at(REQUESTER, START, 100n))
  const { prepared } = serverOf(table, lie && liePath(table, lie))
  const call = { kind: 'Claim', taskId: table.task, nonce: 0, ...prepared } as const
  const made = accepted(requested.state, call, at(SERVER, START + 12, BOND))
  return { table, state: made.state, claim: made.id!, call }
}

/** The opening of a verifier that knows the truth, or of one that lies where it must. */
const openingOf = ({ table, state, claim }: Claimed, lie?: readonly number[]): Call & { kind: 'Open' } => {
  const { claim: made } = state.claims.get(claim)!
  const position = { phase: 0, length: made.length, roots: [made.startRoot, made.endRoot], at: [0] }
  const trace = table.storey.run(table.start, lie && liePath(table, lie))
  return { kind: 'Open', claimId: claim, nonce: 0, reply: honestReply(position, 3, trace)!.reply }
}

describe('the service', () => {
  /** Rationale: whoever pays less than the stake, or sends money where none is asked for, changes the sums. */
  test('ESCROW-4 value that is not what the call takes is refused', () => {
    const { state, call, claim, table } = claimed([2, 4])
    const { request } = table.requester
    // A quarter of a claim's bond is burned, whoever refutes it.
    expect(refused(table.state, request, at(REQUESTER, START, BOND / 4n))).toBe('FeeTooHigh')
    expect(refused(table.state, request, at(REQUESTER, START, BOND / 4n - 1n))).toBe('accepted')
    const requested = accepted(table.state, request, at(REQUESTER, START, 100n)).state
    for (const wrong of [0n, BOND - 1n, BOND + 1n])
      expect(refused(requested, call, at(SERVER, START, wrong))).toBe('BondMismatch')
    const open = openingOf({ table, state, claim, call })
    for (const wrong of [0n, DISPUTE_BOND - 1n, DISPUTE_BOND + 1n, BOND])
      expect(refused(state, open, at(VERIFIER, START + 24, wrong))).toBe('BondMismatch')
    const callOf = (kind: string): Call =>
      ({ ...open, kind, taskId: table.task, disputeId: UNKNOWN }) as unknown as Call
    for (const kind of ['Finalize', 'Timeout', 'Draw', 'PassClaim', 'Collect', 'Expire', 'Withdraw'])
      expect(refused(state, callOf(kind), at(SERVER, START, 1n))).toBe('ValueUnexpected')
  })

  /** Rationale: the window's two sides must meet: at no second are both, or neither, of open and finalize possible. */
  test('WINDOW-1 a dispute is opened while now <= the window’s end, and a claim is final only after it', () => {
    const given = claimed([2, 4])
    const end = START + 12 + INSTANCE.parameters.windowSeconds
    const final: Call = { kind: 'Finalize', claimId: given.claim }
    const open = openingOf(given)
    expect(refused(given.state, open, at(VERIFIER, end, DISPUTE_BOND))).toBe('accepted')
    expect(refused(given.state, open, at(VERIFIER, end + 1, DISPUTE_BOND))).toBe('WindowOver')
    expect(refused(given.state, final, at(OUTSIDER, end))).toBe('WindowNotOver')
    expect(refused(given.state, final, at(OUTSIDER, end + 1))).toBe('accepted')
  })

  /** Rationale: a claim that became final under a running dispute would pay a server that is about to be refuted. */
  test('WINDOW-2 a claim that is disputed is not final', () => {
    const given = claimed([2, 4])
    const { state } = accepted(given.state, openingOf(given), at(VERIFIER, START + 24, DISPUTE_BOND))
    const late = START + 12 + INSTANCE.parameters.windowSeconds + 1
    expect(refused(state, { kind: 'Finalize', claimId: given.claim }, at(SERVER, late))).toBe('ClaimDisputed')
  })

  /** Rationale: a late claim, or an expiry beside one, would take the fee from under somebody. */
  test('TASK-1 a task takes claims while now <= its deadline, expires after it, and later where there were any', () => {
    const { table, call, state } = claimed()
    const { deadline } = table.requester.request
    const requested = accepted(table.state, table.requester.request, at(REQUESTER, START, 100n)).state
    const expire: Call = { kind: 'Expire', taskId: table.task }
    expect(refused(requested, call, at(SERVER, deadline, BOND))).toBe('accepted')
    expect(refused(requested, call, at(SERVER, deadline + 1, BOND))).toBe('TaskExpired')
    expect(refused(requested, expire, at(OUTSIDER, deadline))).toBe('TaskNotExpired')
    const expired = accepted(requested, expire, at(OUTSIDER, deadline + 1)).state
    expect(expired.credits.get(REQUESTER)).toBe(100n)
    expect(refused(expired, expire, at(OUTSIDER, deadline + 1))).toBe('TaskNotOpen')
    const last = deadline + settlementSeconds(INSTANCE.parameters, 2)
    expect(refused(state, expire, at(OUTSIDER, last))).toBe('TaskNotExpired')
    expect(accepted(state, expire, at(OUTSIDER, last + 1)).state.credits.get(REQUESTER)).toBe(100n)
    expect(refused(table.state, table.requester.request, at(REQUESTER, deadline, 1n))).toBe('accepted')
    expect(refused(table.state, table.requester.request, at(REQUESTER, deadline + 1, 1n))).toBe(
      'DeadlineInvalid',
    )
  })

  test('TASK-2 the same task, claim or dispute twice, and what nobody has made, are refused', () => {
    const given = claimed([2, 4])
    const { table, call, state } = given
    expect(refused(state, table.requester.request, at(REQUESTER, START, 100n))).toBe('TaskExists')
    expect(refused(state, call, at(SERVER, START + 24, BOND))).toBe('ClaimExists')
    expect(refused(state, { ...table.requester.request, modelId: UNKNOWN }, at(REQUESTER, START))).toBe(
      'ModelUnknown',
    )
    expect(refused(state, { ...call, taskId: UNKNOWN }, at(SERVER, START, BOND))).toBe('TaskUnknown')
    expect(refused(state, { ...openingOf(given), claimId: UNKNOWN }, at(VERIFIER, START, DISPUTE_BOND))).toBe(
      'ClaimUnknown',
    )
    expect(refused(state, { kind: 'Timeout', disputeId: UNKNOWN }, at(VERIFIER, START))).toBe(
      'DisputeUnknown',
    )
    expect(refused(state, { kind: 'Draw', disputeId: UNKNOWN }, at(VERIFIER, START))).toBe('DisputeUnknown')
    expect(refused(state, { kind: 'Finalize', claimId: UNKNOWN }, at(VERIFIER, START))).toBe('ClaimUnknown')
    expect(refused(state, { kind: 'Expire', taskId: UNKNOWN }, at(VERIFIER, START))).toBe('TaskUnknown')
    expect(refused(state, { kind: 'Withdraw' }, at(SERVER, START))).toBe('NothingToWithdraw')
  })

  /** Rationale: with more iterations than stated a run outlasts its clocks; with none it has no step to dispute. */
  test('ITERATIONS-3 a request asks for at least one iteration and at most as many as the model states, or for none', () => {
    const table = setTable(INSTANCE)
    const refusal = (mostIterations: number, iterations: number) => {
      const state = { ...table.state, models: new Map([[MODEL, { ...table.rules, mostIterations }]]) }
      return refused(state, { ...table.requester.request, iterations }, at(REQUESTER, START, 100n))
    }
    expect([0, 1, 5, 6].map((iterations) => refusal(5, iterations))).toEqual([
      'IterationsInvalid',
      'accepted',
      'accepted',
      'IterationsInvalid',
    ])
    expect([0, 1].map((iterations) => refusal(0, iterations))).toEqual(['accepted', 'IterationsInvalid'])
    expect(refusal(5, 2 ** 32)).toBe('CallMalformed')
  })

  /** Rationale: an output that is not in the disputable state could be wrong without anybody being able to say so. */
  test('CLAIM-1, CLAIM-2 output, last state, start and length must belong together', () => {
    const { table, call } = claimed()
    const requested = accepted(table.state, table.requester.request, at(REQUESTER, START, 100n)).state
    const refusal = (change: Partial<typeof call>) =>
      refused(requested, { ...call, ...change }, at(SERVER, START + 12, BOND))
    expect(refusal({})).toBe('accepted')
    expect(refusal({ output: new Uint8Array(32) })).toBe('OutputMismatch')
    expect(refusal({ endRoot: table.trueRun.rootsAt([1])[0]! })).toBe('EndMismatch')
    expect(refusal({ length: call.length + 1 })).toBe('LengthInvalid')
    expect(refusal({ startWitness: new Uint8Array(1) })).toBe('WitnessMalformed')
    expect(refusal({ outputWitness: call.outputWitness.slice(1) })).toBe('WitnessMalformed')
  })

  /** Rationale: a verdict that can be had twice pays twice; one that can be undone pays nobody. */
  test('ABSORB-1 what has been decided takes no further call', () => {
    const given = claimed([2, 4])
    const opened = accepted(given.state, openingOf(given), at(VERIFIER, START + 24, DISPUTE_BOND))
    const late = START + 10_000
    const timeout: Call = { kind: 'Timeout', disputeId: opened.id! }
    const { state } = accepted(opened.state, timeout, at(OUTSIDER, late))
    // Of both bonds a quarter is burned, that of the dispute at its opening.
    expect(state.credits.get(VERIFIER)).toBe(600n + 750n)
    expect(state.burnedWei).toBe(200n + 250n)
    expect(refused(state, timeout, at(OUTSIDER, late))).toBe('DisputeOver')
    const running = opened.state.disputes.get(opened.id!)!
    if (running.kind !== 'Running') throw new Error('decided by its opening')
    const { reply } = openingOf(given)
    const move: Call = {
      kind: 'Move',
      disputeId: opened.id!,
      opening: openSegment(running.position, 0),
      reply,
    }
    expect(refused(state, move, at(SERVER, START + 36))).toBe('DisputeOver')
    expect(refused(state, { kind: 'Finalize', claimId: given.claim }, at(SERVER, late))).toBe('ClaimNotOpen')
    expect(refused(state, openingOf(given), at(VERIFIER, START + 36, DISPUTE_BOND))).toBe('ClaimNotOpen')
    expect(refused(state, given.call, at(SERVER, START + 36, BOND))).toBe('ClaimExists')
    const paid = accepted(state, { kind: 'Withdraw' }, at(VERIFIER, late))
    expect(paid.paidWei).toBe(1350n)
    expect(refused(paid.state, { kind: 'Withdraw' }, at(VERIFIER, late))).toBe('NothingToWithdraw')
  })

  test('PARAMETER-1 a deployment that cannot work is refused, and names the parameter', () => {
    const { parameters } = INSTANCE
    expect(refusalOf(deploy(parameters))).toBe('accepted')
    const bad = deploy({ ...parameters, arity: 1 })
    expect(refusalOf(bad)).toBe('ParameterInvalid')
    if (!bad.ok) expect(bad.rejection.details).toMatchObject({ parameter: 'arity' })
  })
})

describe('the length of a run that a mover states', () => {
  /** The claim lies in step 2, so the asserter descends into it once the verifier's vector has single steps. */
  const disputed = () => {
    const given = claimed([2, 4])
    const { table } = given
    const liar = table.storey.run(table.start, liePath(table, [2, 4]))
    let opened = accepted(given.state, openingOf(given), at(VERIFIER, START + 24, DISPUTE_BOND))
    for (let now = START + 36; ; now += 12) {
      const dispute = opened.state.disputes.get(opened.id!)!
      if (dispute.kind !== 'Running') throw new Error('decided before a descent')
      const { turn } = dispute.clocks
      const picked = honestReply(dispute.position, 3, turn === 'asserter' ? liar : table.trueRun)!
      const { roots, length, phase } = dispute.position
      const sender = turn === 'asserter' ? SERVER : VERIFIER
      const points = cutPoints(length, roots.length - 1)
      const from = dispute.position.at.at(-1)! + points[picked.segment]!
      const tree = traceAt(turn === 'asserter' ? liar : table.trueRun, [
        ...dispute.position.at.slice(0, -1),
        from,
      ])
      const opening = openSegment(dispute.position, picked.segment)
      const call: Call = { kind: 'Move', disputeId: opened.id!, opening, reply: picked.reply }
      if (picked.reply.kind === 'Descend')
        return { state: opened.state, call, sender, now, tree, from, phase }
      opened = { ...accepted(opened.state, call, at(sender, now)), id: opened.id }
    }
  }

  /**
   * Rationale: without stability a liar stops a run where it likes the output; with a length of its own choosing in
   * the middle it disputes steps that the tower does not have.
   */
  test('LENGTH-1 an end that is not stable, a length of 0 and one beyond the step limit are refused', () => {
    const { state, call, sender, now, tree, from } = disputed()
    if (call.kind !== 'Move' || tree.kind !== 'upper') throw new Error('no descent')
    const { below, witness } = tree.descend(from)
    const preState = witness.subarray(0, witness.length / 2)
    const refusal = (length: number, end: Letter) => {
      const roots = Array.from({ length: segmentCount(Math.max(1, length), 3) }, () => commitLetter(1, end))
      const reply: Reply = {
        kind: 'Descend',
        length,
        roots,
        witness: concat(preState, letterBytes(end)),
      }
      return refused(state, { ...call, reply }, at(sender, now))
    }
    const value = keccak(bigEndian(7, 1))
    const { stepLimit } = INSTANCE.tower
    expect(below.length).toBeLessThan(stepLimit)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: stepLimit - 1 }),
        fc.integer({ min: 1, max: 9 }),
        (length, left) => {
          expect(refusal(length, { count: 0, value })).toBe('accepted')
          expect(refusal(length, { count: left, value })).toBe('EndNotStable')
        },
      ),
    )
    expect(refusal(stepLimit, { count: 3, value })).toBe('accepted')
    expect(refusal(stepLimit + 1, { count: 0, value })).toBe('LengthInvalid')
    expect(refusal(0, { count: 0, value })).toBe('LengthInvalid')
    expect(refusal(1.5, { count: 0, value })).toBe('CallMalformed')
  })

  test('LENGTH-2 a run whose length the tower fixes is refused at any other', () => {
    const tower = { ...INSTANCE.tower, lengths: [2, 6] }
    const table = setTable({ ...INSTANCE, tower })
    if (table.trueRun.kind !== 'upper') throw new Error('three phases have joints')
    const { below, witness } = table.trueRun.descend(1)
    const [pre, end] = [table.trueRun.rootsAt([1])[0]!, below.rootsAt([6])[0]!]
    const rules = table.rules.descents[0]!
    expect(rules.enterRoot(pre, witness).ok).toBe(true)
    for (const length of [1, 2, 5, 7, 20])
      expect(rules.exitRoot(pre, end, length, witness)).toMatchObject({
        rejection: { reason: 'LengthInvalid' },
      })
    expect(rules.exitRoot(pre, end, 6, witness).ok).toBe(true)
  })
})
