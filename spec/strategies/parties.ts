import type { Bytes } from '../commitments/bytes.ts'
import type { Hash, Id, StateRoot } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { deadline, isExpired, type Party, type Seconds } from '../game/clocks.ts'
import { positionRules } from '../game/position.ts'
import type { Call } from '../service/calls.ts'
import { checkAssertion } from '../service/claims.ts'
import { hasLapsed } from '../service/disputes.ts'
import { closedUntil, revealEnd } from '../service/seals.ts'
import type { ClaimState, RunningDispute, ServiceState, TaskState } from '../service/state.ts'
import { type Address, type Claim, sealedHash, sealId, type Task, taskId } from '../service/task.ts'
import { lastOpenSecond } from '../service/tasks.ts'
import type { Wei } from '../setting/parameters.ts'
import type { Trace } from '../tower/tower.ts'
import { honestReply } from './honest.ts'
import {
  claimsOn,
  type Duty,
  disputesAbout,
  free,
  type Intent,
  isVoid,
  mostUrgent,
  NO_HURRY,
  openDisputes,
  openSeals,
  pendingClaims,
  sealsOn,
  type View,
} from './sight.ts'

/**
 * What each party does next, as pure functions of what it sees of the chain and of what it has computed itself: of all
 * that it has to do, what has the nearest last second. A party is asked until it is silent: whoever runs it asks again
 * as soon as a call has gone out, since several disputes may want a reply in the same second.
 *
 * An honest party and a liar differ in the trace alone, a silent one in how many moves it makes.
 */

/** What a server posts for its task. */
export interface PreparedClaim {
  readonly length: number
  readonly endRoot: StateRoot
  readonly output: Bytes
  readonly startWitness: Bytes
  readonly outputWitness: Bytes
}

export interface Server {
  readonly address: Address
  readonly task: Id
  readonly prepared: PreparedClaim
  readonly trace: Trace
  /** Moves in a dispute before it falls silent; without bound where undefined. */
  readonly silentAfter?: number | undefined
  /** Where there is one, the server seals its claim with it first. */
  readonly salt?: Hash | undefined
}

export interface Verifier {
  readonly address: Address
  readonly task: Id
  /** The trace that it plays from against this claim; undefined where it could not compute the run: it abstains. */
  readonly traceAgainst: (claim: Claim, id: Id) => Trace | undefined
  /** Moves after the opening before it falls silent; without bound where undefined. */
  readonly silentAfter?: number | undefined
}

export interface Requester {
  readonly address: Address
  readonly request: Call & { readonly kind: 'Request' }
  readonly feeWei: Wei
  /** The task that its request makes. */
  readonly task: Id
}

/** A requester's one task: the call that makes it, and the id that it will have. */
export const requesterFor = (
  address: Address,
  asked: Pick<Task, 'nonce' | 'modelId' | 'iterations' | 'feeWei' | 'attentionWei' | 'deadline'>,
  input: Bytes,
): Requester => {
  const { nonce, modelId, iterations, feeWei, attentionWei, deadline: last } = asked
  const inputRoot = tensorRoot(input)
  return {
    address,
    request: { kind: 'Request', nonce, modelId, iterations, attentionWei, deadline: last, input },
    feeWei,
    task: taskId({
      requester: address,
      nonce,
      modelId,
      inputRoot,
      iterations,
      feeWei,
      attentionWei,
      deadline: last,
    }),
  }
}

// --- In disputes -------------------------------------------------------------------------------------------------

const NOTHING: readonly Duty[] = []

/** Moves of the side to move so far; the challenger's opening is not counted. */
const movesMade = ({ moves, clocks }: RunningDispute): number =>
  clocks.turn === 'asserter' ? (moves - 1) / 2 : moves / 2 - 1

/** Whoever disputes something. */
interface Disputant {
  readonly address: Address
  readonly silentAfter?: number | undefined
}

/** What a party does in all its disputes: it replies in each, whatever others are open, and draws where one is void. */
const disputing = (
  view: View,
  task: Id,
  party: Party,
  self: Disputant,
  traceOf: Verifier['traceAgainst'],
): readonly Duty[] => {
  const open = openDisputes(view.state, task)
  if (open.length === 0) return NOTHING
  const duties: Duty[] = []
  for (const { id, dispute } of open) {
    if (dispute[party] !== self.address) continue
    const duty = dutyIn(view, id, dispute, party, self, traceOf)
    if (duty !== undefined) duties.push(duty)
  }
  return duties
}

const dutyIn = (
  view: View,
  id: Id,
  dispute: RunningDispute,
  party: Party,
  self: Disputant,
  traceOf: Verifier['traceAgainst'],
): Duty | undefined => {
  const { state, now } = view
  if (isVoid(state, dispute)) return party === 'challenger' ? drawing(state, id, dispute) : undefined
  if (dispute.clocks.turn === party) return replying(view, id, dispute, self, traceOf)
  return isExpired(dispute.clocks, now) ? timingOut(id) : undefined
}

