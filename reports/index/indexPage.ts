import { count } from '../../sim/format.ts'
import { documentText, mainMarkup } from '../document.ts'
import { type Html, html } from '../html.ts'
import { expectationMark } from '../sections/verdict.ts'
import { STYLE } from '../style.ts'
import { falseFinalsInside } from '../sweeps/sweepFile.ts'
import { falseFinalsAlarm } from '../wording.ts'
import { type ReportFolder, RIVALS_NAME, type Run, type Sweep } from './folder.ts'

const pageHref = ({ name }: { readonly name: string }): string => `${encodeURIComponent(name)}.html`

const journalHref = ({ name }: Run): string => `${encodeURIComponent(name)}.jsonl`

const shown = (value: string | boolean | null): string => (value === null ? 'none' : String(value))

const expectationWords = ({ expectations }: Run): readonly Html[] =>
  expectations.map(({ key, expected, came, isMet }) => {
    const words = isMet
      ? `${key}: ${shown(came)}`
      : `${key}: expected ${shown(expected)}, came ${shown(came)}`
    return html`<div class="${isMet ? 'quiet' : 'false'}">${words}</div>`
  })

/** A column: what stands in it, and what it is sorted by. */
interface Column<Item> {
  readonly title: string
  readonly isNumber?: true
  readonly cell: (item: Item) => Html
  readonly key: (item: Item) => string | number
}

/** When something was played, and by which commit. */
const WHEN: Column<Pick<Run, 'date' | 'commit'>> = {
  title: 'date, UTC',
  key: ({ date }) => date,
  cell: ({ date, commit }) =>
    html`<time datetime="${date}">${date.slice(0, 19).replace('T', ' ')}</time><div class="quiet">${commit ?? 'no commit'}</div>`,
}

const TRUTHS = new Map([
  [null, 'no claim'],
  [true, 'true'],
  [false, 'FALSE'],
])

const verdictRank = ({ alarm, expectationsMet }: Run): number => {
  if (alarm !== null) return 0
  return expectationsMet === false ? 1 : expectationsMet === null ? 2 : 3
}

const COLUMNS: readonly Column<Run>[] = [
  {
    title: 'run',
    key: ({ scenario }) => scenario,
    cell: (run) =>
      html`<a href="${pageHref(run)}">${run.title || run.scenario}</a><div class="quiet">${run.scenario} · <a href="${journalHref(run)}">journal</a></div>`,
  },
  {
    title: 'expected',
    key: verdictRank,
    cell: (run) => html`${expectationMark(run.expectationsMet)}${expectationWords(run)}`,
  },
  {
    title: 'outcome',
    key: ({ verdict }) => verdict,
    cell: ({ verdict, alarm, outside }) =>
      html`${alarm === null ? undefined : html`<div class="false">${alarm.toUpperCase()}</div>`}${verdict}${
        outside.length === 0 ? undefined : html`<div class="quiet">outside the assumptions</div>`
      }`,
  },
  {
    title: 'claim',
    key: ({ claimIsTrue }) => TRUTHS.get(claimIsTrue)!,
    cell: ({ claimIsTrue, truth }) => html`${TRUTHS.get(claimIsTrue)}<div class="quiet">${truth}</div>`,
  },
  { title: 'world', key: ({ world }) => world, cell: ({ world }) => html`${world}` },
  { title: 'seed', isNumber: true, key: ({ seed }) => seed, cell: ({ seed }) => html`${seed}` },
  { title: 'k', isNumber: true, key: ({ k }) => k, cell: ({ k }) => html`${k}` },
  { title: 'moves', isNumber: true, key: ({ moves }) => moves, cell: ({ moves }) => html`${moves}` },
  {
    title: 'gas',
    isNumber: true,
    key: ({ gas }) => gas ?? -1,
    cell: ({ gas }) => html`${gas === null ? '–' : count(gas)}`,
  },
  {
    title: 'wall time, s',
    isNumber: true,
    key: ({ seconds }) => seconds,
    cell: ({ seconds }) => html`${seconds.toFixed(2)}`,
  },
  WHEN,
]

