import { type Bytes, concat } from '../../commitments/bytes.ts'
import { type Hash, type Id, keccak, type StateRoot } from '../../commitments/hash.ts'
import { deadline, opponentOf, type Party } from '../../game/clocks.ts'
import { cutPoints, segmentCount, segmentStart } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import { drawOf } from '../../service/attention.ts'
import type { Call, Context } from '../../service/calls.ts'
import { revealEnd } from '../../service/seals.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { answersEnd } from '../../setting/times.ts'
import { traceAt } from '../../strategies/honest.ts'
import type { Trace } from '../../tower/tower.ts'
import { flipBit } from './draws.ts'

/** A call that somebody might send in place of one that is accepted. */
export interface Attempt {
  readonly call: Call
  readonly context: Context
}

const STRANGER: Address = `0x${'5'.repeat(40)}`
const UNKNOWN: Id = keccak(new Uint8Array([0xff]))
/** An assertion of nothing. */
const NOTHING = {
  nonce: 0,
  length: 1,
  endRoot: UNKNOWN as unknown as StateRoot,
  output: new Uint8Array(),
  startWitness: new Uint8Array(),
  outputWitness: new Uint8Array(),
}
/** Behind every deadline of a game. */
const FAR = 2 ** 31

/** One bit at eight places from the first byte to the last; too short; too long. */
const damaged = (witness: Bytes): readonly Bytes[] => [
  ...(witness.length === 0
    ? []
    : [
        ...Array.from({ length: 8 }, (_, i) => Math.floor((i * (witness.length - 1)) / 7)).map((at) =>
          flipBit(witness, at, at % 8),
        ),
        witness.slice(0, -1),
      ]),
  concat(witness, new Uint8Array(1)),
]

const flipped = (root: StateRoot): StateRoot => keccak(root)

/** Replies that are like the one given, but for one thing. @param end the end that the opponent stands by */
const otherReplies = (reply: Reply, end: StateRoot): readonly Reply[] => {
  switch (reply.kind) {
    case 'Dissect': {
      const { roots } = reply
      return [
        { ...reply, roots: roots.slice(1) },
        { ...reply, roots: [...roots, ...roots.slice(-1)] },
        { ...reply, roots: [...roots.slice(0, -1), end] },
        { kind: 'Descend', length: 1, roots, witness: new Uint8Array() },
        { kind: 'Arbitrate', witness: new Uint8Array() },
      ]
    }
    case 'Descend': {
      const { roots, length } = reply
      return [
        ...damaged(reply.witness).map((witness) => ({ ...reply, witness })),
        ...[0, length - 1, length + 1, 2 ** 47].map((other) => ({ ...reply, length: other })),
        { ...reply, roots: roots.slice(0, -1) },
        { ...reply, roots: [roots[0]!, ...roots] },
        { ...reply, roots: [...roots.slice(0, -1), flipped(roots.at(-1)!)] },
        { kind: 'Dissect', roots },
        { kind: 'Arbitrate', witness: reply.witness },
      ]
    }
    case 'Arbitrate':
      return [
        ...damaged(reply.witness).map((witness) => ({ ...reply, witness })),
        { kind: 'Dissect', roots: [flipped(end)] },
        {
          kind: 'Descend',
          length: 1,
          roots: [flipped(end)],
          witness: reply.witness,
        },
      ]
  }
}

const otherOpenings = (move: Call & { readonly kind: 'Move' }): readonly Call[] => {
  const { opening } = move
  return [
    { ...opening, segment: opening.segment + 1 },
    { ...opening, phase: opening.phase + 1 },
    { ...opening, length: opening.length + 1 },
    { ...opening, start: flipped(opening.start) },
    { ...opening, siblings: [...opening.siblings, opening.start] },
  ].map((other) => ({ ...move, opening: other }))
}

