import type { Id } from '../commitments/hash.ts'
import { initialSeconds, type Seconds } from '../game/clocks.ts'
import * as game from '../game/dispute.ts'
import { opens, positionHash, segmentLength, segmentStart } from '../game/position.ts'
import { applyReply, type ReplyOutcome } from '../game/reply.ts'
import { accept, type Result, reject } from '../result.ts'
import { divideBond } from '../setting/parameters.ts'
import type { Call, Context } from './calls.ts'
import { credit, type DisputeState, type ServiceState, withEntry } from './state.ts'
import { type Dispute, disputeId } from './task.ts'

type Running = DisputeState & { kind: 'Running' }

/**
 * Opens a dispute, beside any others about the claim. The claim itself is a vector with one segment, and what comes
 * with the opening is the challenger's reply to it: its own first vector, or a descent or an arbitration where the run is one step long.
 */
export const open = (
  state: ServiceState,
  call: Call & { kind: 'Open' },
  { sender, valueWei, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const { parameters } = state
  const entry = state.claims.get(call.claimId)
  if (entry === undefined) return reject('ClaimUnknown', { id: call.claimId })
  if (entry.kind !== 'Pending') return reject('ClaimNotOpen', { id: call.claimId })
  if (now > entry.windowEnd) return reject('WindowOver', { now, windowEnd: entry.windowEnd })
  if (valueWei !== parameters.bondWei)
    return reject('BondMismatch', { expected: parameters.bondWei, given: valueWei })
  const { claim } = entry
  const dispute = { claimId: call.claimId, modelId: claim.modelId, challenger: sender, nonce: call.nonce }
  const id = disputeId(dispute)
  if (state.disputes.has(id)) return reject('DisputeExists', { id })
  const tower = state.models.get(claim.modelId)!
  const segment = { phase: 0, length: claim.length, start: claim.startRoot, end: claim.endRoot, at: [0] }
  const begun = begin(state, dispute, now)
  const moved = game.move(
    begun.disputes.get(id) as Running,
    'challenger',
    () => applyReply(tower, parameters.arity, segment, call.reply),
    now,
  )
  return moved.ok ? accept({ state: proceed(begun, id, moved.value), id }) : moved
}

/** A dispute before its first reply: the claim's bond meets the challenger's, and both clocks are full. */
export const begin = (state: ServiceState, named: Dispute, now: Seconds): ServiceState => {
  const { claimId, modelId, challenger, nonce } = named
  const id = disputeId(named)
  const entry = state.claims.get(claimId)
  if (entry?.kind !== 'Pending') throw new Error(`no pending claim ${claimId}`)
  const { claim } = entry
  const seconds = initialSeconds(state.parameters, state.models.get(modelId)!.phases.length)
  const dispute: Running = {
    ...game.begin(
      { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] },
      seconds,
      now,
    ),
    claim: claimId,
    model: modelId,
    asserter: claim.server,
    challenger,
    nonce,
    moves: 0,
  }
  return {
    ...state,
    claims: withEntry(state.claims, claimId, { ...entry, disputes: entry.disputes + 1 }),
    disputes: withEntry(state.disputes, id, dispute),
    balanceWei: state.balanceWei + state.parameters.bondWei,
  }
}

/** The party to move replies to one segment of its opponent's vector. */
export const move = (
  state: ServiceState,
  call: Call & { kind: 'Move' },
  { sender, now }: Context,
): Result<ServiceState> => {
  const running = runningDispute(state, call.disputeId)
  if (!running.ok) return running
  const dispute = running.value
  const { clocks } = dispute
  const party = dispute[clocks.turn]
  // DELEGATE-1: a delegate makes its party's moves, and gets nothing else.
  if (sender !== party && state.delegates.get(party) !== sender)
    return reject('NotYourTurn', { turn: clocks.turn })
  const moved = game.move(dispute, clocks.turn, () => replyTo(state, dispute, call), now)
  return moved.ok ? accept(proceed(state, call.disputeId, moved.value)) : moved
}

