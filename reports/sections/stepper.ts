import { count, duration, ether } from '../../sim/format.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import diagrams from '../../spec/published/documents/diagrams.json' with { type: 'json' }
import type { StateDiagrams } from '../../spec/published/documents/diagrams.ts'
import { NONE } from '../../spec/published/documents/labels.ts'
import { stateDrawing } from '../figures/stateDiagram.ts'
import { type Html, html } from '../html.ts'
import type { ClockFace, Position } from '../stepper/positions.ts'
import { SUBJECTS, type Subject } from '../stepper/subjects.ts'
import type { Told } from '../told.ts'
import { cargo, verdicts } from '../wording.ts'
import type { DisputeHref } from './map.ts'
import { isWithin } from './story.ts'

const DIAGRAMS: StateDiagrams = diagrams

const clock = ({
  party,
  name,
  left,
  whole,
  isRunning,
}: ClockFace): Html => html`<div class="clock ${party}${isRunning ? ' is-running' : ''}">
<span>${name}, ${party}${isRunning ? html` <strong>to move</strong>` : undefined}</span>
<meter min="0" max="${whole}" value="${left}" aria-label="clock of the ${party}"></meter>
<span class="number">${duration(left)} left of ${duration(whole)}</span>
</div>`

/** A row of a table that says the same behind several calls: from the first of them to before `until`. */
interface Stay {
  readonly cells: Html
  readonly since: number
  readonly until: number | undefined
}

/** What stays as it is from one call to the next is said once. */
const staysOf = (positions: readonly Position[], cellsOf: (position: Position) => Html): readonly Stay[] => {
  const stays: Stay[] = []
  for (const position of positions) {
    const cells = cellsOf(position)
    const { seq } = position.row.entry
    const last = stays.at(-1)
    if (last?.cells.markup === cells.markup) continue
    if (last !== undefined) stays[stays.length - 1] = { ...last, until: seq }
    stays.push({ cells, since: seq, until: undefined })
  }
  return stays
}

const stayRow = ({ cells, since, until }: Stay): Html =>
  html`<tr data-since="${since}"${until && html` data-until="${until}"`}>${cells}<td class="calls number">${since}${until === undefined ? ' on' : until - since > 1 ? `–${until - 1}` : ''}</td></tr>
`

const purseCells =
  (index: number) =>
  ({ purses }: Position): Html => {
    const { name, role, ...amounts } = purses[index]!
    const { sentWei, takenWei, standingWei, creditWei } = amounts
    return html`<th scope="row"><span class="who ${role}">${name}</span></th>${[sentWei, takenWei, standingWei, creditWei].map((wei) => html`<td class="number">${ether(wei)}</td>`)}`
  }

const contractCells = ({ contractWei, burnedWei }: Position): Html =>
  html`<th scope="row">contract</th><td class="number" colspan="4">holds ${ether(contractWei)} ETH, ${ether(burnedWei)} of it burned</td>`

