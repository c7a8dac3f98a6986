import { sourceLineAt } from '../../impl/kernels/sourceLines.ts'
import { REGISTER_NAMES } from '../../impl/vm/disassemble.ts'
import { word } from '../../sim/format.ts'
import type { Outcome } from '../../sim/outcome.ts'
import { type NamedGraph, segmentPath } from '../../sim/stepNames.ts'
import type { TouchedLeaf } from '../../sim/witnessedStep.ts'
import { LEAF_BYTES } from '../../spec/commitments/memory.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { EXITED, type Processor, RUNNING, TRAPPED } from '../../spec/machine/state.ts'
import type { Model } from '../../spec/tower/model.ts'
import type { Arbitration } from '../arbitration.ts'
import { type Html, html } from '../html.ts'
import { pairs } from './pairs.ts'

const STATUS_NAMES: Readonly<Record<number, string>> = {
  [RUNNING]: 'running',
  [EXITED]: 'exited',
  [TRAPPED]: 'trapped',
}

const statusName = (status: number): string => STATUS_NAMES[status] ?? `stable (${status})`

const beforeAfter = (name: Html, before: string, after: string): Html =>
  html`<tr class="${before === after ? '' : 'changed'}"><th scope="row">${name}</th><td><code>${before}</code></td><td><code>${after}</code></td></tr>`

const register = (pre: Processor, post: Processor, i: number): Html =>
  beforeAfter(
    html`${REGISTER_NAMES[i]} <span class="quiet">x${i}</span>`,
    word(pre.registers[i]!),
    word(post.registers[i]!),
  )

const COLUMN_ROWS = 11

/** pc, status and x1 to x31, in three columns. */
const registers = ({ pre, post }: Arbitration): Html => {
  const rows = [
    beforeAfter(html`pc`, word(pre.pc), word(post.pc)),
    beforeAfter(html`status`, statusName(pre.status), statusName(post.status)),
    ...REGISTER_NAMES.slice(1).map((_, i) => register(pre, post, i + 1)),
  ]
  const columns = Array.from({ length: Math.ceil(rows.length / COLUMN_ROWS) }, (_, i) =>
    rows.slice(i * COLUMN_ROWS, (i + 1) * COLUMN_ROWS),
  )
  return html`<div class="columns">${columns.map(
    (column) => html`<table class="registers">
<thead><tr><td></td><th>before</th><th>after</th></tr></thead>
<tbody>${column}</tbody>
</table>`,
  )}</div>`
}

const leafBytes = (leaf: TouchedLeaf, bytes: Uint8Array): readonly Html[] =>
  [...bytes].map((byte, i) => {
    const accessed = i >= leaf.offset && i < leaf.offset + leaf.bytes
    const text = byte.toString(16).padStart(2, '0')
    return accessed ? html`<b>${text}</b> ` : html`${text} `
  })

const memoryLeaf = (leaf: TouchedLeaf): Html => {
  const stored = leaf.after !== leaf.before
  const lines = stored
    ? [['before', leaf.before] as const, ['after', leaf.after] as const]
    : [['read', leaf.before] as const]
  return html`<h3>Memory leaf ${stored ? 'written' : 'read'}</h3>
<p>Leaf ${leaf.leafIndex}, from address <code>${word(leaf.leafIndex * LEAF_BYTES)}</code>; accessed are ${leaf.bytes}
${leaf.bytes === 1 ? 'byte' : 'bytes'} at <code>${word(leaf.address)}</code>.</p>
<div class="scroll" tabindex="0"><table class="leaf"><tbody>${lines.map(
    ([name, bytes]) =>
      html`<tr><th scope="row">${name}</th><td><code>${leafBytes(leaf, bytes)}</code></td></tr>`,
  )}</tbody></table></div>`
}

const roots = ({ preRoot, postRoot, disputedRoot, mover, opponent, moverWins }: Arbitration): Html => {
  const ruling = moverWins
    ? `The roots differ: ${opponent} stood by a false state and has lost.`
    : `The roots are equal: ${opponent} posted the true state, and ${mover} has lost.`
  return html`<div class="scroll" tabindex="0"><table><tbody>
<tr><th scope="row">pre-state, agreed</th><td><code>${preRoot}</code></td></tr>
<tr><th scope="row">post-state, computed by the contract</th><td><code>${postRoot}</code></td></tr>
<tr class="${moverWins ? 'wrong' : ''}"><th scope="row">post-state, posted by ${opponent}</th><td><code>${disputedRoot}</code></td></tr>
</tbody></table></div>
<p class="decided">${ruling}</p>`
}

const WHY_NONE = {
  unknown: ' so far',
  arbitration: '',
  timeout: ': the dispute ended by timeout',
  none: ': there was no dispute',
  drawn: ': the claim had fallen in another dispute',
} as const

/** What an instruction is one of. */
export interface MachineSetting {
  readonly model: Model
  readonly graph: NamedGraph & { readonly nodes: readonly Pick<GraphNode, 'name' | 'operator'>[] }
}

/** The step that the contract executed; says so where it did not come to that. */
export const arbitratedStep = (
  arbitration: Arbitration | undefined,
  record: MachineSetting,
  by?: Outcome['by'] | 'drawn',
): Html => {
  if (arbitration === undefined)
    return html`<section id="step"><h2>The step arbitrated</h2>
<p>None${WHY_NONE[by ?? 'unknown']}.</p></section>`
  const { at, mover, seq, pre, word: instruction, assembly, leaf } = arbitration
  const where = segmentPath({ at, length: 1 }, record).join(' › ')
  const node = record.graph.nodes[at[record.model.phases.indexOf('graph')] ?? -1]
  const source = sourceLineAt(record.model.program, pre.pc)
  return html`<section id="step">
<h2>The step arbitrated</h2>
<p>In call ${seq} ${mover} had the contract execute ${where}.</p>
<p class="instruction"><span class="quiet">${word(pre.pc)}:</span>
${instruction === undefined ? undefined : html`<span class="quiet">${word(instruction)}</span>`} <code>${assembly}</code></p>
${pairs([
  ['operator', node && html`<code>${node.operator}</code> <span class="quiet">${node.name}</span>`],
  ['source line', source && html`<code>impl/kernels/${source.file}:${source.line}</code>`],
  ['which says', source && html`<code>${source.text}</code>`],
])}
${roots(arbitration)}
${leaf === undefined ? undefined : memoryLeaf(leaf)}
<h3>Registers</h3>
${registers(arbitration)}
</section>`
}
