import { count, duration } from '../../sim/format.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import type { Row } from '../chronicle.ts'
import { type Html, html } from '../html.ts'
import type { Told } from '../told.ts'
import { cargo, hasGas, verdicts } from '../wording.ts'

const moveRow = (row: Row, record: Told, withGas: boolean): Html => {
  const { entry, segment } = row
  const role = record.actors.find(({ name }) => name === entry.actor)?.role
  const said = cargo(row, record)
  const accepted = entry.outcome === 'accepted'
  const gas = entry.transaction && count(entry.transaction.gasUsed)
  const decided = verdicts(row).map((verdict) => html`<div class="decided">${verdict}</div>`)
  return html`<tr id="call-${entry.seq}"${accepted ? undefined : html` class="refused"`}>
<td class="number"><a href="#at-${entry.seq}">${entry.seq}</a></td>
<td class="number">${duration(row.sinceStart)}</td>
<td><span class="who ${role}">${entry.actor}</span></td>
<td><strong>${row.name}</strong>${said === '' ? undefined : html`<div class="quiet">${said}</div>`}</td>
<td>${row.phase ?? '–'}</td>
<td>${segment === undefined ? '–' : segmentPath(segment, record).join(' › ')}</td>
<td>${accepted ? 'accepted' : html`<span class="mark unmet">✗ ${entry.outcome}</span>`}${decided}</td>
${withGas ? html`<td class="number">${gas ?? '–'}</td>` : undefined}
<td class="number">${row.clockLeft === undefined ? '–' : duration(row.clockLeft)}</td>
</tr>`
}

/** All calls of the run, the refused ones too. */
export const moves = (rows: readonly Row[], record: Told): Html => {
  const withGas = hasGas(rows)
  return html`<section id="moves">
<h2>Moves</h2>
<p>Every call, in the order of the chain. The segment is the part of the opponent’s vector that the caller disputes,
steps counted from 0; the clock left is the caller’s own, after the call.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th class="number">#</th><th class="number">chain time</th><th>who</th><th>call</th><th>phase</th><th>segment</th><th>outcome</th>${
    withGas ? html`<th class="number">gas</th>` : undefined
  }<th class="number">clock left</th></tr></thead>
<tbody>${rows.map((row) => moveRow(row, record, withGas))}</tbody>
</table></div>
</section>`
}