/** Of a simulation: what should not happen at the points that leave no assumption. */
const sweepAlarm = ({ points }: Sweep): string | undefined => falseFinalsAlarm(falseFinalsInside(points))

const alarms = (told: readonly (readonly [Run | Sweep, string | null | undefined])[]): readonly Html[] =>
  told.flatMap(([of, alarm]) =>
    alarm
      ? html`<p class="alarm" role="alert">${alarm}: <a href="${pageHref(of)}">${of.title || of.scenario}</a></p>`
      : [],
  )

const sweepExpectation = ({ expected, missed }: Sweep): readonly Html[] =>
  expected.map(({ figure, expected: wanted }) => {
    const wrong = missed.find((found) => found.figure === figure)
    return wrong === undefined
      ? html`<div class="quiet">${figure}: ${wanted}</div>`
      : html`<div class="false">${figure}: expected ${wanted}, came ${wrong.came}</div>`
  })

const outsideWords = (outside: number, points: number): string => {
  if (outside === 0) return ''
  return `; outside the assumptions${outside === points ? '' : ' in part'}`
}

const SWEEP_COLUMNS: readonly Column<Sweep>[] = [
  {
    title: 'question',
    key: ({ scenario }) => scenario,
    cell: (sweep) =>
      html`<a href="${pageHref(sweep)}">${sweep.title || sweep.scenario}</a><div class="quiet">${sweep.scenario}</div>`,
  },
  {
    title: 'answer',
    key: ({ answer }) => answer,
    cell: ({ answer, falseFinals, outside, points }) =>
      html`${answer}${falseFinals === 0 ? undefined : html`<div class="false">${count(falseFinals)} false claims became final${outsideWords(outside, points.length)}</div>`}`,
  },
  {
    title: 'expected',
    key: ({ expectationsMet }) => (expectationsMet === false ? 1 : expectationsMet === null ? 2 : 3),
    cell: (sweep) => html`${expectationMark(sweep.expectationsMet)}${sweepExpectation(sweep)}`,
  },
  { title: 'world', key: ({ world }) => world, cell: ({ world }) => html`${world}` },
  { title: 'runs', isNumber: true, key: ({ runs }) => runs, cell: ({ runs }) => html`${count(runs)}` },
  { title: 'seed', isNumber: true, key: ({ seed }) => seed, cell: ({ seed }) => html`${seed}` },
  {
    title: 'wall time, s',
    isNumber: true,
    key: ({ seconds }) => seconds,
    cell: ({ seconds }) => html`${seconds.toFixed(1)}`,
  },
  WHEN,
]

/** A table that a script filters by words and sorts by its headings. */
const listed = <Item>(
  label: string,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  tone: (item: Item) => string = () => '',
): Html => html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="listed">
<thead><tr>${columns.map(
  ({ title, isNumber }) =>
    html`<th scope="col"${isNumber ? html` class="number" data-number` : undefined}><button type="button">${title}</button></th>`,
)}</tr></thead>
<tbody>${items.map(
  (item) =>
    html`<tr class="${tone(item)}">${columns.map(({ isNumber, cell, key }) => {
      const attributes = html`data-key="${key(item)}"${isNumber ? html` class="number"` : undefined}`
      return html`<td ${attributes}>${cell(item)}</td>`
    })}</tr>`,
)}</tbody>
</table></div>`

/** Simulations of populations: a question and its answer each. */
const sweepTable = (sweeps: readonly Sweep[]): Html | undefined =>
  sweeps.length === 0
    ? undefined
    : html`<section id="simulations"><h2>Simulations</h2>