/** What the rules say of a move's reply to the segment that it opens. */
const replyTo = (
  { models, parameters }: ServiceState,
  { model, position }: Running,
  { opening, reply }: Call & { kind: 'Move' },
): Result<ReplyOutcome> => {
  // BIND-1, keeps (1) and (2): the move replies to this very vector.
  if (!opens(opening, positionHash(position))) return reject('StateMismatch', {})
  const { phase, length, segments, segment: picked, start, end } = opening
  const at = segmentStart(position.at, length, segments, picked)
  const segment = { phase, length: segmentLength(opening), start, end, at }
  return applyReply(models.get(model)!, parameters.arity, segment, reply)
}

/** Whoever lets its clock run out has lost. Anyone may say so, once. */
export const timeout = (
  state: ServiceState,
  { disputeId: id }: Call & { kind: 'Timeout' },
  { now }: Context,
): Result<ServiceState> => {
  const running = runningDispute(state, id)
  if (!running.ok) return running
  const ended = game.timeout(running.value, now)
  return ended.ok ? accept(proceed(state, id, ended.value)) : ended
}

/** A challenger of a claim that was refuted in another dispute has its bond back. Anyone may say so, once. */
export const refund = (
  state: ServiceState,
  { disputeId: id }: Call & { kind: 'Refund' },
): Result<ServiceState> => {
  const dispute = state.disputes.get(id)
  if (dispute === undefined) return reject('DisputeUnknown', { id })
  if (dispute.kind !== 'Running') return reject('DisputeOver', { id })
  if (state.claims.get(dispute.claim)!.kind !== 'Refuted')
    return reject('ClaimNotRefuted', { id: dispute.claim })
  const { claim, model, asserter, challenger, nonce, moves } = dispute
  const refunded: DisputeState = { kind: 'Refunded', claim, model, asserter, challenger, nonce, moves }
  const disputes = withEntry(state.disputes, id, refunded)
  return accept(credit({ ...state, disputes }, challenger, state.parameters.bondWei))
}

/** A dispute that can still be decided: a verdict on its claim in another one makes it void. */
const runningDispute = (state: ServiceState, id: Id): Result<Running> => {
  const dispute = state.disputes.get(id)
  if (dispute === undefined) return reject('DisputeUnknown', { id })
  if (dispute.kind !== 'Running') return reject('DisputeOver', { id })
  // VOID-1: no bond can be lost to a claim that has fallen already, and no claim falls twice.
  if (state.claims.get(dispute.claim)!.kind !== 'Pending')
    return reject('ClaimNotOpen', { id: dispute.claim })
  return accept(dispute)
}

/** What becomes of a running dispute in the service, and of the money where it is decided. */
export const proceed = (state: ServiceState, id: Id, after: game.Dispute): ServiceState => {
  const dispute = state.disputes.get(id)
  if (dispute?.kind !== 'Running') throw new Error(`no running dispute ${id}`)
  if (after.kind === 'Decided') return settle(state, id, dispute, after)
  const next: Running = { ...dispute, ...after, moves: dispute.moves + 1 }
  return { ...state, disputes: withEntry(state.disputes, id, next) }
}

/**
 * The loser's bond is divided: a share is burned, the rest is the winner's. A challenger who wins has its own bond
 * back and the claim is refuted; an asserter who wins keeps its claim, whose bond stays locked until it is final.
 */
const settle = (
  state: ServiceState,
  id: Id,
  dispute: Running,
  { winner, by }: game.Decided,
): ServiceState => {
  const { asserter, challenger, claim, model, nonce } = dispute
  const share = divideBond(state.parameters)
  const entry = state.claims.get(claim)
  if (entry?.kind !== 'Pending') throw new Error(`no pending claim ${claim}`)
  const decided: ServiceState = {
    ...state,
    disputes: withEntry(state.disputes, id, {
      kind: 'Decided',
      claim,
      model,
      asserter,
      challenger,
      nonce,
      winner,
      by,
      moves: dispute.moves + 1,
    }),
    burnedWei: state.burnedWei + share.burned,
  }
  if (winner === 'asserter') {
    const claims = withEntry(decided.claims, claim, { ...entry, disputes: entry.disputes - 1 })
    return credit({ ...decided, claims }, asserter, share.winner)
  }
  const claims = withEntry(decided.claims, claim, { kind: 'Refuted', claim: entry.claim })
  return credit({ ...decided, claims }, challenger, state.parameters.bondWei + share.winner)
}
