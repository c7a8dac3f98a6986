import type { RunRecord } from '../../sim/record.ts'
import { type Html, html } from '../html.ts'

/** What the run came to, as one sentence. */
export const verdictSentence = ({ outcome, scenario }: RunRecord): string => {
  const { claim, winner, by, moves } = outcome
  if (claim === null) return 'No claim came about'
  if (winner === null) return `The claim is ${claim}; nobody disputed it`
  const name = winner === 'server' ? scenario.cast.server.name : (scenario.cast.verifier?.name ?? winner)
  return `The claim is ${claim}: the ${winner} ${name} wins by ${by} after ${moves} moves`
}

const shown = (value: unknown): string => (value === null ? 'none' : String(value))

const NAMES = { claim: 'claim', claimIsTrue: 'claim is true', winner: 'winner', by: 'by' } as const

/** Whether all came as expected. */
export const expectationMark = (met: boolean | null): Html => {
  if (met === null) return html`<span class="mark free">nothing was expected</span>`
  return met
    ? html`<span class="mark met">✓ as expected</span>`
    : html`<span class="mark unmet">✗ not as expected</span>`
}

/** Every key of `expect`, and whether it came true. */
export const expectations = ({ scenario, summary, unmet }: RunRecord): Html => {
  const rows = (['claim', 'claimIsTrue', 'winner', 'by'] as const).map((key) => {
    const expected = scenario.expect[key]
    const state = expected === undefined ? 'free' : unmet.includes(key) ? 'unmet' : 'met'
    const mark = { free: 'not asked', met: '✓ met', unmet: '✗ not met' }[state]
    return html`<tr>
<th scope="row">${NAMES[key]}</th>
<td>${expected === undefined ? '–' : shown(expected)}</td>
<td>${shown(summary[key])}</td>
<td><span class="mark ${state}">${mark}</span></td>
</tr>`
  })
  return html`<section id="expectations">
<h2>Expected and happened</h2>
<div class="scroll" tabindex="0"><table>
<thead><tr><td></td><th>expected</th><th>happened</th><td></td></tr></thead>
<tbody>${rows}</tbody>
</table></div>
</section>`
}

/** Options of a strategy as the scenario gives them, without JSON's punctuation. */
const optionWords = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([key, inner]) => `${key} ${optionWords(inner)}`)
        .join(', ')
    : String(value)

/** Who plays what. */
export const cast = ({ scenario, actors }: RunRecord): Html => {
  const { server, verifier } = scenario.cast
  const cards = actors.map(({ name, role, address }) => {
    const played = role === 'server' ? server : role === 'verifier' ? verifier : undefined
    const options = optionWords(played?.options ?? {})
    return html`<li class="card ${role}">
<p class="role">${role}</p>
<p class="name">${name}</p>
<p>${played?.strategyName ?? 'asks, and pays'}${options === '' ? '' : html` <span class="quiet">${options}</span>`}</p>
<p class="address"><code>${address}</code></p>
</li>`
  })
  return html`<ul class="cards">${cards}</ul>`
}