const otherCalls = (state: ServiceState, call: Call): readonly Call[] => {
  switch (call.kind) {
    case 'Request':
      return [
        { ...call, modelId: UNKNOWN },
        { ...call, deadline: 0 },
        { ...call, iterations: call.iterations + 1 },
        { ...call, attentionWei: 1n << 100n },
      ]
    case 'Claim':
      return [
        { ...call, taskId: UNKNOWN },
        { ...call, output: concat(call.output, Uint8Array.of(1)) },
        { ...call, output: call.output.map((byte) => byte ^ 1) },
        { ...call, endRoot: flipped(call.endRoot) },
        ...[0, call.length - 1, call.length + 1, 2 ** 47].map((length) => ({ ...call, length })),
        ...damaged(call.startWitness).map((startWitness) => ({ ...call, startWitness })),
        ...damaged(call.outputWitness).map((outputWitness) => ({ ...call, outputWitness })),
      ]
    case 'Open': {
      const end = state.claims.get(call.claimId)!.claim.endRoot
      return [
        { ...call, claimId: UNKNOWN },
        ...otherReplies(call.reply, end).map((reply) => ({ ...call, reply })),
      ]
    }
    case 'Move':
      return [
        { ...call, disputeId: UNKNOWN },
        ...otherOpenings(call),
        ...otherReplies(call.reply, call.opening.end).map((reply) => ({ ...call, reply })),
      ]
    case 'Timeout':
    case 'Draw':
      return [{ ...call, disputeId: UNKNOWN }]
    case 'Finalize':
    case 'PassClaim':
    case 'Collect':
      return [{ ...call, claimId: UNKNOWN }]
    case 'CloseRound':
    case 'RecordRound':
      return [call.round - 1, call.round + 1].map((round) => ({ ...call, round }))
    case 'Expire':
    case 'Seal':
    case 'Reward':
    case 'Slash':
      return [{ ...call, taskId: UNKNOWN }]
    case 'Reveal':
      return [
        { ...call, sealId: UNKNOWN },
        { ...call, salt: keccak(call.salt) },
        { ...call, nonce: call.nonce + 1 },
        { ...call, output: concat(call.output, Uint8Array.of(1)) },
        { ...call, output: call.output.map((byte) => byte ^ 1) },
      ]
    case 'Forfeit':
    case 'PassSeal':
      return [{ ...call, sealId: UNKNOWN }]
    case 'Enroll':
    case 'Retire':
    case 'Unstake':
      return [{ ...call, modelId: UNKNOWN }]
    case 'Attend':
      return [
        { ...call, taskId: UNKNOWN },
        { ...call, answer: `0x${'ff'.repeat(32)}` as Hash },
      ]
    case 'Notify':
      return [
        { ...call, taskId: UNKNOWN },
        { ...call, output: concat(call.output, Uint8Array.of(1)) },
        { ...call, output: call.output.map((byte) => byte ^ 1) },
      ]
    default:
      return []
  }
}

/**
 * The opponent's own run below the step, which leads to the opponent's own end. @param opponent its trace of the top
 * phase
 */
const opponentsDescent = (state: ServiceState, call: Call, opponent: Trace): readonly Call[] => {
  const dispute = call.kind === 'Move' ? state.disputes.get(call.disputeId) : undefined
  if (call.kind !== 'Move' || call.reply.kind !== 'Descend' || dispute?.kind !== 'Running') return []
  const { length, segments, segment } = call.opening
  const at = segmentStart(dispute.position.at, length, segments, segment)
  const above = traceAt(opponent, at)
  if (above.kind === 'last') return []
  const { below, witness } = above.descend(at.at(-1)!)
  const points = cutPoints(below.length, segmentCount(below.length, state.parameters.arity))
  const roots = below.rootsAt(points.slice(1))
  return [{ ...call, reply: { kind: 'Descend', length: below.length, roots, witness } }]
}

/** The last second at which the call is still in time, where there is one. */
const lastSecond = (state: ServiceState, call: Call): number | undefined => {
  if (call.kind === 'Claim' || call.kind === 'Seal') return state.tasks.get(call.taskId)?.task.deadline
  if (call.kind === 'Open') {
    const claim = state.claims.get(call.claimId)
    return claim?.kind === 'Pending' ? claim.windowEnd : undefined
  }
  if (call.kind === 'Reveal') {
    const seal = state.seals.get(call.sealId)
    return seal?.kind === 'Sealed' ? revealEnd(seal.sealedAt, state.parameters) : undefined
  }
  if (call.kind === 'Attend') {
    const task = state.tasks.get(call.taskId)
    const draw = task && drawOf(task)
    return draw && answersEnd(state.parameters, draw.round)
  }
  const dispute = call.kind === 'Move' ? state.disputes.get(call.disputeId) : undefined
  return dispute?.kind === 'Running' ? deadline(dispute.clocks) : undefined
}

