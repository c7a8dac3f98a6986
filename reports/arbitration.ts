import { type WitnessedStep, witnessedStep } from '../sim/witnessedStep.ts'
import type { StateRoot } from '../spec/commitments/hash.ts'
import { stepRoot } from '../spec/machine/witness.ts'
import type { Model } from '../spec/tower/model.ts'
import type { Row } from './chronicle.ts'
import type { Told } from './told.ts'
import { nameOf } from './wording.ts'

/** The one step that the contract executed. */
export interface Arbitration extends WitnessedStep {
  readonly seq: number
  /** Where it stands: a step for each phase, coarsest first. */
  readonly at: readonly number[]
  /** Names of the two. */
  readonly mover: string
  readonly opponent: string
  readonly moverWins: boolean
  readonly preRoot: StateRoot
  /** What the contract computed. */
  readonly postRoot: StateRoot
  /** What the opponent of the mover had posted. */
  readonly disputedRoot: StateRoot
}

type MachineTold = Pick<Told, 'actors'> & { readonly model: Model }

/** The step that the contract executed in a call; undefined where it executed none. */
export const arbitrationIn = (row: Row, { model, actors }: MachineTold): Arbitration | undefined => {
  const { segment, party, entry, reply } = row
  if (reply?.kind !== 'Arbitrate' || entry.outcome !== 'accepted' || segment === undefined) return undefined
  const { witness } = reply
  const contest = row.after.disputes.get(row.dispute!)!
  const post = stepRoot(model.program, segment.start, witness)
  if (!post.ok) throw new Error(`an accepted arbitration is refused: ${post.rejection.reason}`)
  const opposed = party === 'asserter' ? contest.challenger : contest.asserter
  const moving = party === 'asserter' ? contest.asserter : contest.challenger
  return {
    seq: entry.seq,
    at: segment.at,
    // Whose move it is, though a delegate may have made it.
    mover: nameOf(actors, moving),
    opponent: nameOf(actors, opposed),
    moverWins: post.value !== segment.end,
    ...witnessedStep(model.program, witness),
    preRoot: segment.start,
    postRoot: post.value,
    disputedRoot: segment.end,
  }
}

/** The arbitration of a run, if it came to one. */
export const arbitrationOf = (rows: readonly Row[], record: MachineTold): Arbitration | undefined =>
  rows.flatMap((row) => arbitrationIn(row, record) ?? [])[0]
