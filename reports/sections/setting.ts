import { count, duration, ether, word } from '../../sim/format.ts'
import type { RunRecord } from '../../sim/record.ts'
import { BASIS_POINTS } from '../../spec/setting/parameters.ts'
import { modelId } from '../../spec/tower/model.ts'
import { type Html, html } from '../html.ts'

const pairs = (entries: readonly (readonly [string, string | Html])[]): Html =>
  html`<dl>${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`

/** What the deployment and the task fix. */
export const gameParameters = ({ scenario, start, model }: RunRecord): Html => {
  const { arity, clockSeconds, descentSeconds, windowSeconds } = start.parameters
  const { claimBondWei, disputeBondWei, disputesAtOnce, burnBasisPoints } = start.parameters
  const burnPercent = (100 * burnBasisPoints) / BASIS_POINTS
  return html`<section id="parameters">
<h2>Game</h2>
${pairs([
  ['phases', model.phases.join(' › ')],
  ['arity', String(arity)],
  ['chess clock', duration(clockSeconds)],
  ['more for each descent', duration(descentSeconds)],
  ['challenge window', duration(windowSeconds)],
  ['claim bond', `${ether(claimBondWei)} ETH`],
  ['dispute bond', `${ether(disputeBondWei)} ETH`],
  ['burned of a lost claim bond, and of every dispute bond', `${burnPercent}%`],
  ['disputes that a server plays at once', String(disputesAtOnce)],
  ['fee', `${ether(scenario.task.feeWei)} ETH`],
  ['deadline of the task', duration(scenario.task.deadlineSeconds)],
])}
</section>`
}

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
