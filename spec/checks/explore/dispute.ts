import { type Clocks, isExpired, opponentOf, type Party, pass, type Seconds } from '../../game/clocks.ts'
import { cutPoint, type Position, segmentStart } from '../../game/position.ts'
import type { ReplyOutcome, Segment } from '../../game/reply.ts'
import { accept, type Result, reject } from '../../result.ts'

/**
 * One dispute by itself, as `service/disputes` keeps it, without the money, the ids and the hashes: all that the
 * explorer needs of it. A test plays both and holds them together, refusals included.
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

/** @param outcome what the rules say of the mover's answer, which is asked for only where a move is possible */
export const move = (
  dispute: Dispute,
  mover: Party,
  outcome: () => Result<ReplyOutcome>,
  now: Seconds,
): Result<Dispute> => {
  if (dispute.kind !== 'Running') return reject('DisputeOver')
  const { clocks } = dispute
  if (clocks.turn !== mover) return reject('NotYourTurn', { turn: clocks.turn })
  if (isExpired(clocks, now)) return reject('ClockExpired', { now })
  const answered = outcome()
  if (!answered.ok) return answered
  const { value } = answered
  if (value.kind === 'Decided')
    return accept({
      kind: 'Decided',
      winner: value.moverWins ? mover : opponentOf(mover),
      by: 'arbitration',
    })
  return accept({ kind: 'Running', position: value.position, clocks: pass(clocks, now) })
}

export const timeout = (dispute: Dispute, now: Seconds): Result<Dispute> => {
  if (dispute.kind !== 'Running') return reject('DisputeOver')
  if (!isExpired(dispute.clocks, now)) return reject('ClockNotExpired', { now })
  return accept({ kind: 'Decided', winner: opponentOf(dispute.clocks.turn), by: 'timeout' })
}