/** What each side of a game plays from, where it is known beforehand. */
export type Traces = Readonly<Record<Party, Trace>>

/** The trace of the side that is not to move, where the call is a move. */
const opponentsTrace = (state: ServiceState, call: Call, traces: Traces): Trace | undefined => {
  const dispute = call.kind === 'Move' ? state.disputes.get(call.disputeId) : undefined
  return dispute?.kind === 'Running' ? traces[opponentOf(dispute.clocks.turn)] : undefined
}

/** Calls like an accepted one but for one thing: a part of it, its value, who sends it, when it comes. */
export const attemptsAt = (
  state: ServiceState,
  call: Call,
  context: Context,
  traces?: Traces,
): readonly Attempt[] => {
  const last = lastSecond(state, call)
  const opponent = traces && opponentsTrace(state, call, traces)
  return [
    ...(opponent ? opponentsDescent(state, call, opponent) : []).map((other) => ({ call: other, context })),
    ...otherCalls(state, call).map((other) => ({ call: other, context })),
    { call, context: { ...context, valueWei: context.valueWei + 1n } },
    { call, context: { ...context, valueWei: state.parameters.claimBondWei + 1n } },
    { call, context: { ...context, sender: STRANGER } },
    ...(last === undefined ? [] : [{ call, context: { ...context, now: last + 1 } }]),
    // One that had to wait comes too early.
    ...(call.kind === 'Reveal' ? [{ call, context: { ...context, now: context.now - 60 } }] : []),
  ]
}

/** What anybody may call at any time, at everything that there is: now, and behind every deadline. */
export const callsByAnyone = (state: ServiceState, now: number): readonly Attempt[] => {
  const calls: readonly Call[] = [
    ...[...state.tasks.keys()].map((taskId) => ({ kind: 'Expire', taskId }) as const),
    ...[...state.claims.keys()].flatMap((claimId) => [
      { kind: 'Finalize', claimId } as const,
      { kind: 'PassClaim', claimId } as const,
      { kind: 'Collect', claimId } as const,
    ]),
    ...[...state.rounds.keys()].flatMap((round) => [
      { kind: 'CloseRound', round } as const,
      { kind: 'RecordRound', round } as const,
    ]),
    { kind: 'RecordRound', round: 2 ** 40 - 1 },
    ...[...state.disputes.keys()].map((disputeId) => ({ kind: 'Timeout', disputeId }) as const),
    ...[...state.disputes.keys()].map((disputeId) => ({ kind: 'Draw', disputeId }) as const),
    { kind: 'Withdraw' },
    { kind: 'Expire', taskId: '0x' as Id },
    ...[...state.tasks.keys()].flatMap((taskId) => [
      { kind: 'Seal', taskId, sealed: UNKNOWN } as const,
      { kind: 'Claim', taskId, ...NOTHING } as const,
      { kind: 'Attend', taskId, answer: UNKNOWN } as const,
      { kind: 'Notify', taskId, output: new Uint8Array() } as const,
      { kind: 'Reward', taskId, verifier: STRANGER } as const,
      ...[...state.enrollments.values()].flatMap(({ verifier }) => [
        { kind: 'Slash', taskId, verifier } as const,
        { kind: 'Reward', taskId, verifier } as const,
      ]),
    ]),
    ...[...state.seals.keys()].flatMap((sealId) => [
      { kind: 'Forfeit', sealId } as const,
      { kind: 'PassSeal', sealId } as const,
    ]),
    ...[...state.enrollments.values()].map(({ model, verifier }) => ({
      kind: 'Unstake' as const,
      modelId: model,
      verifier,
    })),
  ]
  return calls.flatMap((call) =>
    [now, FAR].map((second) => ({ call, context: { sender: STRANGER, valueWei: 0n, now: second } })),
  )
}
