import type { RunStage } from '../../sim/record.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import type { TrueRoots } from '../../sim/truth.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Row } from '../chronicle.ts'
import { sequenceDrawing } from '../figures/sequence.ts'
import { lifelines, storyEvents } from '../figures/story.ts'
import { disputeFigure } from '../figures/tower.ts'
import { towerDrawing } from '../figures/towerDrawing.ts'
import { type Html, html } from '../html.ts'
import { nameOf } from '../wording.ts'

/** The disputes of a run, in the order in which they were opened. */
const disputesOf = (rows: readonly Row[]): readonly Id[] => [...(rows.at(-1)?.after.disputes.keys() ?? [])]

/** Each dispute as the tower that it narrowed. @param trueRoots knows nothing while the run goes on */
export const towers = (
  rows: readonly Row[],
  record: RunStage,
  trueRoots: TrueRoots = () => undefined,
): readonly Html[] => {
  return disputesOf(rows).flatMap((id) => {
    const figure = disputeFigure(rows, id)
    const contest = rows.at(-1)!.after.disputes.get(id)!
    if (figure === undefined) return []
    const names = {
      asserter: nameOf(record.actors, contest.asserter),
      challenger: nameOf(record.actors, contest.challenger),
    }
    const drawing = towerDrawing(figure, {
      names,
      phases: record.model.phases,
      steps: (at, length) => segmentPath({ at, length }, record).join(' › '),
      trueRoots,
    })
    return html`<section class="tower-section">
<h2>How the dispute narrowed: ${names.challenger} against ${names.asserter}</h2>
<p>Each row is a vector of state roots that somebody posted, the whole width of the steps that it spans; the row below
is the segment that the other side disputed, in red. Strong cells were accepted, pale ones nobody looked at; ✗ marks the first that is false, which the runner knows
and the contract does not.</p>
<figure class="scroll" tabindex="0">${drawing}</figure>
</section>`
  })
}

/** The story as a sequence of calls. */
export const sequence = (rows: readonly Row[], record: RunStage): Html => html`<section id="story">
<h2>Story</h2>
<p>Numbers are those of the moves below. A crossed arrow is a call that the contract refused.</p>
<figure class="scroll" tabindex="0">${sequenceDrawing(lifelines(record), storyEvents(rows, record))}</figure>
</section>`
