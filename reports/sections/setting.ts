import { count, word } from '../../sim/format.ts'
import type { RunRecord } from '../../sim/record.ts'
import { modelId } from '../../spec/tower/model.ts'
import type { Row } from '../chronicle.ts'
import { type Html, html } from '../html.ts'
import { pairs } from './pairs.ts'

/** A model of more nodes has only those on the page that a dispute came to, each with its neighbours. */
const MOST_NODES = 60
const NEIGHBOURS = 3

/** The nodes into whose runs disputes went. */
const enteredNodes = (rows: readonly Row[], { model }: RunRecord): ReadonlySet<number> => {
  const depth = model.phases.indexOf('graph')
  return new Set(
    rows.flatMap(({ segment }) => {
      if (depth < 0 || segment === undefined || segment.at.length <= depth) return []
      const isNode = segment.at.length > depth + 1 || segment.length === 1
      return isNode ? segment.at[depth]! : []
    }),
  )
}

const shownNodes = ({ graph }: RunRecord, entered: ReadonlySet<number>): readonly number[] => {
  const all = graph.nodes.map((_, index) => index)
  if (all.length <= MOST_NODES) return all
  const near = all.filter((index) => [...entered].some((node) => Math.abs(node - index) <= NEIGHBOURS))
  return near.length === 0 ? all.slice(0, NEIGHBOURS) : near
}

/** The model, and its nodes by index. */
export const modelNodes = (rows: readonly Row[], record: RunRecord): Html => {
  const { scenario, graph, model } = record
  const entered = enteredNodes(rows, record)
  const shown = shownNodes(record, entered)
  return html`<section id="model">
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
<tbody>${shown.map((index) => {
    const { name, operator, operands, outputType, outputElements, outputSlot } = graph.nodes[index]!
    const taken = operands.filter(({ kind }) => kind !== 'none')
    return html`<tr>
<td class="number">${index}</td><td>${name}${entered.has(index) ? html` <span class="mark entered">disputed</span>` : undefined}</td><td><code>${operator}</code></td>
<td>${taken.map((operand) => `${operand.kind} ${operand.index}`).join(', ')}</td>
<td>${count(outputElements)} × ${outputType} <span class="quiet">value ${outputSlot}</span></td>
</tr>`
  })}</tbody>
</table></div>
${shown.length === graph.nodes.length ? undefined : html`<p class="quiet">${shown.length} of ${count(graph.nodes.length)} nodes: those that a dispute came to, with their neighbours.</p>`}
</section>`
}

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
