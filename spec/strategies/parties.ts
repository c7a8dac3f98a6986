import type { Bytes } from '../commitments/bytes.ts'
import type { Id, StateRoot } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { deadline, isExpired, type Party, type Seconds } from '../game/clocks.ts'
import { openSegment } from '../game/position.ts'
import type { Wei } from '../parameters.ts'
import type { Call } from '../service/calls.ts'
import type { ClaimState, DisputeState, ServiceState } from '../service/state.ts'
import { type Address, type Claim, disputeId, type Task, taskId } from '../service/task.ts'
import type { Trace } from '../tower.ts'
import { answerHonestly } from './honest.ts'

/**
 * What each party does next, as pure functions of what it sees of the chain and of what it has computed itself.
 * An honest party and a liar differ in the trace alone, a silent one in how many moves it makes.
 */
export interface View {
  readonly state: ServiceState
  /** Time of the block that a call sent now would stand in. */
  readonly now: Seconds
}

export interface Intent {
  readonly call: Call
  readonly valueWei: Wei
}

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
  readonly silentAfter?: number
}

export interface Verifier {
  readonly address: Address
  readonly task: Id
  /** The trace that it plays from against this claim. */
  readonly traceAgainst: (claim: Claim) => Trace
  /** Moves after the opening before it falls silent; without bound where undefined. */
  readonly silentAfter?: number
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
  asked: Pick<Task, 'nonce' | 'modelId' | 'feeWei' | 'deadline'>,
  input: Bytes,
): Requester => {
  const { nonce, modelId, feeWei, deadline } = asked
  return {
    address,
    request: { kind: 'Request', nonce, modelId, input, deadline },
    feeWei,
    task: taskId({ requester: address, nonce, modelId, inputRoot: tensorRoot(input), feeWei, deadline }),
  }
}

type Running = DisputeState & { readonly kind: 'Running' }

const free = (call: Call): Intent => ({ call, valueWei: 0n })

const claimOf = (state: ServiceState, task: Id): { id: Id; claim: ClaimState } | undefined => {
  const entry = state.tasks.get(task)
  if (entry?.kind !== 'Claimed' && entry?.kind !== 'Settled') return undefined
  return { id: entry.claim, claim: state.claims.get(entry.claim)! }
}

const runningDispute = (state: ServiceState, task: Id): { id: Id; dispute: Running } | undefined => {
  const entry = claimOf(state, task)
  if (entry?.claim.kind !== 'Pending' || entry.claim.dispute === undefined) return undefined
  const dispute = state.disputes.get(entry.claim.dispute)
  return dispute?.kind === 'Running' ? { id: entry.claim.dispute, dispute } : undefined
}

/** Moves of the side to move so far; the challenger's opening is not counted. */
const movesMade = ({ moves, clocks }: Running): number =>
  clocks.turn === 'asserter' ? (moves - 1) / 2 : moves / 2 - 1

const moveOrTimeout = (
  { state, now }: View,
  party: Party,
  task: Id,
  trace: () => Trace,
  silentAfter: number | undefined,
): Intent | undefined => {
  const running = runningDispute(state, task)
  if (running === undefined) return undefined
  const { id, dispute } = running
  if (dispute.clocks.turn !== party) return timeoutOf(running, now)
  if (isExpired(dispute.clocks, now) || (silentAfter !== undefined && movesMade(dispute) >= silentAfter))
    return undefined
  const answer = answerHonestly(dispute.position, state.parameters.arity, trace())
  if (answer === undefined) return undefined
  const opening = openSegment(dispute.position, answer.segment)
  return free({ kind: 'Move', disputeId: id, opening, reply: answer.reply })
}

const timeoutOf = ({ id, dispute }: { id: Id; dispute: Running }, now: Seconds): Intent | undefined =>
  isExpired(dispute.clocks, now) ? free({ kind: 'Timeout', disputeId: id }) : undefined

const finalization = ({ state, now }: View, task: Id): Intent | undefined => {
  const entry = claimOf(state, task)
  return entry?.claim.kind === 'Pending' && entry.claim.dispute === undefined && now > entry.claim.windowEnd
    ? free({ kind: 'Finalize', claimId: entry.id })
    : undefined
}

/** Payouts are pulled once the task's claim stands or has fallen. */
const withdrawal = ({ state }: View, address: Address, task: Id): Intent | undefined =>
  claimOf(state, task)?.claim.kind !== 'Pending' && (state.credits.get(address) ?? 0n) > 0n
    ? free({ kind: 'Withdraw' })
    : undefined

export const serverActs = (view: View, self: Server): Intent | undefined => {
  const { state, now } = view
  const task = state.tasks.get(self.task)
  const refuted = [...state.claims.values()].some(
    ({ kind, claim }) => kind === 'Refuted' && claim.server === self.address && claim.taskId === self.task,
  )
  if (task?.kind === 'Open' && now <= task.task.deadline && !refuted)
    return {
      call: { kind: 'Claim', taskId: self.task, nonce: 0, ...self.prepared },
      valueWei: state.parameters.bondWei,
    }
  return (
    moveOrTimeout(view, 'asserter', self.task, () => self.trace, self.silentAfter) ??
    finalization(view, self.task) ??
    withdrawal(view, self.address, self.task)
  )
}

export const verifierActs = (view: View, self: Verifier): Intent | undefined =>
  opening(view, self) ??
  moveOrTimeout(
    view,
    'challenger',
    self.task,
    () => self.traceAgainst(claimOf(view.state, self.task)!.claim.claim),
    self.silentAfter,
  ) ??
  withdrawal(view, self.address, self.task)

const opening = ({ state, now }: View, self: Verifier): Intent | undefined => {
  const entry = claimOf(state, self.task)
  if (entry?.claim.kind !== 'Pending' || entry.claim.dispute !== undefined || now > entry.claim.windowEnd)
    return undefined
  const { claim } = entry.claim
  const own = { claimId: entry.id, modelId: claim.modelId, challenger: self.address, nonce: 0 }
  if (state.disputes.has(disputeId(own))) return undefined
  const position = { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
  const answer = answerHonestly(position, state.parameters.arity, self.traceAgainst(claim))
  return answer === undefined
    ? undefined
    : {
        call: { kind: 'Open', claimId: entry.id, nonce: 0, reply: answer.reply },
        valueWei: state.parameters.bondWei,
      }
}

/** A requester asks, and where the others leave something undone that anyone may do, does it. */
export const requesterActs = (view: View, self: Requester): Intent | undefined => {
  const { state, now } = view
  const task = state.tasks.get(self.task)
  if (task === undefined) return { call: self.request, valueWei: self.feeWei }
  if (task.kind === 'Open' && now > task.task.deadline) return free({ kind: 'Expire', taskId: self.task })
  const running = runningDispute(state, self.task)
  return (
    (running && timeoutOf(running, now)) ??
    finalization(view, self.task) ??
    withdrawal(view, self.address, self.task)
  )
}

/** The next second at which a call becomes possible that is not possible now; undefined where none is to come. */
export const nextDeadline = ({ state, now }: View, task: Id): Seconds | undefined => {
  const entry = state.tasks.get(task)
  const running = runningDispute(state, task)
  const claim = claimOf(state, task)?.claim
  const deadlines = [
    ...(entry?.kind === 'Open' ? [entry.task.deadline] : []),
    ...(running ? [deadline(running.dispute.clocks)] : []),
    ...(claim?.kind === 'Pending' && !running ? [claim.windowEnd] : []),
  ].filter((last) => last >= now)
  return deadlines.length === 0 ? undefined : Math.min(...deadlines) + 1
}
