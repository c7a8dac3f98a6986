import type { RunRecord, RunStage } from '../sim/record.ts'
import type { Balance } from '../sim/story.ts'
import { alarmOf, truthSentence } from '../sim/verdict.ts'
import type { Arbitration } from './arbitration.ts'
import type { Row } from './chronicle.ts'
import { documentText, mainMarkup } from './document.ts'
import { FIGURE_STYLE } from './figures/style.ts'
import { type Html, html } from './html.ts'
import { pricesOf } from './prices.ts'
import { balances } from './sections/accounts.ts'
import { answers } from './sections/answers.ts'
import { costs } from './sections/costs.ts'
import { deployment } from './sections/deployment.ts'
import type { Beside } from './sections/files.ts'
import { maps } from './sections/map.ts'
import { moves } from './sections/moves.ts'
import { figures, modelNodes } from './sections/setting.ts'
import { arbitratedStep } from './sections/step.ts'
import { stepper } from './sections/stepper.ts'
import { disputesOf, sequence, type TruthOfTask, tower } from './sections/story.ts'
import { truth } from './sections/truth.ts'
import { cast, expectationMark, expectations, verdictSentence } from './sections/verdict.ts'
import { positionsOf } from './stepper/positions.ts'
import { STYLE } from './style.ts'

/** All that a page tells. */
export interface PageContent {
  readonly record: RunRecord
  readonly rows: readonly Row[]
  readonly arbitration: Arbitration | undefined
  /** Undefined of a page that is served. */
  readonly beside: Beside | undefined
}

const header = (record: RunRecord): Html => {
  const { scenario, summary } = record
  const alarm = alarmOf(record)
  const facts = [
    `world ${summary.world}`,
    `model ${scenario.task.model}`,
    scenario.inputName,
    `k = ${summary.k}: ${record.model.phases.join(' › ')}`,
    `arity ${scenario.game.arity}`,
    `seed ${scenario.seed}`,
  ]
  return html`<header>
${alarm && html`<p class="alarm" role="alert">${alarm}</p>`}
${scenario.outside.map((fault) => html`<p class="outside" role="alert">Outside the assumptions: ${fault}.</p>`)}
<p class="kicker">${scenario.scenario}</p>
<h1>${scenario.title || scenario.scenario}</h1>
<p class="verdict">${verdictSentence(record)}; ${truthSentence(record)}.
${expectationMark(summary.expectationsMet)}</p>
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
${cast(record)}
</header>`
}

const pageTitle = (record: RunRecord): string => {
  const title = record.scenario.title || record.scenario.scenario
  const alarm = alarmOf(record)
  return alarm === undefined ? title : `${alarm.toUpperCase()}: ${title}`
}

/** What can be told of a run before it is over: its calls so far, and what they were played in. */
export const storyParts = (
  stage: RunStage,
  rows: readonly Row[],
  arbitration: Arbitration | undefined,
  story: ToldStory = {},
): readonly Html[] => [
  ...maps(rows, stage),
  ...disputesOf(rows).flatMap((dispute) => tower(rows, dispute, stage, story.truthOf) ?? []),
  stepper(positionsOf(rows, stage), stage),
  sequence(rows, stage),
  moves(rows, stage),
  arbitratedStep(arbitration, stage, story.by),
  costs(rows, { ...stage, prices: pricesOf({ ...stage.scenario.costs, ...stage.scenario.chain }) }),
  ...(story.balances === undefined ? [] : [balances(rows, stage, story.balances)]),
  deployment(stage, story.beside),
]

/** What is known only when it is over. */
export interface ToldStory {
  readonly beside?: Beside | undefined
  readonly truthOf?: TruthOfTask
  readonly by?: RunRecord['outcome']['by']
  readonly balances?: readonly Balance[]
}

/** What stands on the page of a run. */
export const runMain = ({ record, rows, arbitration, beside }: PageContent): string =>
  mainMarkup([
    header(record),
    ...(record.summary.answers === null ? [] : [answers(record.summary.answers)]),
    ...storyParts(record, rows, arbitration, {
      beside,
      truthOf: () => record.truth.rootsAt,
      by: record.outcome.by,
      balances: record.story.balances,
    }),
    expectations(record),
    truth(record),
    figures(record),
    modelNodes(rows, record),
  ])

/** The page of a run; its script only hides what comes later. */
export const page = (content: PageContent): string =>
  documentText({
    title: pageTitle(content.record),
    style: STYLE + FIGURE_STYLE,
    script: 'dispute',
    main: runMain(content),
  })
