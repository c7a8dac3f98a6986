import { count } from '../../sim/format.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { DisputeState } from '../../spec/service/state.ts'
import { documentText, mainMarkup } from '../document.ts'
import { FIGURE_STYLE } from '../figures/style.ts'
import { html } from '../html.ts'
import { moves } from '../sections/moves.ts'
import { stepper } from '../sections/stepper.ts'
import { disputeNumber, disputesOf, sequence, tower } from '../sections/story.ts'
import type { Position } from '../stepper/positions.ts'
import { rowsAbout } from '../stepper/subjects.ts'
import { STYLE } from '../style.ts'
import { nameOf } from '../wording.ts'
import { disputedMachine, placeWords } from './disputedMachine.ts'
import { disputeFileOf } from './disputeFile.ts'
import type { PopulationStage } from './populationStage.ts'

/** A run of a population has so many disputes at most on its own page. */
const MOST_ON_RUN_PAGE = 1

/** Whether each dispute of the run has a page of its own. */
export const havePages = ({ rows }: PopulationStage): boolean => disputesOf(rows).length > MOST_ON_RUN_PAGE

/** File of a dispute's page, in the folder that stands beside the run's page. */
export const disputeFile = (rows: PopulationStage['rows'], dispute: Id): string =>
  disputeFileOf(disputeNumber(rows, dispute))

const endWords = (contest: DisputeState, asserter: string, challenger: string): string => {
  if (contest.kind === 'Drawn') return 'It ended with the claim, which had fallen in another dispute'
  if (contest.kind === 'Running') return 'It was not over when the run was'
  const winner = contest.winner === 'asserter' ? asserter : challenger
  return `${winner} wins by ${contest.by} after ${count(contest.moves)} moves`
}

/**
 * The page of one dispute of a population's run.
 *
 * @param positions of the run @param runPage where its page stands, seen from here
 */
export const disputePage = (
  stage: PopulationStage,
  positions: readonly Position[],
  dispute: Id,
  { title, runPage }: { readonly title: string; readonly runPage: string },
): string => {
  const rows = rowsAbout(stage.rows, dispute)
  const numbers = new Set(rows.map(({ entry }) => entry.seq))
  const contest = stage.rows.at(-1)!.after.disputes.get(dispute)!
  const [asserter, challenger] = [
    nameOf(stage.actors, contest.asserter),
    nameOf(stage.actors, contest.challenger),
  ]
  const number = `Dispute ${disputeNumber(stage.rows, dispute)}`
  const isTrue = stage.isTrue(contest.claim)
  const against = `${challenger} against ${asserter}`
  return documentText({
    title: `${number}: ${against}`,
    style: STYLE + FIGURE_STYLE,
    script: 'dispute',
    main: mainMarkup([
      html`<header>
<p class="kicker"><a href="${runPage}">${title}</a></p>
<h1>${number}: ${against}</h1>
<p class="verdict">${endWords(contest, asserter, challenger)}; the claim of ${asserter} ${isTrue ? 'was true' : html`<span class="false">was FALSE</span>`}.</p>
${placeWords(stage, dispute)}
</header>`,
      ...[tower(stage.rows, dispute, stage, stage.truthOf) ?? []].flat(),
      stepper(
        positions.filter(({ row }) => numbers.has(row.entry.seq)),
        stage,
      ),
      sequence(rows, stage),
      moves(rows, stage),
      ...disputedMachine(stage, dispute),
    ]),
  })
}
