import type { RunRecord } from '../../sim/record.ts'
import { firstFalsePath, truthSentence } from '../../sim/verdict.ts'
import { type Html, html } from '../html.ts'

/** Bytes of an output that stand on the page; a longer one is cut. */
const MOST_SHOWN_HEX = 2 + 2 * 64

const outputWords = (hex: string | null): string => {
  if (hex === null) return 'none'
  return hex.length <= MOST_SHOWN_HEX ? hex : `${hex.slice(0, MOST_SHOWN_HEX)}… (${hex.length / 2 - 1} bytes)`
}

const firstFalse = (record: RunRecord): Html | undefined => {
  const path = firstFalsePath(record)
  if (path.length === 0) return undefined
  const { phases } = record.model
  return html`<h3>Where it first is false</h3>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>phase</th><th>the step whose post-state is the first false one</th></tr></thead>
<tbody>${path.map((step, depth) => html`<tr><th scope="row">${phases[depth]}</th><td><code>${step}</code></td></tr>`)}</tbody>
</table></div>`
}

/** What the runner knows and the chain does not: whether the claim was true, and where it first was not. */
export const truth = (record: RunRecord): Html => {
  const { claimIsTrue, output } = record.truth
  const differs = output.claimed !== null && output.claimed !== output.true
  const sentence = truthSentence(record)
  return html`<section id="truth">
<h2>Truth</h2>
<p class="${claimIsTrue === false ? 'false' : ''}">${sentence[0]!.toUpperCase()}${sentence.slice(1)}.</p>
<div class="scroll" tabindex="0"><table><tbody>
<tr class="${differs ? 'wrong' : ''}"><th scope="row">output claimed</th><td><code>${outputWords(output.claimed)}</code></td></tr>
<tr><th scope="row">true output</th><td><code>${outputWords(output.true)}</code></td></tr>
</tbody></table></div>
${firstFalse(record)}
</section>`
}
