import type { Bytes } from '../commitments/bytes.ts'
import type { StateRoot } from '../commitments/hash.ts'
import { accept, type Result, reject } from '../result.ts'
import type { TowerRules } from '../tower/tower.ts'
import { type Position, segmentCount } from './position.ts'

/**
 * The heart of the game: how the party to move may reply to a segment whose start both accept and whose end it
 * disputes. No clocks and no money here.
 *
 * At every point of a dispute with an honest party, (1) the start of the disputed segment is the true root there,
 * (2) every root that the honest party posted is true, (3) the end that the opponent stands by is false. Each guard
 * below names the sentence that it keeps.
 */

/** A segment that the mover has picked. */
export interface Segment {
  readonly phase: number
  /** Steps from start to end, at least 1. */
  readonly length: number
  readonly start: StateRoot
  readonly end: StateRoot
  /** Where it starts; see `Position`. */
  readonly at: readonly number[]
}

export type Reply =
  /** The mover's own roots at the segment's cut points after the start; the last is its own, different end. */
  | { readonly kind: 'Dissect'; readonly roots: readonly StateRoot[] }
  /** The run below the segment's single step: its length, its roots after the start, and what both its ends are checked by. */
  | {
      readonly kind: 'Descend'
      readonly length: number
      readonly roots: readonly StateRoot[]
      readonly witness: Bytes
    }
  /** What the chain needs to execute the segment's single instruction. */
  | { readonly kind: 'Arbitrate'; readonly witness: Bytes }

export type ReplyOutcome =
  | { readonly kind: 'Continues'; readonly position: Position }
  | { readonly kind: 'Decided'; readonly moverWins: boolean }

const next = (position: Position): ReplyOutcome => ({ kind: 'Continues', position })

export const applyReply = (
  tower: TowerRules,
  arity: number,
  segment: Segment,
  reply: Reply,
): Result<ReplyOutcome> => {
  switch (reply.kind) {
    case 'Dissect':
      return dissect(arity, segment, reply)
    case 'Descend':
      return descend(tower, arity, segment, reply)
    case 'Arbitrate':
      return arbitrate(tower, segment, reply)
    default:
      return reply satisfies never
  }
}

const isLast = (tower: TowerRules, phase: number): boolean => phase === tower.phases.length - 1

const dissect = (
  arity: number,
  { phase, length, start, end, at }: Segment,
  { roots }: Reply & { kind: 'Dissect' },
): Result<ReplyOutcome> => {
  if (length < 2) return reject('CannotDissect', { length })
  const expected = segmentCount(length, arity)
  if (roots.length !== expected) return reject('RootCountMismatch', { expected, given: roots.length })
  // BISECT-2, keeps (3): whoever replies must stand by another end, else a liar could hand the honest end back.
  if (roots.at(-1) === end) return reject('SameEnd', { end })
  return accept(next({ phase, length, roots: [start, ...roots], at }))
}

const descend = (
  tower: TowerRules,
  arity: number,
  { phase, length, start, end, at }: Segment,
  reply: Reply & { kind: 'Descend' },
): Result<ReplyOutcome> => {
  if (length !== 1 || isLast(tower, phase)) return reject('CannotDescend', { phase, length })
  const joint = tower.descents[phase]!
  const own = reply.roots.at(-1)
  if (own === undefined) return reject('RootCountMismatch', { expected: 1, given: 0 })
  // DESCENT-1, keeps (1): the run below starts where the agreed pre-state leads, and nowhere else.
  const entered = joint.enterRoot(start, reply.witness)
  if (!entered.ok) return entered
  // DESCENT-2, keeps (2) and (3): its end leads to the mover's own post-state, which is not the opponent's.
  const exited = joint.exitRoot(start, own, reply.length, reply.witness)
  if (!exited.ok) return exited
  const expected = segmentCount(reply.length, arity)
  if (reply.roots.length !== expected)
    return reject('RootCountMismatch', { expected, given: reply.roots.length })
  if (exited.value === end) return reject('SameEnd', { end })
  return accept(
    next({ phase: phase + 1, length: reply.length, roots: [entered.value, ...reply.roots], at: [...at, 0] }),
  )
}

const arbitrate = (
  tower: TowerRules,
  { phase, length, start, end }: Segment,
  { witness }: Reply & { kind: 'Arbitrate' },
): Result<ReplyOutcome> => {
  if (length !== 1 || !isLast(tower, phase)) return reject('CannotArbitrate', { phase, length })
  // ARBITER-1: no root is taken from the mover; the chain executes the instruction on the agreed pre-state.
  const post = tower.arbiter.stepRoot(start, witness)
  return post.ok ? accept({ kind: 'Decided', moverWins: post.value !== end }) : post
}
