import { segmentPath } from '../../sim/stepNames.ts'
import type { TrueRoots } from '../../sim/truth.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import { disputeLabel } from '../../spec/published/documents/labels.ts'
import type { Row } from '../chronicle.ts'
import { sequenceDrawing } from '../figures/sequence.ts'
import { lifelines, storyEvents } from '../figures/story.ts'
import { disputeFigure } from '../figures/tower.ts'
import { towerDrawing } from '../figures/towerDrawing.ts'
import { type Html, html } from '../html.ts'
import type { Told } from '../told.ts'
import { nameOf } from '../wording.ts'

/** The disputes of a run, in the order in which they were opened. */
const disputesOf = (rows: readonly Row[]): readonly Id[] => [...(rows.at(-1)?.after.disputes.keys() ?? [])]

/** Where a dispute is to be seen on the page. */
export const towerHref = (rows: readonly Row[], dispute: Id): string =>
  `#tower-${disputesOf(rows).indexOf(dispute) + 1}`

/** What is true of a task's runs. */
export type TruthOfTask = (task: Id) => TrueRoots

const KEY = html`<p>Each row is a vector of state roots that somebody posted, the whole width of the steps that it spans; the row below
is the segment that the other side disputed, in red. Strong cells were accepted, pale ones nobody looked at; ✗ marks the first that is false, which the runner knows
and the contract does not.</p>`

/** Each dispute as the tower that it narrowed. @param truthOf knows nothing while the run goes on */
export const towers = (
  rows: readonly Row[],
  record: Told,
  truthOf: TruthOfTask = () => () => undefined,
): readonly Html[] => {
  const disputes = disputesOf(rows)
  return disputes.flatMap((id, i) => {
    const figure = disputeFigure(rows, id)
    const end = rows.at(-1)!.after
    const contest = end.disputes.get(id)!
    if (figure === undefined) return []
    const names = {
      asserter: nameOf(record.actors, contest.asserter),
      challenger: nameOf(record.actors, contest.challenger),
    }
    const drawing = towerDrawing(figure, {
      names,
      phases: record.model.phases,
      steps: (at, length) => segmentPath({ at, length }, record).join(' › '),
      trueRoots: truthOf(end.claims.get(contest.claim)!.claim.taskId),
    })
    const told = html`<figure class="scroll" tabindex="0" id="tower-${i + 1}">${drawing}</figure>`
    const against = `${names.challenger} against ${names.asserter}`
    if (disputes.length === 1)
      return html`<section class="tower-section">
<h2>How the dispute narrowed: ${against}</h2>
${KEY}
${told}
</section>`
    return html`<details class="tower-section">
<summary><h2>Dispute ${i + 1}: ${against}, ${disputeLabel(contest)}</h2></summary>
${KEY}
${told}
</details>`
  })
}

/** The story as a sequence of calls. */
export const sequence = (rows: readonly Row[], record: Told): Html => html`<section id="story">
<h2>Story</h2>
<p>Numbers are those of the moves below. A crossed arrow is a call that the contract refused.</p>
<figure class="scroll" tabindex="0">${sequenceDrawing(lifelines(record), storyEvents(rows, record))}</figure>
</section>`
