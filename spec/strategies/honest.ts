import { cutPoints, type Position, segmentCount } from '../game/position.ts'
import type { Reply } from '../game/reply.ts'
import type { Trace } from '../tower/tower.ts'

/** What a party plays: which segment of the opponent's vector it picks, and its reply to it. */
export interface PickedReply {
  readonly segment: number
  readonly reply: Reply
}

/** The trace of the phase that the position is in, from the trace of the top phase. */
export const traceAt = (top: Trace, at: readonly number[]): Trace => {
  let trace = top
  for (let phase = 0; phase < at.length - 1; phase++) {
    if (trace.kind === 'last') throw new Error(`no phase lies below the last one: ${at.join('/')}`)
    trace = trace.descend(at[phase]!).below
  }
  return trace
}

/**
 * The honest strategy, a pure function of the position and of one's own trace: find the first root of the
 * opponent's vector that differs from one's own, and reply to the segment that ends in it. Over a true trace this
 * keeps the three sentences of the invariant; a liar plays the same strategy over a damaged trace.
 *
 * Undefined where every root is one's own: then there is nothing to dispute.
 */
export const honestReply = (position: Position, arity: number, top: Trace): PickedReply | undefined => {
  const { length, roots, at } = position
  const offset = at.at(-1)!
  const trace = traceAt(top, at)
  const points = cutPoints(length, roots.length - 1, offset)
  const own = trace.rootsAt(points)
  const segment = own.findIndex((root, i) => i > 0 && root !== roots[i]) - 1
  if (segment < 0) return undefined
  const [from, to] = [points[segment]!, points[segment + 1]!]
  return { segment, reply: replyTo(trace, from, to - from, arity) }
}

/** One's own vector after the start of a run of `length` steps that begins at step `from` of the trace. */
const ownRoots = (trace: Trace, from: number, length: number, arity: number) =>
  trace.rootsAt(cutPoints(length, segmentCount(length, arity), from).slice(1))

const replyTo = (trace: Trace, from: number, length: number, arity: number): Reply => {
  if (length > 1) return { kind: 'Dissect', roots: ownRoots(trace, from, length, arity) }
  if (trace.kind === 'last') return { kind: 'Arbitrate', witness: trace.stepWitness(from) }
  const { below, witness } = trace.descend(from)
  return {
    kind: 'Descend',
    length: below.length,
    roots: ownRoots(below, 0, below.length, arity),
    witness,
  }
}
