import type { Entry } from '../sim/journal.ts'
import type { RunRecord } from '../sim/record.ts'
import { contextOf } from '../sim/replay.ts'
import type { Id } from '../spec/commitments/hash.ts'
import { type Clocks, deadline, initialSeconds, type Party, type Seconds } from '../spec/game/clocks.ts'
import { opens, positionHash, segmentLength, segmentStart } from '../spec/game/position.ts'
import type { Reply, Segment } from '../spec/game/reply.ts'
import { applyCall } from '../spec/service/apply.ts'
import { type Call, callName } from '../spec/service/calls.ts'
import type { DisputeState, ServiceState } from '../spec/service/state.ts'
import type { Wei } from '../spec/setting/parameters.ts'
import type { Told } from './told.ts'

/** One call of a run, with what the specification knows about it. */
export interface Row {
  readonly entry: Entry
  /** As `callName` gives it. */
  readonly name: string
  /** Chain time since the first call of the story. */
  readonly sinceStart: Seconds
  readonly before: ServiceState
  /** The same as `before` where the call was refused. */
  readonly after: ServiceState
  /** Paid to the caller. */
  readonly paidWei: bigint
  /** The dispute that the call is about. */
  readonly dispute: Id | undefined
  /** Phase in which the segment lies. */
  readonly phase: string | undefined
  /** The segment that the call answers; undefined where it answers none, or not one of the position that stands. */
  readonly segment: Segment | undefined
  /** How it answers. */
  readonly reply: Reply | undefined
  readonly party: Party | undefined
  /** What the caller's own chess clock has left after the call. */
  readonly clockLeft: Seconds | undefined
}

/** The dispute that a call is about, before and after it. */
interface Disputed {
  readonly before: DisputeState | undefined
  readonly after: DisputeState | undefined
}

const claimedSegment = (state: ServiceState, { claimId }: Call & { kind: 'Open' }): Segment | undefined => {
  const claim = state.claims.get(claimId)?.claim
  return claim && { phase: 0, length: claim.length, start: claim.startRoot, end: claim.endRoot, at: [0] }
}

const movedSegment = (
  dispute: DisputeState | undefined,
  { opening }: Call & { kind: 'Move' },
): Segment | undefined => {
  if (dispute?.kind !== 'Running' || !opens(opening, positionHash(dispute.position))) return undefined
  const { phase, length, segments, segment, start, end } = opening
  const at = segmentStart(dispute.position.at, length, segments, segment)
  return { phase, length: segmentLength(opening), start, end, at }
}

const segmentOf = (state: ServiceState, call: Call, dispute: DisputeState | undefined) => {
  if (call.kind === 'Open') return claimedSegment(state, call)
  return call.kind === 'Move' ? movedSegment(dispute, call) : undefined
}

const disputeIdOf = (call: Call, made: Id | undefined): Id | undefined =>
  'disputeId' in call ? call.disputeId : call.kind === 'Open' ? made : undefined

const disputedIn = (id: Id | undefined, before: ServiceState, after: ServiceState): Disputed =>
  id === undefined
    ? { before: undefined, after: undefined }
    : { before: before.disputes.get(id), after: after.disputes.get(id) }

/** Of a move, whoever's turn it was: its delegate may have made it. */
const partyOf = ({ before, after }: Disputed, { sender, call, outcome }: Entry): Party | undefined => {
  if (call.kind === 'Move' && outcome === 'accepted' && before?.kind === 'Running') return before.clocks.turn
  if (after?.asserter === sender) return 'asserter'
  return after?.challenger === sender ? 'challenger' : undefined
}

const left = (clocks: Clocks, party: Party, now: Seconds): Seconds =>
  clocks.turn === party ? deadline(clocks) - now : clocks.left[party]

/** A dispute that has been decided keeps no clocks: what they were when it was. */
const clockLeftOf = (
  { before, after }: Disputed,
  party: Party | undefined,
  now: Seconds,
  whole: Seconds,
): Seconds | undefined => {
  if (party === undefined) return undefined
  if (after?.kind === 'Running') return left(after.clocks, party, now)
  if (before?.kind === 'Running') return left(before.clocks, party, now)
  return before === undefined ? whole : undefined
}

/** What a call made of the state; undefined where it was refused. Who could pay is the replay's to say. */
const acceptedIn = (before: ServiceState, entry: Entry) => {
  const { seq, outcome, call } = entry
  if (outcome === 'InsufficientFunds') return undefined
  const applied = applyCall(before, call, contextOf(entry, before))
  const expected = applied.ok ? 'accepted' : applied.rejection.reason
  if (expected !== outcome)
    throw new Error(`call ${seq} was ${outcome}, but is ${expected} in the specification`)
  return applied.ok ? applied.value : undefined
}

/** What a call made: the state behind it, the id of what it brought about, and what it paid. */
interface Made {
  readonly state: ServiceState
  readonly id: Id | undefined
  readonly paidWei: Wei
}

const rowOf = (
  before: ServiceState,
  made: Made | undefined,
  entry: Entry,
  start: Seconds,
  phases: readonly string[],
): Row => {
  const { call, time } = entry
  const after = made?.state ?? before
  const disputeId = disputeIdOf(call, made?.id)
  const dispute = disputedIn(disputeId, before, after)
  const segment = segmentOf(before, call, dispute.before)
  const party = partyOf(dispute, entry)
  return {
    entry,
    name: callName(call),
    sinceStart: time - start,
    before,
    after,
    paidWei: made?.paidWei ?? 0n,
    dispute: disputeId,
    phase: segment && phases[segment.phase],
    segment,
    reply: call.kind === 'Open' || call.kind === 'Move' ? call.reply : undefined,
    party,
    clockLeft: clockLeftOf(dispute, party, time, initialSeconds(before.parameters, phases.length)),
  }
}

/** A call of a run that a simulator played through the specification, with the state that it left. */
export interface PlayedEntry {
  readonly entry: Entry
  readonly after: ServiceState
  readonly paidWei: Wei
}

/** The calls of a run whose states are known, each with the state in which it came and the state that it left. */
export const rowsOf = (
  start: ServiceState,
  played: readonly PlayedEntry[],
  phases: readonly string[],
): readonly Row[] => {
  const first = played[0]?.entry.time ?? 0
  return played.map(({ entry, after, paidWei }, i) => {
    const before = played[i - 1]?.after ?? start
    const id = [...after.disputes.keys()].find((dispute) => !before.disputes.has(dispute))
    const made = entry.outcome === 'accepted' ? { state: after, id, paidWei } : undefined
    return rowOf(before, made, entry, first, phases)
  })
}

/** What it takes to play a journal: the service before it, and the phases of the tower. */
export type Played = Pick<RunRecord, 'start'> & Pick<Told, 'model'>

/**
 * The next row of a run, behind those that there are.
 *
 * @throws Error where the entry is not what the specification says
 */
export const appendRow = ({ start, model }: Played, rows: readonly Row[], entry: Entry): Row => {
  const before = rows.at(-1)?.after ?? start
  return rowOf(before, acceptedIn(before, entry), entry, rows[0]?.entry.time ?? entry.time, model.phases)
}

/**
 * The calls of a run in their order, each with the state in which it came and the state that it left, by playing
 * the journal through the specification once more.
 */
export const chronicle = ({
  start,
  story,
  model,
}: Played & {
  readonly story: Pick<RunRecord['story'], 'journal'>
}): readonly Row[] => {
  const rows: Row[] = []
  for (const entry of story.journal) rows.push(appendRow({ start, model }, rows, entry))
  return rows
}
