import { count } from '../../sim/format.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { DisputeState } from '../../spec/service/state.ts'
import { documentText, mainMarkup } from '../document.ts'
import { FIGURE_STYLE } from '../figures/style.ts'
import { html } from '../html.ts'
import { type Beside, files } from '../sections/files.ts'
import { moves } from '../sections/moves.ts'
import { stepper } from '../sections/stepper.ts'
import { disputeNumber, disputesOf, sequence, tower } from '../sections/story.ts'
import { rowsAbout } from '../stepper/subjects.ts'
import { STYLE } from '../style.ts'
import { nameOf } from '../wording.ts'
import { disputedMachine, placeWords } from './disputedMachine.ts'
import { disputeFileOf } from './disputeFile.ts'
import { type PopulationContent, playAgain } from './populationContent.ts'
import type { PopulationStage } from './populationStage.ts'

/** A run of a population tells one dispute on its own page, where that has no more than so many calls. */
const MOST_CALLS_WITH_A_DISPUTE = 60

/** Whether each dispute of the run has a page of its own: so that such a page stays small, whatever the run. */
export const havePages = ({ rows }: PopulationStage): boolean => {
  const disputes = disputesOf(rows).length
  return disputes > 1 || (disputes === 1 && rows.length > MOST_CALLS_WITH_A_DISPUTE)
}

/** File of a dispute's page, in the folder that stands beside the run's page. */
export const disputeFile = (rows: PopulationStage['rows'], dispute: Id): string =>
  disputeFileOf(disputeNumber(rows, dispute))

const endWords = (contest: DisputeState, asserter: string, challenger: string): string => {
  if (contest.kind === 'Drawn') return 'It ended with the claim, which had fallen in another dispute'
  if (contest.kind === 'Running') return 'It was not over when the run was'
  const winner = contest.winner === 'asserter' ? asserter : challenger
  return `${winner} wins by ${contest.by} after ${count(contest.moves)} moves`
}

/** Where a dispute's page stands. */
export interface DisputePlace {
  /** Page of its run, seen from here. */
  readonly runPage: string
  /** Undefined of a page that is served. */
  readonly beside: Beside | undefined
}

/** The page of one dispute of a population's run. */
export const disputePage = (
  { simulation, stage, positions, file }: PopulationContent,
  dispute: Id,
  { runPage, beside }: DisputePlace,
): string => {
  const rows = rowsAbout(stage.rows, dispute)
  const numbers = new Set(rows.map(({ entry }) => entry.seq))
  const contest = stage.rows.at(-1)!.after.disputes.get(dispute)!
  const [asserter, challenger] = [
    nameOf(stage.actors, contest.asserter),
    nameOf(stage.actors, contest.challenger),
  ]
  // Whoever has no part in it is left out: of a crowd there are many.
  const callers = new Set(rows.map(({ entry }) => entry.actor))
  const involved = stage.actors.filter(
    ({ name, address }) =>
      callers.has(name) || address === contest.asserter || address === contest.challenger,
  )
  const isInvolved = ({ name }: { readonly name: string }) => involved.some((actor) => actor.name === name)
  const number = disputeNumber(stage.rows, dispute)
  const isTrue = stage.isTrue(contest.claim)
  const against = `Dispute ${number}: ${challenger} against ${asserter}`
  return documentText({
    title: against,
    style: STYLE + FIGURE_STYLE,
    script: 'dispute',
    main: mainMarkup([
      html`<header>
<p class="kicker"><a href="${runPage}">${simulation.title || simulation.scenario}</a></p>
<h1>${against}</h1>
<p class="verdict">${endWords(contest, asserter, challenger)}; the claim of ${asserter} ${isTrue ? 'was true' : html`<span class="false">was FALSE</span>`}.</p>
${placeWords(stage, dispute)}
</header>`,
      ...[tower(stage.rows, dispute, stage, stage.truthOf) ?? []].flat(),
      stepper(
        positions
          .filter(({ row }) => numbers.has(row.entry.seq))
          .map((position) => ({ ...position, purses: position.purses.filter(isInvolved) })),
        stage,
      ),
      sequence(rows, { ...stage, actors: involved }),
      moves(rows, stage),
      ...disputedMachine(stage, dispute),
      html`<section id="run">
<h2>The run that it is of</h2>
<p>On its page: <a href="${runPage}#costs">who paid what</a>, <a href="${runPage}#deployment">the deployment, and what was
assumed</a>, <a href="${runPage}#moves">every call</a>.</p>
${files(beside, playAgain(file, simulation.world), number)}
</section>`,
    ]),
  })
}
