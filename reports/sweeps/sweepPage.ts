import { basename } from 'node:path'
import { count } from '../../sim/format.ts'
import { stated } from '../../sim/runs/expectation.ts'
import { grid } from '../../sim/runs/grid.ts'
import type { PointSummary } from '../../sim/runs/points.ts'
import type { SweepRecord } from '../../sim/runs/sweepRecord.ts'
import { CHART_STYLE, figureOf } from '../charts/drawChart.ts'
import { documentText, mainMarkup } from '../document.ts'
import { type Html, html } from '../html.ts'
import { playCommand } from '../sections/files.ts'
import { expectationMark } from '../sections/verdict.ts'
import { STYLE } from '../style.ts'
import { falseFinalsAlarm } from '../wording.ts'
import { type MeasureFigure, measureFigure } from './measureFigure.ts'
import {
  DISPUTES,
  FALSE_FINALS,
  FINALITY,
  GAS,
  GRIEFING,
  HONEST_LOSSES,
  type Measure,
  profitOf,
} from './measures.ts'
import { etherOf, pointWords, shortNumber, valueWords } from './quantity.ts'
import { answerOf } from './questions.ts'
import { falseFinalsInside } from './sweepFile.ts'

/** More accounts than these are told in the table alone. */
const MOST_PROFITS = 6

const section = (id: string, title: string, body: Html | readonly Html[]): Html =>
  html`<section id="${id}"><h2>${title}</h2>
${body}
</section>`

const drawn = (figures: readonly MeasureFigure[]): Html =>
  html`<div class="charts">${figures.map(({ panels, caption }) => figureOf(panels, caption))}</div>`

/** What figures and tables are made of: the runs so far, or all of them. */
export type Runs = Pick<SweepRecord, 'simulation'> & { readonly points: readonly PointSummary[] }

/** What every sweep shows, whatever it asks: each measure that says something and is not shown yet. */
const measured = (
  { points, simulation: { vary } }: Runs,
  shown: readonly MeasureFigure[],
): readonly MeasureFigure[] => {
  const names = [...new Set(points.flatMap(({ parties }) => Object.keys(parties)))]
  const measures: readonly Measure[] = [
    FALSE_FINALS,
    HONEST_LOSSES,
    DISPUTES,
    FINALITY,
    GAS,
    GRIEFING,
    ...(names.length > MOST_PROFITS ? [] : names.map(profitOf)),
  ]
  const titles = new Set(shown.flatMap(({ panels }) => panels.map(({ title }) => title)))
  return measures
    .map((measure) => measureFigure(measure, points, vary))
    .filter(({ panels: [first] }) => first !== undefined && !titles.has(first.title))
}

const number = (value: string | number): Html => html`<td class="number">${value}</td>`

const pointRow = (keys: readonly string[], point: PointSummary): Html => {
  const { at, runs, claims, disputes, honestLosses, finalitySeconds, gas, griefing, outsideAssumptions } =
    point
  const alarm = claims.falseFinals > 0 ? html` class="is-alarm"` : undefined
  return html`<tr${alarm}>${keys.map((key) => html`<th scope="row">${valueWords(key, at[key]!)}</th>`)}${[
    number(count(runs)),
    number(count(claims.final)),
    number(count(claims.refuted)),
    number(count(claims.falseFinals)),
    number(count(claims.expired)),
    number(count(disputes)),
    number(count(honestLosses)),
    number(
      finalitySeconds === null ? '–' : `${count(finalitySeconds.median)} / ${count(finalitySeconds.p99)}`,
    ),
    number(count(Math.round(gas.median))),
    number(griefing.factor === null ? '–' : shortNumber(griefing.factor)),
    html`<td>${outsideAssumptions === null ? 'inside' : html`<span class="false">outside</span>: ${outsideAssumptions}`}</td>`,
  ]}</tr>`
}

const COLUMNS = [
  'runs',
  'final',
  'refuted',
  'false finals',
  'expired',
  'disputes',
  'honest losses',
  'finality, s: median / p99',
  'gas, median',
  'griefing factor',
]

