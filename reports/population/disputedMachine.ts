import { answersOf } from '../../sim/answers.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import { toHex } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { DisputeState } from '../../spec/service/state.ts'
import { arbitrationOf } from '../arbitration.ts'
import { type Html, html } from '../html.ts'
import { answers } from '../sections/answers.ts'
import { arbitratedStep } from '../sections/step.ts'
import type { PopulationStage } from './populationStage.ts'

/** Where a dispute came down to a single step, phase by phase; undefined where it did not come to that. */
export const placeWords = (stage: PopulationStage, dispute: Id): Html | undefined => {
  for (const row of stage.rows)
    if (row.dispute === dispute && row.reply?.kind === 'Arbitrate' && row.entry.outcome === 'accepted')
      return html`<p class="place">It came down to ${segmentPath(row.segment!, stage).join(' › ')}.</p>`
  return undefined
}

/** The output that a claim was made with, as hex. */
const claimedOutput = ({ rows }: PopulationStage, claim: Id): string | null => {
  for (const { before, after, entry } of rows) {
    const { call } = entry
    const made = after.claims.has(claim) && !before.claims.has(claim)
    if (made && (call.kind === 'Claim' || call.kind === 'Reveal')) return toHex(call.output)
  }
  return null
}

/** By what a dispute ended; undefined while it runs. */
const endOf = (contest: DisputeState) =>
  contest.kind === 'Running' ? undefined : contest.kind === 'Drawn' ? 'drawn' : contest.by

/**
 * What a dispute on the tower of a model was about, and the instruction that the contract executed in it; nothing where
 * the tower is of symbols.
 */
export const disputedMachine = (stage: PopulationStage, dispute: Id): readonly Html[] => {
  const { ofModel, rows, actors } = stage
  const contest = rows.at(-1)?.after.disputes.get(dispute)
  if (ofModel === undefined || contest === undefined) return []
  const { claim } = contest
  const output = {
    claimed: claimedOutput(stage, claim),
    true: toHex(stage.trueOutputOf(stage.taskOf(claim))),
  }
  const said = answersOf(ofModel.runs, { output, firstFalse: undefined }, undefined)
  const arbitration = arbitrationOf(
    rows.filter((row) => row.dispute === dispute),
    { actors, model: ofModel.model },
  )
  return [
    ...(said === undefined ? [] : [answers(said)]),
    arbitratedStep(arbitration, ofModel, endOf(contest)),
  ]
}