const replying = (
  { state, now }: View,
  id: Id,
  dispute: RunningDispute,
  { silentAfter }: Disputant,
  traceOf: Verifier['traceAgainst'],
): Duty | undefined => {
  const isSilent = silentAfter !== undefined && movesMade(dispute) >= silentAfter
  if (isExpired(dispute.clocks, now) || isSilent) return undefined
  const own = traceOf(state.claims.get(dispute.claim)!.claim, dispute.claim)
  const picked = own && honestReply(dispute.position, state.parameters.arity, own)
  if (picked === undefined) return undefined
  const opening = positionRules(state.models.get(dispute.model)!).open(dispute.position, picked.segment)
  const call: Call = { kind: 'Move', disputeId: id, opening, reply: picked.reply }
  return { intent: free(call), by: deadline(dispute.clocks) }
}

const drawing = (state: ServiceState, id: Id, dispute: RunningDispute): Duty | undefined => {
  const claim = state.claims.get(dispute.claim)
  return claim?.kind === 'Refuted' && !hasLapsed(dispute, claim)
    ? { intent: free({ kind: 'Draw', disputeId: id }), by: NO_HURRY }
    : undefined
}

const timingOut = (id: Id): Duty => ({ intent: free({ kind: 'Timeout', disputeId: id }), by: NO_HURRY })

// --- The server --------------------------------------------------------------------------------------------------

export const serverActs = (view: View, self: Server): Intent | undefined =>
  mostUrgent(
    self.salt === undefined ? claiming(view, self) : sealing(view, self, self.salt),
    disputing(view, self.task, 'asserter', self, () => self.trace),
    finalization(view, self.task, ({ claim }) => claim.server === self.address),
    fee(view, self),
  ) ?? withdrawal(view, self.address, self.task)

/** A task that takes claims, and the last second for them. */
const claimableUntil = ({ state, now }: View, task: Id): Seconds | undefined => {
  const entry = state.tasks.get(task)
  const takesClaims = (entry?.kind === 'Open' || entry?.kind === 'Bound') && now <= entry.task.deadline
  return takesClaims ? entry.task.deadline : undefined
}

const claiming = (view: View, self: Server): readonly Duty[] => {
  const { state } = view
  const by = claimableUntil(view, self.task)
  if (by === undefined || claimOf(state, self) !== undefined) return []
  const { length, endRoot, output, startWitness, outputWitness } = self.prepared
  const call: Call = {
    kind: 'Claim',
    taskId: self.task,
    nonce: 0,
    length,
    endRoot,
    output,
    startWitness,
    outputWitness,
  }
  return [{ intent: { call, valueWei: state.parameters.claimBondWei }, by }]
}

/** The claim is bound and staked first, and shown once nobody can copy it in time any more. */
const sealing = (view: View, self: Server, salt: Hash): readonly Duty[] => {
  const { state, now } = view
  const { parameters } = state
  const entry = state.tasks.get(self.task)
  if (entry === undefined || parameters.seals === undefined) return []
  const assertion = { nonce: 0, ...self.prepared }
  const checked = checkAssertion(state, self.task, entry.task, assertion, self.address)
  if (!checked.ok) return []
  const seal = { taskId: self.task, server: self.address, sealed: sealedHash(checked.value.id, salt) }
  const id = sealId(seal)
  const sealed = state.seals.get(id)
  if (sealed === undefined) {
    const by = claimableUntil(view, self.task)
    const call: Call = { kind: 'Seal', taskId: self.task, sealed: seal.sealed }
    return by === undefined ? [] : [{ intent: { call, valueWei: parameters.claimBondWei }, by }]
  }
  if (sealed.kind !== 'Sealed') return []
  const [closed, by] = [closedUntil(sealed.sealedAt, parameters), revealEnd(sealed.sealedAt, parameters)]
  if (now <= closed || now > by) return []
  return [{ intent: free({ kind: 'Reveal', sealId: id, salt, ...assertion }), by }]
}

/** The first of a server's claims on its task, of any kind or of one. */
const claimOf = (
  state: ServiceState,
  { address, task }: Server,
  kind?: ClaimState['kind'],
): { readonly id: Id; readonly entry: ClaimState } | undefined => {
  for (const [id, entry] of claimsOn(state, task))
    if (entry.claim.server === address && (kind === undefined || entry.kind === kind)) return { id, entry }
  return undefined
}

/** A server whose claim is final moves the fee's cursor on until it stands on that claim, and collects. */
const fee = ({ state, now }: View, self: Server): readonly Duty[] => {
  const task = state.tasks.get(self.task)
  if (task?.kind !== 'Settled' || task.isPaid) return []
  const own = claimOf(state, self, 'Final')
  if (own === undefined || own.entry.number < task.cursor) return []
  const call =
    own.entry.number === task.cursor
      ? ({ kind: 'Collect', claimId: own.id } as const)
      : (passing(state, self.task, task) ?? forfeiting(state, self.task, task.cursor, now))
  return call === undefined ? [] : [{ intent: free(call), by: NO_HURRY }]
}

