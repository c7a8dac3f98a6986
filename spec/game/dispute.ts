import { accept, type Result, reject } from '../result.ts'
import { type Clocks, deadline, isExpired, opponentOf, type Party, pass, type Seconds } from './clocks.ts'
import { cutPoint, type Position, segmentStart } from './position.ts'
import type { ReplyOutcome, Segment } from './reply.ts'

/**
 * One dispute by itself: whose turn it is, what a reply and a timeout make of it, who has won. No money, no ids and no
 * other claims; the service adds those around it, and the explorer exhausts it as it stands.
 */
export type Dispute = Running | Decided

export interface Running {
  readonly kind: 'Running'
  readonly position: Position
  readonly clocks: Clocks
}

export interface Decided {
  readonly kind: 'Decided'
  readonly winner: Party
  readonly by: 'arbitration' | 'timeout'
}

/** The segment of a position that a mover has picked. */
export const segmentAt = ({ phase, length, roots, at }: Position, picked: number): Segment => {
  const segments = roots.length - 1
  return {
    phase,
    length: cutPoint(picked + 1, length, segments) - cutPoint(picked, length, segments),
    start: roots[picked]!,
    end: roots[picked + 1]!,
    at: segmentStart(at, length, segments, picked),
  }
}

/** What a dispute starts from: the claim as a vector with one segment, the challenger to reply, both clocks full. */
export const begin = (claimed: Position, seconds: Seconds, now: Seconds): Running => ({
  kind: 'Running',
  position: claimed,
  clocks: { turn: 'challenger', turnSince: now, left: { asserter: seconds, challenger: seconds } },
})

/**
 * A move is in time, by the one whose turn it is, and passes the turn or ends the dispute.
 *
 * @param outcome what the rules say of the mover's reply, which is asked for only where a move is possible
 */
export const move = (
  dispute: Dispute,
  mover: Party,
  outcome: () => Result<ReplyOutcome>,
  now: Seconds,
): Result<Dispute> => {
  if (dispute.kind !== 'Running') return reject('DisputeOver')
  const { clocks } = dispute
  if (clocks.turn !== mover) return reject('NotYourTurn', { turn: clocks.turn })
  // CLOCK-1: a late move is refused even where nobody has claimed the timeout.
  if (isExpired(clocks, now)) return reject('ClockExpired', { deadline: deadline(clocks), time: now })
  const replied = outcome()
  if (!replied.ok) return replied
  const { value } = replied
  if (value.kind === 'Decided')
    return accept({
      kind: 'Decided',
      winner: value.moverWins ? mover : opponentOf(mover),
      by: 'arbitration',
    })
  return accept({ kind: 'Running', position: value.position, clocks: pass(clocks, now) })
}

/** Whoever lets its clock run out has lost. */
export const timeout = (dispute: Dispute, now: Seconds): Result<Dispute> => {
  if (dispute.kind !== 'Running') return reject('DisputeOver')
  if (!isExpired(dispute.clocks, now))
    return reject('ClockNotExpired', { deadline: deadline(dispute.clocks), time: now })
  return accept({ kind: 'Decided', winner: opponentOf(dispute.clocks.turn), by: 'timeout' })
}
