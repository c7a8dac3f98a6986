import type { Id } from '../commitments/hash.ts'
import { deadline, type Seconds } from '../game/clocks.ts'
import type { Applied } from '../service/applied.ts'
import { drawOf } from '../service/attention.ts'
import type { Call } from '../service/calls.ts'
import { closedUntil, revealEnd } from '../service/seals.ts'
import type { ClaimState, DisputeState, RunningDispute, SealState, ServiceState } from '../service/state.ts'
import type { Address } from '../service/task.ts'
import { lastOpenSecond } from '../service/tasks.ts'
import type { Wei } from '../setting/parameters.ts'
import { answersEnd, roundEnd } from '../setting/times.ts'
import { type Entries, grouped } from './grouped.ts'

/** What a party sees of the chain. */
export interface View {
  readonly state: ServiceState
  /** Time of the block that a call sent now would stand in. */
  readonly now: Seconds
  /** Its number; absent where nobody counts blocks. */
  readonly block?: number | undefined
}

export interface Intent {
  readonly call: Call
  readonly valueWei: Wei
}

/** Something that a party has to do, and the last second for it. */
export interface Duty {
  readonly intent: Intent
  readonly by: Seconds
}

/** The last second of what can be done at any time. */
export const NO_HURRY: Seconds = Number.POSITIVE_INFINITY

/** The intent with the nearest last second; of several, the first. */
export const mostUrgent = (...duties: readonly (readonly Duty[])[]): Intent | undefined => {
  let first: Duty | undefined
  for (const some of duties)
    for (const duty of some) if (first === undefined || duty.by < first.by) first = duty
  return first?.intent
}

/** A call that carries nothing. */
export const free = (call: Call): Intent => ({ call, valueWei: 0n })

type Pending = ClaimState & { readonly kind: 'Pending' }

const pendingAmong = (entries: Entries<ClaimState>) => {
  const found: { id: Id; entry: Pending }[] = []
  for (const [id, entry] of entries) if (entry.kind === 'Pending') found.push({ id, entry })
  return found
}

const openAmong = (entries: Entries<SealState>, { parameters }: ServiceState) => {
  const found: OpenSeal[] = []
  for (const [id, entry] of entries)
    if (entry.kind === 'Sealed') {
      const { sealedAt } = entry
      found.push({
        id,
        entry,
        closed: closedUntil(sealedAt, parameters),
        end: revealEnd(sealedAt, parameters),
      })
    }
  return found
}

const runningAmong = (entries: Entries<DisputeState>) => {
  const found: { id: Id; dispute: RunningDispute }[] = []
  for (const [id, dispute] of entries) if (dispute.kind === 'Running') found.push({ id, dispute })
  return found
}

const claimsByTask = grouped(
  (entry: ClaimState) => entry.claim.taskId,
  (all) => ({ all, pending: pendingAmong(all) }),
)
const sealsByTask = grouped(
  (entry: SealState) => entry.seal.taskId,
  (all, state) => ({ all, open: openAmong(all, state) }),
)
const disputesByTask = grouped(
  (dispute: DisputeState, { claims }) => claims.get(dispute.claim)!.claim.taskId,
  runningAmong,
)
const disputesByClaim = grouped(
  (dispute: DisputeState) => dispute.claim,
  (all) => all,
)

/** The claims on a task, of any kind, with their ids, in the order in which they were made. */
export const claimsOn = (state: ServiceState, task: Id): Entries<ClaimState> =>
  claimsByTask(state.claims, task, state).all

/** The seals on a task likewise, ... */
export const sealsOn = (state: ServiceState, task: Id): Entries<SealState> =>
  sealsByTask(state.seals, task, state).all

/** ... and the disputes about a claim. */
export const disputesAbout = (state: ServiceState, claim: Id): Entries<DisputeState> =>
  disputesByClaim(state.disputes, claim, state)

/** The claims on a task, settled or not, that can still become final or fall. */
export const pendingClaims = (state: ServiceState, task: Id): readonly { id: Id; entry: Pending }[] =>
  claimsByTask(state.claims, task, state).pending

/** The disputes about any claim on a task that have no verdict yet, void ones among them. */
export const openDisputes = (state: ServiceState, task: Id): readonly { id: Id; dispute: RunningDispute }[] =>
  disputesByTask(state.disputes, task, state)

/** Whether a dispute's claim has fallen in another one. */
export const isVoid = (state: ServiceState, { claim }: RunningDispute): boolean =>
  state.claims.get(claim)!.kind === 'Refuted'

interface OpenSeal {
  readonly id: Id
  readonly entry: SealState & { readonly kind: 'Sealed' }
  /** The last seconds before it can be revealed, and for that. */
  readonly closed: Seconds
  readonly end: Seconds
}

/** The seals on a task that are not revealed. */
export const openSeals = (state: ServiceState, task: Id): readonly OpenSeal[] =>
  sealsByTask(state.seals, task, state).open

/** The last seconds behind which a call becomes possible that is not possible before, past ones among them. */
export const deadlines = (state: ServiceState, task: Id): readonly Seconds[] => {
  const { parameters } = state
  const found: Seconds[] = []
  const entry = state.tasks.get(task)
  const last = entry && lastOpenSecond(state, entry)
  const draw = entry && drawOf(entry)
  if (last !== undefined) found.push(last)
  if (draw !== undefined) found.push(roundEnd(parameters, draw.round), answersEnd(parameters, draw.round))
  for (const { dispute } of openDisputes(state, task))
    if (!isVoid(state, dispute)) found.push(deadline(dispute.clocks))
  for (const { entry: pending } of pendingClaims(state, task)) found.push(pending.windowEnd)
  for (const { closed, end } of openSeals(state, task)) found.push(closed, end)
  return found
}

/**
 * Whether an accepted call can give an account something to do that it had not before, as a server, a verifier or a
 * requester. A dispute that goes on does so for the one to move, and what is withdrawn for whoever has it then.
 */
export const concerns = ({ state, id }: Applied, call: Call, sender: Address, account: Address): boolean => {
  if (call.kind === 'Withdraw') return account === sender
  if (call.kind !== 'Open' && call.kind !== 'Move') return true
  const dispute = state.disputes.get(id!)!
  if (dispute.kind !== 'Running') return true
  return (dispute.clocks.turn === 'asserter' ? dispute.asserter : dispute.challenger) === account
}

/** The second behind the first of these that is not past; undefined where all are. */
export const secondBehind = (seconds: readonly Seconds[], now: Seconds): Seconds | undefined => {
  let next = Number.POSITIVE_INFINITY
  for (const second of seconds) if (second >= now && second < next) next = second
  return next === Number.POSITIVE_INFINITY ? undefined : next + 1
}

/** The next second at which a call becomes possible that is not possible now; undefined where none is to come. */
export const nextDeadline = ({ state, now }: View, task: Id): Seconds | undefined =>
  secondBehind(deadlines(state, task), now)
