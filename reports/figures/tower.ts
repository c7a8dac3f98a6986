import type { Id, StateRoot } from '../../spec/commitments/hash.ts'
import type { Party, Seconds } from '../../spec/game/clocks.ts'
import { cutPoints } from '../../spec/game/position.ts'
import type { Row } from '../chronicle.ts'

/** A vector of roots that somebody posted in a dispute, and what its opponent made of it. */
export interface Vector {
  /** Number of the call that posted it. */
  readonly seq: number
  readonly party: Party
  readonly phase: number
  /** Where it starts: see `Position`. */
  readonly at: readonly number[]
  /** Steps that it spans. */
  readonly length: number
  /** Its roots, each with the step of its phase that it stands behind. */
  readonly roots: readonly { readonly step: number; readonly root: StateRoot }[]
  /** Index of the segment that the opponent then disputed, with the number of that call; undefined where none was. */
  readonly disputed: { readonly segment: number; readonly seq: number } | undefined
}

/** A dispute as its vectors, in the order in which they were posted; the first is the claim, of two roots. */
export interface DisputeFigure {
  readonly vectors: readonly Vector[]
  /** The call that executed an instruction, and the segment's end that it was held against. */
  readonly arbitration: { readonly seq: number; readonly vector: number } | undefined
  readonly opened: Seconds
}

/** The calls of a dispute that changed it: its opening and its accepted moves. */
const movesOf = (rows: readonly Row[], dispute: Id): readonly Row[] =>
  rows.filter(
    ({ entry, before, after }) =>
      entry.outcome === 'accepted' && before.disputes.get(dispute) !== after.disputes.get(dispute),
  )

const claimSeq = (rows: readonly Row[], claim: Id): number =>
  rows.find(({ before, after }) => after.claims.has(claim) && !before.claims.has(claim))!.entry.seq

/** What the calls of a run say about one dispute. Undefined where it was never opened. */
export const disputeFigure = (rows: readonly Row[], dispute: Id): DisputeFigure | undefined => {
  const moves = movesOf(rows, dispute)
  const [opening] = moves
  const contest = opening?.after.disputes.get(dispute)
  if (opening === undefined || contest === undefined) return undefined
  const { claim } = opening.before.claims.get(contest.claim)!
  const vectors: Vector[] = [
    {
      seq: claimSeq(rows, contest.claim),
      party: 'asserter',
      phase: 0,
      at: [0],
      length: claim.length,
      roots: [
        { step: 0, root: claim.startRoot },
        { step: claim.length, root: claim.endRoot },
      ],
      disputed: undefined,
    },
  ]
  let arbitration: DisputeFigure['arbitration']
  for (const row of moves) {
    const { call, seq } = row.entry
    const last = vectors.length - 1
    if (call.kind !== 'Open' && call.kind !== 'Move') continue
    vectors[last] = {
      ...vectors[last]!,
      disputed: { segment: call.kind === 'Open' ? 0 : call.opening.segment, seq },
    }
    if (call.reply.kind === 'Arbitrate') arbitration = { seq, vector: last }
    const after = row.after.disputes.get(dispute)
    if (after?.kind !== 'Running') continue
    const { phase, at, length, roots } = after.position
    const first = at.at(-1)!
    const points = cutPoints(length, roots.length - 1)
    vectors.push({
      seq,
      party: row.party!,
      phase,
      at,
      length,
      roots: roots.map((root, i) => ({ step: first + points[i]!, root })),
      disputed: undefined,
    })
  }
  return { vectors, arbitration, opened: opening.entry.time }
}