${listed('simulations', SWEEP_COLUMNS, sweeps, (sweep) => (sweepAlarm(sweep) === undefined ? '' : 'is-alarm'))}
</section>`

const faultList = (faults: ReportFolder['faults']): Html | undefined =>
  faults.length === 0
    ? undefined
    : html`<section id="faults"><h2>Files that are not whole</h2>
<ul>${faults.map(({ file, reason }) => html`<li class="false"><code>${file}</code> ${reason}</li>`)}</ul>
</section>`

const countWords = (amount: number, one: string): string => `${amount} ${one}${amount === 1 ? '' : 's'}`

/** How many came as expected, as one sentence. */
export const indexSentence = ({ runs, sweeps, faults }: ReportFolder): string => {
  const unmet = runs.filter(({ expectationsMet }) => expectationsMet === false).length
  const met = runs.filter(({ expectationsMet }) => expectationsMet === true).length
  const alarmed =
    runs.filter(({ alarm }) => alarm !== null).length +
    sweeps.filter((sweep) => sweepAlarm(sweep) !== undefined).length
  return [
    `${countWords(runs.length, 'run')}: ${met} as expected, ${unmet} not as expected`,
    ...(alarmed === 0 ? [] : [`${alarmed} in which the protocol failed`]),
    ...(sweeps.length === 0 ? [] : [countWords(sweeps.length, 'simulation')]),
    ...(faults.length === 0 ? [] : [`${countWords(faults.length, 'file')} not whole`]),
  ].join(', ')
}

const INDEX_STYLE = `
main { max-width: 110rem; }
.alarm a { color: inherit; }
.filter { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; margin-bottom: 1rem; }
.filter[hidden] { display: none; }
.filter input { font: inherit; padding: .4rem .7rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--surface); color: var(--text); min-width: min(24rem, 100%); }
thead button { font: inherit; color: inherit; background: none; border: 0; padding: .3rem 0; cursor: pointer; }
[aria-sort='ascending'] button::after { content: ' ▲'; }
[aria-sort='descending'] button::after { content: ' ▼'; }
main { padding-inline: 1rem; }
.listed { font-size: .85rem; }
.listed th, .listed td { padding-right: .7rem; }
#runs td:nth-child(1), #runs td:nth-child(4) { min-width: 11rem; }
#runs td:nth-child(2) { min-width: 9.5rem; }
#runs td:nth-child(3) { min-width: 10rem; }
.listed td:last-child { min-width: 5.5rem; }
.listed .mark.free { background: none; padding: 0; font-weight: 400; white-space: normal; }
#runs td:nth-child(-n+4), #simulations td:nth-child(-n+3) { overflow-wrap: anywhere; }
#simulations td:nth-child(-n+2) { min-width: 16rem; }
tr.is-alarm { background: var(--bad-ground); }
`

/** The page from which every run of a folder is one click away. */
export const indexPage = (folder: ReportFolder): string => {
  const { runs, sweeps, faults } = folder
  return documentText({
    title: 'Runs',
    style: STYLE + INDEX_STYLE,
    script: 'index',
    main: mainMarkup([
      html`<header>${alarms([
        ...runs.map((run) => [run, run.alarm] as const),
        ...sweeps.map((sweep) => [sweep, sweepAlarm(sweep)] as const),
      ])}
<h1>Runs</h1>
<p class="verdict">${indexSentence(folder)}.</p>
<p><a href="${RIVALS_NAME}">Beside the published designs</a></p></header>`,
      ...(faults.length === 0 ? [] : [faultList(faults)!]),
      html`<section id="runs">
<h2>Newest first</h2>
<p class="filter" hidden><label for="words">What has all of these words</label> <input id="words" type="search"> <output for="words" aria-live="polite"></output></p>
${listed('runs', COLUMNS, runs, ({ alarm }) => (alarm === null ? 'run' : 'run is-alarm'))}
</section>`,
      ...[sweepTable(sweeps) ?? []].flat(),
    ]),
  })
}
