import type { Id } from '../commitments/hash.ts'
import { deadline, initialSeconds, type Seconds } from '../game/clocks.ts'
import * as game from '../game/dispute.ts'
import { positionRules, segmentLength, segmentStart } from '../game/position.ts'
import { applyReply, type Reply, type ReplyOutcome } from '../game/reply.ts'
import { OPENING_WEIGHT, REPLY_WEIGHTS } from '../game/weights.ts'
import { accept, type Result, reject } from '../result.ts'
import { burnedShare, leftShare, type Parameters, type Wei } from '../setting/parameters.ts'
import { type Applied, changed } from './applied.ts'
import type { Call, Context } from './calls.ts'
import {
  type ClaimState,
  credit,
  type DisputeState,
  type RunningDispute,
  type ServiceState,
  withEntry,
} from './state.ts'
import { type Dispute, disputeId } from './task.ts'

type Refuted = ClaimState & { readonly kind: 'Refuted' }

/**
 * Opens a dispute, beside any others about the claim. The claim itself is a vector with one segment, and what comes
 * with the opening is the challenger's reply to it: its own first vector, or a descent or an arbitration where the run is one step long.
 */
export const open = (
  state: ServiceState,
  call: Call & { kind: 'Open' },
  { sender, valueWei, now }: Context,
): Result<Applied> => {
  const { disputeBondWei, arity } = state.parameters
  const entry = state.claims.get(call.claimId)
  if (entry === undefined) return reject('ClaimUnknown', { id: call.claimId })
  if (entry.kind !== 'Pending') return reject('ClaimNotOpen', { id: call.claimId })
  if (now > entry.windowEnd) return reject('WindowOver', { windowEnd: entry.windowEnd, time: now })
  if (valueWei !== disputeBondWei)
    return reject('BondMismatch', { expected: disputeBondWei, given: valueWei })
  const { claim } = entry
  const dispute: Dispute = {
    claimId: call.claimId,
    asserter: claim.server,
    challenger: sender,
    nonce: call.nonce,
  }
  const id = disputeId(dispute)
  if (state.disputes.has(id)) return reject('DisputeExists', { id })
  const tower = state.models.get(claim.modelId)!
  const segment = { phase: 0, length: claim.length, start: claim.startRoot, end: claim.endRoot, at: [0] }
  const begun = begin(state, dispute, now, id)
  const moved = game.move(
    begun.disputes.get(id) as RunningDispute,
    'challenger',
    () => applyReply(tower, arity, segment, call.reply),
    now,
  )
  return moved.ok ? changed(proceed(begun, id, moved.value, call.reply.kind, now), id) : moved
}

