import { count, word } from '../../sim/format.ts'
import type { RunRecord } from '../../sim/record.ts'
import { modelId } from '../../spec/tower/model.ts'
import { type Html, html } from '../html.ts'
import { pairs } from './pairs.ts'

/** The model, and its nodes by index. */
export const modelNodes = ({ scenario, graph, model }: RunRecord): Html => html`<section id="model">
<h2>Model</h2>
${pairs([
  ['model', scenario.task.model],
  ['input', `${scenario.inputName}, ${count(graph.inputBytes)} bytes`],
  ['nodes', String(model.nodeCount)],
  ['step limit', `${count(model.stepLimit)} instructions`],
  ['code', `${word(model.program.codeBase)}, tree of height ${model.program.codeHeight}`],
  ['id', html`<code>${modelId(model)}</code>`],
])}
<div class="scroll" tabindex="0"><table>
<thead><tr><th class="number">node</th><th>name</th><th>operator</th><th>operands</th><th>output</th></tr></thead>
<tbody>${graph.nodes.map(
  ({ name, operator, operands, outputType, outputElements, outputSlot }, index) => html`<tr>
<td class="number">${index}</td><td>${name}</td><td><code>${operator}</code></td>
<td>${operands
    .filter(({ kind }) => kind !== 'none')
    .map((operand) => `${operand.kind} ${operand.index}`)
    .join(', ')}</td>
<td>${count(outputElements)} × ${outputType} <span class="quiet">value ${outputSlot}</span></td>
</tr>`,
)}</tbody>
</table></div>
</section>`

const bar = (kind: string, gas: number, largest: number): Html => html`<tr>
<th scope="row">${kind}</th><td class="number">${count(gas)}</td>
<td class="bar"><meter min="0" max="${largest}" value="${gas}">${count(gas)}</meter></td>
</tr>`

/** Gas by kind of call, and seconds of the wall clock. */
export const figures = ({ summary, outcome }: RunRecord): Html => {
  const { gas, seconds } = summary
  const kinds = Object.entries(gas?.byKind ?? {})
  const largest = Math.max(1, ...kinds.map(([, used]) => used))
  return html`<section id="figures">
<h2>Figures</h2>
${pairs([
  ['moves of the dispute', String(outcome.moves)],
  ['gas, all calls', gas === null ? 'none: the model has no gas' : count(gas.total)],
  ['inference', `${seconds.inference.toFixed(3)} s`],
  ['request to settlement', `${seconds.dispute.toFixed(2)} s`],
  ['whole run', `${seconds.total.toFixed(2)} s`],
])}
${
  gas === null
    ? undefined
    : html`<div class="scroll" tabindex="0"><table class="gas">
<thead><tr><th>call</th><th class="number">gas, sum</th><td></td></tr></thead>
<tbody>${kinds.map(([kind, used]) => bar(kind, used, largest))}</tbody>
</table></div>`
}
</section>`
}