const scrolled = (label: string, table: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${table}</div>`

const pointTable = ({ points, simulation: { vary } }: Runs): Html => {
  const keys = Object.keys(vary)
  return scrolled(
    'points',
    html`<table><thead><tr>${keys.map((key) => html`<th scope="col">${key}</th>`)}${COLUMNS.map(
      (title) => html`<th scope="col" class="number">${title}</th>`,
    )}<th scope="col">assumptions</th></tr></thead>
<tbody>${points.map((point) => pointRow(keys, point))}</tbody></table>`,
  )
}

const partyTable = ({ points }: Runs): Html =>
  scrolled(
    'accounts',
    html`<table><thead><tr><th scope="col">point</th><th scope="col">account</th>${[
      'profit, ether: mean',
      'least',
      'most',
      'gas, ether',
      'computing, dollars',
      'locked, ether × days',
      'bonds lost',
    ].map((title) => html`<th scope="col" class="number">${title}</th>`)}</tr></thead>
<tbody>${points.flatMap((point) =>
      Object.entries(point.parties).map(
        ([name, { profitWei, gasWei, computeUsd, lockedWeiSeconds, bondsLost }]) =>
          html`<tr><td>${pointWords(point.at) || 'all runs'}</td><th scope="row">${name}</th>${[
            number(shortNumber(etherOf(profitWei.mean))),
            number(shortNumber(etherOf(profitWei.min))),
            number(shortNumber(etherOf(profitWei.max))),
            number(shortNumber(etherOf(gasWei))),
            number(computeUsd.toFixed(2)),
            number(shortNumber(etherOf(lockedWeiSeconds) / 86_400)),
            number(count(bondsLost)),
          ]}</tr>`,
      ),
    )}</tbody></table>`,
  )

const origins = (record: SweepRecord, stem: string | undefined): Html => {
  const { file, data, summary, simulation } = record
  const { world, runs } = simulation
  const files =
    stem === undefined
      ? html`Every figure comes from the runs, which are kept when all is over, a line each; whoever plays them is told where.`
      : html`Every figure comes from the runs in <a href="${encodeURIComponent(stem)}.jsonl">${stem}.jsonl</a>, a line each;
<a href="${encodeURIComponent(stem)}.json">${stem}.json</a> holds the points as they stand in the tables.`
  return html`<p>${files} Hash of all journals: <code class="roots">${summary.journalHash}</code></p>
<pre tabindex="0"><code>${playCommand(file, { world, ...(data['runs'] !== undefined && { runs }) })}</code></pre>`
}

/** What was expected of every point, and what came where it is not so. */
const expectations = ({ missed, simulation }: SweepRecord): Html | undefined => {
  const rows = stated(simulation.expect).map(({ figure, expected }) => {
    const wrong = missed.find((found) => found.figure === figure)
    const where =
      wrong === undefined || Object.keys(wrong.at).length === 0 ? '' : ` at ${pointWords(wrong.at)}`
    return html`<tr><th scope="row"><code>${figure}</code></th><td>${expected}</td><td>${wrong === undefined ? 'so at every point' : `${wrong.came}${where}`}</td><td>${
      wrong === undefined
        ? html`<span class="mark met">✓ met</span>`
        : html`<span class="mark unmet">✗ not met</span>`
    }</td></tr>`
  })
  return rows.length === 0
    ? undefined
    : section(
        'expected',
        'Expected and happened',
        scrolled(
          'expected and happened',
          html`<table><thead><tr><td></td><th scope="col">expected</th><th scope="col">happened</th><td></td></tr></thead><tbody>${rows}</tbody></table>`,
        ),
      )
}

/** Words for the whole sweep, where it leaves what the protocol promises. */
const outside = (points: readonly PointSummary[]): Html | undefined => {
  const beyond = points.filter(({ outsideAssumptions }) => outsideAssumptions !== null)
  return beyond.length === 0
    ? undefined
    : html`<p class="outside" role="alert">Outside the assumptions at ${beyond.length} of ${points.length} points.</p>`
}

/** Name, title and what was played; `said` is what it came to. */
export const sweepHeader = (
  { file, simulation }: Pick<SweepRecord, 'file' | 'simulation'>,
  said: Html,
): Html => {
  const points = grid(simulation.vary).length
  const facts = [
    `world ${simulation.world}`,
    `phases of ${simulation.tower.lengths.map((length) => count(length)).join(' › ')} steps`,
    `${count(points)} point${points === 1 ? '' : 's'} of ${count(simulation.runs)} run${simulation.runs === 1 ? '' : 's'}`,
    `seed ${simulation.seed}`,
    basename(file),
  ]
  return html`<p class="kicker">${simulation.scenario}</p>
<h1>${sweepTitle(simulation)}</h1>
${said}
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>`
}

export const sweepTitle = ({ title, scenario }: SweepRecord['simulation']): string => title || scenario

/** Figures and tables of the runs. @param shown figures that the page has already */
export const sweepFigures = (runs: Runs, shown: readonly MeasureFigure[] = []): readonly Html[] => [
  section('measures', 'What was measured', drawn(measured(runs, shown))),
  section('points', 'Points', pointTable(runs)),
  section('accounts', 'Accounts', partyTable(runs)),
]

export const SWEEP_STYLE = `${STYLE}${CHART_STYLE}tr.is-alarm { background: var(--bad-ground); }
#points td:last-child { min-width: 22rem; }
#accounts td:first-child { min-width: 16rem; }
`

/**
 * What stands on the page of a simulation: its question, its answer, figures, tables, and where they come from.
 *
 * @param stem of the files beside it; undefined of a page that is served, which has none
 */
export const sweepMain = (record: SweepRecord, stem: string | undefined): string => {
  const { simulation, summary, expectationsMet } = record
  const { points } = summary
  const { sentence, figures } = answerOf(record)
  const alarm = falseFinalsAlarm(falseFinalsInside(points))
  return mainMarkup([
    html`<header>
${alarm && html`<p class="alarm" role="alert">${alarm}</p>`}
${sweepHeader(
  record,
  html`<p class="verdict">${sentence} ${expectationMark(expectationsMet)}</p>
${outside(points)}`,
)}
</header>`,
    ...[expectations(record) ?? []].flat(),
    ...(figures.length === 0 ? [] : [section('answer', 'The answer', drawn(figures))]),
    ...sweepFigures({ simulation, points }, figures),
    section('origins', 'Where the figures come from', origins(record, stem)),
  ])
}

/** The page of a simulation. */
export const sweepPage = (record: SweepRecord, stem: string): string =>
  documentText({
    title: sweepTitle(record.simulation),
    style: SWEEP_STYLE,
    main: sweepMain(record, stem),
  })