/** A dispute before its first reply: a share of its bond is burned, whoever will win, and both clocks are full. */
export const begin = (
  state: ServiceState,
  named: Dispute,
  now: Seconds,
  id: Id = disputeId(named),
): ServiceState => {
  const { claimId, asserter, challenger, nonce } = named
  const { parameters } = state
  const entry = state.claims.get(claimId)
  if (entry?.kind !== 'Pending') throw new Error(`no pending claim ${claimId}`)
  const { claim } = entry
  const seconds = initialSeconds(parameters, state.models.get(claim.modelId)!.phases.length)
  const claimed = { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
  const { kind, position, clocks } = game.begin(claimed, seconds, now)
  const dispute: RunningDispute = {
    kind,
    position,
    clocks,
    claim: claimId,
    model: claim.modelId,
    asserter,
    challenger,
    nonce,
    moves: 0,
    weight: 0,
  }
  return {
    ...state,
    claims: withEntry(state.claims, claimId, { ...entry, disputes: entry.disputes + 1 }),
    disputes: withEntry(state.disputes, id, dispute),
    balanceWei: state.balanceWei + parameters.disputeBondWei,
    // BOND-1: so that a swarm costs its owner, even where it succeeds.
    burnedWei: state.burnedWei + burnedShare(parameters, parameters.disputeBondWei),
  }
}

/** The party to move replies to one segment of its opponent's vector. */
export const move = (
  state: ServiceState,
  call: Call & { kind: 'Move' },
  { sender, now }: Context,
): Result<Applied> => {
  const { disputeId: id } = call
  const running = runningDispute(state, id)
  if (!running.ok) return running
  const dispute = running.value
  const { turn } = dispute.clocks
  const party = dispute[turn]
  // DELEGATE-1: a delegate makes its party's moves, and gets nothing else.
  if (sender !== party && state.delegates.get(party) !== sender) return reject('NotYourTurn', { turn: party })
  const moved = game.move(dispute, turn, () => replyTo(state, dispute, call), now)
  return moved.ok ? changed(proceed(state, id, moved.value, call.reply.kind, now), id) : moved
}

/** What the rules say of a move's reply to the segment that it opens. */
const replyTo = (
  { models, parameters }: ServiceState,
  { model, position }: RunningDispute,
  { opening, reply }: Call & { kind: 'Move' },
): Result<ReplyOutcome> => {
  // BIND-1, keeps (1) and (2): the move replies to this very vector.
  const tower = models.get(model)!
  const opened = positionRules(tower).opens(opening, position)
  if (!opened.ok) return opened
  const { phase, length, segments, segment: picked, start, end } = opening
  const at = segmentStart(position.at, length, segments, picked)
  const segment = { phase, length: segmentLength(opening), start, end, at }
  return applyReply(tower, parameters.arity, segment, reply)
}

/** Whoever lets its clock run out has lost. Anyone may say so, once. */
export const timeout = (
  state: ServiceState,
  { disputeId: id }: Call & { kind: 'Timeout' },
  { now }: Context,
): Result<Applied> => {
  const running = runningDispute(state, id)
  if (!running.ok) return running
  const ended = game.timeout(running.value, now)
  return ended.ok ? changed(proceed(state, id, ended.value, 'Timeout', now), id) : ended
}

/** A dispute that can still be decided: a verdict on its claim in another one makes it void. */
const runningDispute = (state: ServiceState, id: Id): Result<RunningDispute> => {
  const dispute = state.disputes.get(id)
  if (dispute === undefined) return reject('DisputeUnknown', { id })
  if (dispute.kind !== 'Running') return reject('DisputeOver', { id })
  // VOID-1: no bond can be lost to a claim that has fallen already, and no claim falls twice.
  if (state.claims.get(dispute.claim)!.kind !== 'Pending')
    return reject('ClaimNotOpen', { id: dispute.claim })
  return accept(dispute)
}

// --- The money ---------------------------------------------------------------------------------------------------

/** What a reply adds to its dispute's weight: challengers alone are paid for their moves, and nobody for a timeout. */
const weightOf = ({ clocks, moves }: RunningDispute, kind: Reply['kind'] | 'Timeout'): number => {
  if (clocks.turn === 'asserter' || kind === 'Timeout') return 0
  return REPLY_WEIGHTS[kind] + (moves === 0 ? OPENING_WEIGHT : 0)
}

/** What becomes of a running dispute in the service, and of the money where it is decided. */
export const proceed = (
  state: ServiceState,
  id: Id,
  after: game.Dispute,
  kind: Reply['kind'] | 'Timeout',
  now: Seconds,
): ServiceState => {
  const dispute = state.disputes.get(id)
  if (dispute?.kind !== 'Running') throw new Error(`no running dispute ${id}`)
  const claim = state.claims.get(dispute.claim)
  if (claim?.kind !== 'Pending') throw new Error(`no pending claim ${dispute.claim}`)
  const added = weightOf(dispute, kind)
  const [moves, weight] = [dispute.moves + 1, dispute.weight + added]
  const claims =
    added === 0
      ? state.claims
      : withEntry(state.claims, dispute.claim, { ...claim, weight: claim.weight + added })
  if (after.kind === 'Running') {
    const { position, clocks } = after
    const running = { ...dispute, moves, weight, position, clocks }
    return { ...state, claims, disputes: withEntry(state.disputes, id, running) }
  }
  const weighed = { ...dispute, moves, weight }
  const { claim: about, model, asserter, challenger, nonce } = dispute
  const disputes = withEntry(state.disputes, id, {
    ...after,
    claim: about,
    model,
    asserter,
    challenger,
    nonce,
    moves,
  })
  const decided = { ...state, claims, disputes }
  return after.winner === 'asserter' ? defended(decided, weighed) : fallen(decided, weighed, now)
}

/** The asserter has what is left of the challenger's bond; its own stays locked until the claim is final. */
const defended = (state: ServiceState, { claim, asserter, weight }: RunningDispute): ServiceState => {
  const { parameters } = state
  const entry = state.claims.get(claim) as ClaimState & { kind: 'Pending' }
  const claims = withEntry(state.claims, claim, {
    ...entry,
    disputes: entry.disputes - 1,
    weight: entry.weight - weight,
  })
  return credit({ ...state, claims }, asserter, leftShare(parameters, parameters.disputeBondWei))
}

/**
 * A claim falls. A share of its bond is burned, and the rest is for all the challengers whose disputes were running, in
 * proportion to their moves: a liar that refutes itself cannot take it alone. The one that decided it is paid at
 * once; the others draw, so that a verdict's cost does not grow with the disputes beside it. What nobody can draw is burned.
 */
const fallen = (state: ServiceState, winner: RunningDispute, now: Seconds): ServiceState => {
  const { parameters } = state
  const entry = state.claims.get(winner.claim) as ClaimState & { kind: 'Pending' }
  const { claim, number, weight } = entry
  const refuted: Refuted = { kind: 'Refuted', claim, number, fallenAt: now, weight }
  const void_ = [...state.disputes.values()].filter(
    (dispute): dispute is RunningDispute => dispute.kind === 'Running' && dispute.claim === winner.claim,
  )
  const bond = leftShare(parameters, parameters.disputeBondWei)
  const drawable = void_.filter((dispute) => !hasLapsed(dispute, refuted))
  const parts = [winner, ...drawable].map((dispute) => partOf(parameters, dispute, refuted))
  const kept = parts.reduce((sum, part) => sum + part, 0n)
  const lapsedBonds = BigInt(void_.length - drawable.length) * bond
  const settled: ServiceState = {
    ...state,
    claims: withEntry(state.claims, winner.claim, refuted),
    burnedWei: state.burnedWei + parameters.claimBondWei - kept + lapsedBonds,
  }
  return credit(settled, winner.challenger, bond + parts[0]!)
}

/** REWARD-1: a dispute's part of what is left of a fallen claim's bond, rounded down. */
export const partOf = (
  parameters: Parameters,
  { weight }: Pick<RunningDispute, 'weight'>,
  fallenClaim: Pick<Refuted, 'weight'>,
): Wei => (leftShare(parameters, parameters.claimBondWei) * BigInt(weight)) / BigInt(fallenClaim.weight)

/** REWARD-2: a challenger whose clock had run out when the claim fell had lost, whether or not anybody had said so. */
export const hasLapsed = ({ clocks }: RunningDispute, { fallenAt }: Pick<Refuted, 'fallenAt'>): boolean =>
  clocks.turn === 'challenger' && fallenAt > deadline(clocks)

/**
 * A challenger of a claim that fell in another dispute has what is left of its bond, and its part of the reward.
 * Anyone may say so, once.
 */
export const draw = (state: ServiceState, { disputeId: id }: Call & { kind: 'Draw' }): Result<Applied> => {
  const dispute = state.disputes.get(id)
  if (dispute === undefined) return reject('DisputeUnknown', { id })
  if (dispute.kind !== 'Running') return reject('DisputeOver', { id })
  const entry = state.claims.get(dispute.claim)!
  if (entry.kind !== 'Refuted') return reject('ClaimNotRefuted', { id: dispute.claim })
  if (hasLapsed(dispute, entry))
    return reject('ClockExpired', { deadline: deadline(dispute.clocks), time: entry.fallenAt })
  const { parameters } = state
  const { claim, model, asserter, challenger, nonce, moves } = dispute
  const drawn: DisputeState = { kind: 'Drawn', claim, model, asserter, challenger, nonce, moves }
  const disputes = withEntry(state.disputes, id, drawn)
  const wei = leftShare(parameters, parameters.disputeBondWei) + partOf(parameters, dispute, entry)
  return changed(credit({ ...state, disputes }, challenger, wei), id)
}