type Settled = TaskState & { readonly kind: 'Settled' }

/** The call that takes the cursor past what it stands on, where that cannot have the fee any more. */
const passing = (state: ServiceState, task: Id, { cursor, claim: settling }: Settled): Call | undefined => {
  const { endRoot, length } = state.claims.get(settling)!.claim
  for (const [id, { kind, number, claim }] of claimsOn(state, task)) {
    if (number !== cursor) continue
    const differs = claim.endRoot !== endRoot || claim.length !== length
    return kind === 'Refuted' || differs ? { kind: 'PassClaim', claimId: id } : undefined
  }
  for (const [id, { kind, number }] of sealsOn(state, task))
    if (kind === 'Forfeited' && number === cursor) return { kind: 'PassSeal', sealId: id }
  return undefined
}

/** A seal in the cursor's way that can no longer be revealed. */
const forfeiting = (state: ServiceState, task: Id, cursor: number, now: Seconds): Call | undefined => {
  const late = openSeals(state, task).find(({ entry, end }) => entry.number === cursor && now > end)
  return late && { kind: 'Forfeit', sealId: late.id }
}

const finalization = (
  { state, now }: View,
  task: Id,
  isWanted: (entry: ClaimState) => boolean,
): readonly Duty[] => {
  const asked = state.tasks.get(task)
  const pending = pendingClaims(state, task)
  if (pending.length === 0) return NOTHING
  const by = (asked && lastOpenSecond(state, asked)) ?? NO_HURRY
  const duties: Duty[] = []
  for (const { id, entry } of pending)
    if (isWanted(entry) && entry.disputes === 0 && now > entry.windowEnd)
      duties.push({ intent: free({ kind: 'Finalize', claimId: id }), by })
  return duties
}

/** Payouts are pulled once nothing is pending any more. */
const withdrawal = ({ state }: View, address: Address, task: Id): Intent | undefined =>
  (state.credits.get(address) ?? 0n) > 0n && pendingClaims(state, task).length === 0
    ? free({ kind: 'Withdraw' })
    : undefined

// --- The verifier ------------------------------------------------------------------------------------------------

export const verifierActs = (view: View, self: Verifier): Intent | undefined =>
  mostUrgent(opening(view, self), disputing(view, self.task, 'challenger', self, self.traceAgainst)) ??
  withdrawal(view, self.address, self.task)

/**
 * A verifier opens a dispute of its own against every claim that its trace contradicts, whatever others are open and
 * whether or not the task is settled: a lie that stays unrefuted has its bond back.
 */
const opening = ({ state, now }: View, self: Verifier): readonly Duty[] => {
  const pending = pendingClaims(state, self.task)
  if (pending.length === 0) return NOTHING
  const duties: Duty[] = []
  for (const { id, entry } of pending) {
    const { claim, windowEnd } = entry
    if (now > windowEnd || hasOpened(state, id, self.address)) continue
    const position = { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
    const trace = self.traceAgainst(claim, id)
    const picked = trace && honestReply(position, state.parameters.arity, trace)
    if (picked === undefined) continue
    const call: Call = { kind: 'Open', claimId: id, nonce: 0, reply: picked.reply }
    duties.push({ intent: { call, valueWei: state.parameters.disputeBondWei }, by: windowEnd })
  }
  return duties
}

/** Whether somebody has opened a dispute about a claim, under the first nonce. */
export const hasOpened = (state: ServiceState, claim: Id, challenger: Address): boolean => {
  for (const [, dispute] of disputesAbout(state, claim))
    if (dispute.challenger === challenger && dispute.nonce === 0) return true
  return false
}

// --- The requester -----------------------------------------------------------------------------------------------

/** A requester asks, and where the others leave something undone that anyone may do, does it. */
export const requesterActs = (view: View, self: Requester): Intent | undefined => {
  const { state, now } = view
  const task = state.tasks.get(self.task)
  if (task === undefined) return { call: self.request, valueWei: self.feeWei }
  const last = lastOpenSecond(state, task)
  if (last !== undefined && now > last && pendingClaims(state, self.task).length === 0)
    return free({ kind: 'Expire', taskId: self.task })
  const duties: Duty[] = []
  for (const { id, dispute } of openDisputes(state, self.task))
    if (!isVoid(state, dispute) && isExpired(dispute.clocks, now)) duties.push(timingOut(id))
  for (const { id, end } of openSeals(state, self.task))
    if (now > end) duties.push({ intent: free({ kind: 'Forfeit', sealId: id }), by: NO_HURRY })
  return (
    mostUrgent(
      duties,
      finalization(view, self.task, () => true),
    ) ?? withdrawal(view, self.address, self.task)
  )
}
