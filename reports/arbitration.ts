import type { RunRecord } from '../sim/record.ts'
import { type WitnessedStep, witnessedStep } from '../sim/witnessedStep.ts'
import type { StateRoot } from '../spec/commitments/hash.ts'
import { stepRoot } from '../spec/machine/witness.ts'
import type { Row } from './chronicle.ts'

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

/** The arbitration of a run, if it came to one. */
export const arbitrationOf = (
  rows: readonly Row[],
  { model, actors }: Pick<RunRecord, 'model' | 'actors'>,
): Arbitration | undefined => {
  const row = rows.find(({ reply, entry }) => reply?.kind === 'Arbitrate' && entry.outcome === 'accepted')
  if (row?.reply?.kind !== 'Arbitrate' || row.segment === undefined) return undefined
  const { segment, party, entry } = row
  const { witness } = row.reply
  const post = stepRoot(model.program, segment.start, witness)
  if (!post.ok) throw new Error(`an accepted arbitration is refused: ${post.rejection.reason}`)
  const opposed = party === 'asserter' ? 'verifier' : 'server'
  return {
    seq: entry.seq,
    at: segment.at,
    mover: entry.actor,
    opponent: actors.find(({ role }) => role === opposed)!.name,
    moverWins: post.value !== segment.end,
    ...witnessedStep(model.program, witness),
    preRoot: segment.start,
    postRoot: post.value,
    disputedRoot: segment.end,
  }
}
