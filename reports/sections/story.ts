import { segmentPath } from '../../sim/stepNames.ts'
import type { TrueRoots } from '../../sim/truth.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Row } from '../chronicle.ts'
import { sequenceDrawings } from '../figures/sequence.ts'
import { lifelines, storyEvents } from '../figures/story.ts'
import { disputeFigure } from '../figures/tower.ts'
import { towerDrawing } from '../figures/towerDrawing.ts'
import { type Html, html } from '../html.ts'
import type { Told } from '../told.ts'
import { nameOf } from '../wording.ts'

/** The disputes of a run, in the order in which they were opened. */
export const disputesOf = (rows: readonly Row[]): readonly Id[] => [
  ...(rows.at(-1)?.after.disputes.keys() ?? []),
]

/** A dispute's number among those of its run, from 1. */
export const disputeNumber = (rows: readonly Row[], dispute: Id): number =>
  disputesOf(rows).indexOf(dispute) + 1

/** Where a dispute is to be seen on a page that has it. */
export const towerHref = (rows: readonly Row[], dispute: Id): string =>
  `#tower-${disputeNumber(rows, dispute)}`

/** Whether a call is one of a dispute's own: what is told where the dispute is. */
export const isWithin = (row: Row): row is Row & { readonly dispute: Id } => row.dispute !== undefined

/** What is true of a task's runs. */
export type TruthOfTask = (task: Id) => TrueRoots

const KEY = html`<p>Each row is a vector of state roots that somebody posted, the whole width of the steps that it spans; the row below
is the segment that the other side disputed, in red. Strong cells were accepted, pale ones nobody looked at; ✗ marks the first that is false, which the runner knows
and the contract does not.</p>`

/** A dispute as the tower that it narrowed. @param truthOf knows nothing while the run goes on */
export const tower = (
  rows: readonly Row[],
  dispute: Id,
  record: Told,
  truthOf: TruthOfTask = () => () => undefined,
): Html | undefined => {
  const figure = disputeFigure(rows, dispute)
  if (figure === undefined) return undefined
  const { claims, disputes } = rows.at(-1)!.after
  const contest = disputes.get(dispute)!
  const names = {
    asserter: nameOf(record.actors, contest.asserter),
    challenger: nameOf(record.actors, contest.challenger),
  }
  const drawing = towerDrawing(figure, {
    names,
    phases: record.model.phases,
    steps: (at, length) => segmentPath({ at, length }, record).join(' › '),
    trueRoots: truthOf(claims.get(contest.claim)!.claim.taskId),
  })
  return html`<section class="tower-section">
<h2>How the dispute narrowed: ${names.challenger} against ${names.asserter}</h2>
${KEY}
<figure class="scroll" tabindex="0" id="tower-${disputeNumber(rows, dispute)}">${drawing}</figure>
</section>`
}

/** The story as a sequence of calls. @param remark on what is left out */
export const sequence = (rows: readonly Row[], record: Told, remark = ''): Html => html`<section id="story">
<h2>Story</h2>
<p>Numbers are those of the moves below. A crossed arrow is a call that the contract refused. ${remark}</p>
${sequenceDrawings(lifelines(record), storyEvents(rows, record)).map((drawing) => html`<figure class="scroll" tabindex="0">${drawing}</figure>`)}
</section>`
