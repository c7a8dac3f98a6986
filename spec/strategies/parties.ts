import type { Bytes } from '../commitments/bytes.ts'
import type { Hash, Id, StateRoot } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { deadline, isExpired, type Party, type Seconds } from '../game/clocks.ts'
import { openSegment } from '../game/position.ts'
import type { Call } from '../service/calls.ts'
import { checkAssertion } from '../service/claims.ts'
import { answersEnd, revealEnd } from '../service/seals.ts'
import type { ClaimState, DisputeState, ServiceState } from '../service/state.ts'
import {
  type Address,
  type Claim,
  disputeId,
  sealedHash,
  sealId,
  type Task,
  taskId,
} from '../service/task.ts'
import { lastOpenSecond } from '../service/tasks.ts'
import type { Wei } from '../setting/parameters.ts'
import type { Trace } from '../tower/tower.ts'
import { honestReply } from './honest.ts'

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
  /** Where there is one, the server seals its claim with it first. */
  readonly salt?: Hash
}

export interface Verifier {
  readonly address: Address
  readonly task: Id
  /** The trace that it plays from against this claim; undefined where it could not compute the run: it abstains. */
  readonly traceAgainst: (claim: Claim) => Trace | undefined
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
type Pending = ClaimState & { readonly kind: 'Pending' }

const free = (call: Call): Intent => ({ call, valueWei: 0n })

/** The claims on a task that can still become final or fall. */
const pendingClaims = (state: ServiceState, task: Id): readonly { id: Id; entry: Pending }[] =>
  [...state.claims].flatMap(([id, entry]) =>
    entry.kind === 'Pending' && entry.claim.taskId === task ? [{ id, entry }] : [],
  )

/** The disputes about any claim on a task that have no verdict yet, void ones among them. */
const openDisputes = (state: ServiceState, task: Id): readonly { id: Id; dispute: Running }[] =>
  [...state.disputes].flatMap(([id, dispute]) =>
    dispute.kind === 'Running' && state.claims.get(dispute.claim)!.claim.taskId === task
      ? [{ id, dispute }]
      : [],
  )

/** The seals on a task that are not revealed, each with the seconds behind which verifiers, and its server, are late. */
const openSeals = (
  { seals, parameters }: ServiceState,
  task: Id,
): readonly { id: Id; start: Seconds; end: Seconds }[] =>
  [...seals].flatMap(([id, entry]) =>
    entry.kind === 'Sealed' && entry.seal.taskId === task
      ? [
          {
            id,
            start: answersEnd(entry.sealedAt, parameters.attention!),
            end: revealEnd(entry.sealedAt, parameters.attention!),
          },
        ]
      : [],
  )

const isVoid = (state: ServiceState, { claim }: Running): boolean =>
  state.claims.get(claim)!.kind === 'Refuted'

/** The first that there is. */
const first = <From>(
  from: readonly From[],
  intent: (value: From) => Intent | undefined,
): Intent | undefined => {
  for (const value of from) {
    const found = intent(value)
    if (found !== undefined) return found
  }
  return undefined
}

/** Moves of the side to move so far; the challenger's opening is not counted. */
const movesMade = ({ moves, clocks }: Running): number =>
  clocks.turn === 'asserter' ? (moves - 1) / 2 : moves / 2 - 1

/** What a party does in one of its disputes. */
const moveOrTimeout = (
  { state, now }: View,
  { id, dispute }: { readonly id: Id; readonly dispute: Running },
  party: Party,
  trace: (claim: Claim) => Trace | undefined,
  silentAfter: number | undefined,
): Intent | undefined => {
  if (dispute.clocks.turn !== party) return timeoutOf(id, dispute, now)
  if (isExpired(dispute.clocks, now) || (silentAfter !== undefined && movesMade(dispute) >= silentAfter))
    return undefined
  const { claim } = state.claims.get(dispute.claim)!
  const own = trace(claim)
  const picked = own && honestReply(dispute.position, state.parameters.arity, own)
  if (picked === undefined) return undefined
  const opening = openSegment(dispute.position, picked.segment)
  return free({ kind: 'Move', disputeId: id, opening, reply: picked.reply })
}

const timeoutOf = (id: Id, { clocks }: Running, now: Seconds): Intent | undefined =>
  isExpired(clocks, now) ? free({ kind: 'Timeout', disputeId: id }) : undefined

/** What a party does in all its disputes: it answers each, whatever others are open, and has void ones refunded. */
const disputing = (
  view: View,
  task: Id,
  party: Party,
  self: { readonly address: Address; readonly silentAfter?: number },
  trace: (claim: Claim) => Trace | undefined,
): Intent | undefined => {
  const own = openDisputes(view.state, task).filter(({ dispute }) => dispute[party] === self.address)
  return first(own, ({ id, dispute }) => {
    if (!isVoid(view.state, dispute))
      return moveOrTimeout(view, { id, dispute }, party, trace, self.silentAfter)
    return party === 'challenger' ? free({ kind: 'Refund', disputeId: id }) : undefined
  })
}

const finalization = ({ state, now }: View, task: Id): Intent | undefined =>
  first(pendingClaims(state, task), ({ id, entry }) =>
    entry.disputes === 0 && now > entry.windowEnd ? free({ kind: 'Finalize', claimId: id }) : undefined,
  )

/** Payouts are pulled once nothing is pending any more. */
const withdrawal = ({ state }: View, address: Address, task: Id): Intent | undefined =>
  pendingClaims(state, task).length === 0 && (state.credits.get(address) ?? 0n) > 0n
    ? free({ kind: 'Withdraw' })
    : undefined

/** A task that takes claims. */
const takesClaims = ({ state, now }: View, task: Id): boolean => {
  const entry = state.tasks.get(task)
  return (entry?.kind === 'Open' || entry?.kind === 'Answered') && now <= entry.task.deadline
}

export const serverActs = (view: View, self: Server): Intent | undefined =>
  (self.salt === undefined ? claiming(view, self) : sealing(view, self, self.salt)) ??
  disputing(view, self.task, 'asserter', self, () => self.trace) ??
  finalization(view, self.task) ??
  withdrawal(view, self.address, self.task)

const claiming = (view: View, self: Server): Intent | undefined => {
  const { state } = view
  const hasClaimed = [...state.claims.values()].some(
    ({ claim }) => claim.server === self.address && claim.taskId === self.task,
  )
  return takesClaims(view, self.task) && !hasClaimed
    ? {
        call: { kind: 'Claim', taskId: self.task, nonce: 0, ...self.prepared },
        valueWei: state.parameters.bondWei,
      }
    : undefined
}

/** The claim is bound and staked first, and shown once no verifier can answer any more. */
const sealing = (view: View, self: Server, salt: Hash): Intent | undefined => {
  const { state, now } = view
  const entry = state.tasks.get(self.task)
  if (entry === undefined) return undefined
  const assertion = { nonce: 0, ...self.prepared }
  const checked = checkAssertion(state, self.task, entry.task, assertion, self.address)
  if (!checked.ok) return undefined
  const seal = { taskId: self.task, server: self.address, sealed: sealedHash(checked.value.id, salt) }
  const id = sealId(seal)
  const sealed = state.seals.get(id)
  if (sealed === undefined)
    return takesClaims(view, self.task)
      ? {
          call: { kind: 'Seal', taskId: self.task, sealed: seal.sealed },
          valueWei: state.parameters.bondWei,
        }
      : undefined
  const { attention } = state.parameters
  const isDue =
    sealed.kind === 'Sealed' &&
    now > answersEnd(sealed.sealedAt, attention!) &&
    now <= revealEnd(sealed.sealedAt, attention!)
  return isDue ? free({ kind: 'Reveal', sealId: id, salt, ...assertion }) : undefined
}

export const verifierActs = (view: View, self: Verifier): Intent | undefined =>
  opening(view, self) ??
  disputing(view, self.task, 'challenger', self, self.traceAgainst) ??
  withdrawal(view, self.address, self.task)

/** A verifier opens a dispute of its own against every claim that its trace contradicts, whatever others are open. */
const opening = ({ state, now }: View, self: Verifier): Intent | undefined =>
  first(pendingClaims(state, self.task), ({ id, entry: { claim, windowEnd } }) => {
    const own = { claimId: id, modelId: claim.modelId, challenger: self.address, nonce: 0 }
    if (now > windowEnd || state.disputes.has(disputeId(own))) return undefined
    const position = { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
    const trace = self.traceAgainst(claim)
    const picked = trace && honestReply(position, state.parameters.arity, trace)
    return picked === undefined
      ? undefined
      : {
          call: { kind: 'Open', claimId: id, nonce: 0, reply: picked.reply },
          valueWei: state.parameters.bondWei,
        }
  })

/** A requester asks, and where the others leave something undone that anyone may do, does it. */
export const requesterActs = (view: View, self: Requester): Intent | undefined => {
  const { state, now } = view
  const task = state.tasks.get(self.task)
  if (task === undefined) return { call: self.request, valueWei: self.feeWei }
  const last = lastOpenSecond(state, task)
  if (last !== undefined && now > last && pendingClaims(state, self.task).length === 0)
    return free({ kind: 'Expire', taskId: self.task })
  return (
    first(openDisputes(state, self.task), ({ id, dispute }) =>
      isVoid(state, dispute) ? undefined : timeoutOf(id, dispute, now),
    ) ??
    first(openSeals(state, self.task), ({ id, end }) =>
      now > end ? free({ kind: 'Forfeit', sealId: id }) : undefined,
    ) ??
    finalization(view, self.task) ??
    withdrawal(view, self.address, self.task)
  )
}

/** The next second at which a call becomes possible that is not possible now; undefined where none is to come. */
export const nextDeadline = ({ state, now }: View, task: Id): Seconds | undefined => {
  const entry = state.tasks.get(task)
  const last = entry && lastOpenSecond(state, entry)
  const deadlines = [
    ...(last === undefined ? [] : [last]),
    ...openDisputes(state, task).flatMap(({ dispute }) =>
      isVoid(state, dispute) ? [] : [deadline(dispute.clocks)],
    ),
    ...pendingClaims(state, task).map(({ entry: { windowEnd } }) => windowEnd),
    ...openSeals(state, task).flatMap(({ start, end }) => [start, end]),
  ].filter((second) => second >= now)
  return deadlines.length === 0 ? undefined : Math.min(...deadlines) + 1
}