/** Who has what: a row for as long as it stayed as it is. A script shows those of the call that is looked at. */
const purses = (positions: readonly Position[]): Html => {
  const accounts = positions[0]?.purses ?? []
  const rows = [...accounts.map((_, i) => purseCells(i)), contractCells].flatMap((cellsOf) =>
    staysOf(positions, cellsOf).map(stayRow),
  )
  return html`<h3>Who has what</h3>
<div class="scroll" tabindex="0" role="region" aria-label="who has what"><table id="purses">
<thead><tr><th>who</th><th class="number">sent, ETH</th><th class="number">taken out, ETH</th><th class="number">at stake, ETH</th><th class="number">credit, ETH</th><th class="calls number">behind calls</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

const roots = ({ roots: posted }: Position): Html | undefined =>
  posted.length === 0
    ? undefined
    : html`<details><summary>${posted.length} ${posted.length === 1 ? 'root' : 'roots'} in full</summary>
<ol class="roots">${posted.map(({ step, root }) => html`<li>after step ${count(step)} <code>${root}</code></li>`)}</ol></details>`

const facts = ({ row, calldataBytes }: Position): Html => {
  const { transaction, time } = row.entry
  const shown: readonly (readonly [string, string | undefined])[] = [
    ['chain time', `${duration(row.sinceStart)} after the first call, Unix time ${time}`],
    ['calldata', calldataBytes === undefined ? undefined : `${count(calldataBytes)} bytes`],
    ['gas', transaction && count(transaction.gasUsed)],
    ['transaction', transaction?.hash],
    ['block', transaction && count(transaction.block)],
  ]
  return html`<dl>${shown.flatMap(([name, value]) => (value === undefined ? [] : html`<div><dt>${name}</dt><dd>${value}</dd></div>`))}</dl>`
}

const article = (position: Position, record: Told, toldElsewhere?: DisputeHref): Html => {
  const { row, clocks, states } = position
  const { seq, actor, outcome } = row.entry
  const role = record.actors.find(({ name }) => name === actor)?.role
  const said = cargo(row, record)
  const elsewhere = isWithin(row) ? toldElsewhere?.(row.dispute) : undefined
  return html`<article class="position" id="at-${seq}" data-at="${seq}">
<h3>Call ${seq}: <span class="who ${role}">${actor}</span> calls ${row.name}${outcome === 'accepted' ? undefined : html` <span class="mark unmet">✗ refused as ${outcome}</span>`}</h3>
<p>${row.segment === undefined ? undefined : html`${segmentPath(row.segment, record).join(' › ')}. `}${said}</p>
${verdicts(row).map((verdict) => html`<p class="decided">${verdict}</p>`)}
<ul class="facts states">${states.map(({ of, state }) => html`<li>${of}: <strong>${state}</strong></li>`)}</ul>
${clocks.map(clock)}
${facts(position)}
${elsewhere === undefined ? roots(position) : undefined}
<p class="quiet">${elsewhere === undefined ? html`<a href="#message-${seq}">in the sequence diagram</a>` : html`<a href="${elsewhere}#at-${seq}">in its dispute, with its roots</a>`} · <a href="#call-${seq}">in the table of calls</a></p>
</article>`
}

/** A thing's states, where it ever came about. */
const diagram = (subject: Subject, positions: readonly Position[]): Html | undefined => {
  const calls = positions.map(({ row, labels }) => ({ seq: row.entry.seq, state: labels[subject] }))
  if (calls.every(({ state }) => state === NONE)) return undefined
  return html`<figure class="scroll" tabindex="0"><figcaption>${subject}</figcaption>${stateDrawing(subject, DIAGRAMS[subject], calls)}</figure>`
}

/**
 * The run, call by call. Every position is on the page, so that it can be linked to and read without a script; a
 * script shows one at a time, and the figures as they stood then.
 *
 * @param toldElsewhere where moves of a dispute are told in full, where that is not this page
 */
export const stepper = (
  positions: readonly Position[],
  record: Told,
  toldElsewhere?: DisputeHref,
): Html => html`<section id="stepper">
<h2>Call by call</h2>
<nav class="steps" aria-label="calls" hidden>
<button type="button" data-step="first" aria-label="first call">«</button>
<button type="button" data-step="previous" aria-label="previous call">‹</button>
<output aria-live="polite"></output>
<button type="button" data-step="next" aria-label="next call">›</button>
<button type="button" data-step="last" aria-label="last call">»</button>
<span class="quiet">arrow keys, Home and End work too</span>
</nav>
${positions.map((position) => article(position, record, toldElsewhere))}
${purses(positions)}
<h3>Where the rules stand</h3>
<p class="quiet">The states of the specification, and the calls that lead from one to the next; the current one is marked.</p>
${SUBJECTS.flatMap((subject) => diagram(subject, positions) ?? [])}
</section>`
