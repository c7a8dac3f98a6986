import { count, duration, ether } from '../../sim/format.ts'
import type { RunStage } from '../../sim/record.ts'
import { BASIS_POINTS } from '../../spec/setting/parameters.ts'
import { modelId } from '../../spec/tower/model.ts'
import { type Html, html } from '../html.ts'
import { pairs } from './pairs.ts'

/** What a shell takes as one word. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** What every promise of the protocol rests on: `spec/README.md` says who sees to each, and what breaks without it. */
const ASSUMPTIONS = [
  'an honest party holds the model, has the capital that the formulas ask for, and acts within its clocks',
  'the bonds are above the formulas for the costs and gains that there are',
  'keccak-256 binds',
]

const assumed = ({ scenario, start }: RunStage): readonly string[] => [
  ...scenario.outside.map((fault) => `nothing of the kind: ${fault}`),
  `a call stands in a block within ${duration(start.parameters.inclusionSeconds)}`,
  ...ASSUMPTIONS,
]

const address = (value: string | undefined): Html | undefined =>
  value === undefined ? undefined : html`<code>${value}</code>`

/** Where the contracts stood, what the deployment and the task fix, and how to play it again. */
export const deployment = (record: RunStage, name: string): Html => {
  const { scenario, start, model, place, task } = record
  const { arity, clockSeconds, descentSeconds, windowSeconds, mostMoves } = start.parameters
  const { claimBondWei, disputeBondWei, disputesAtOnce, burnBasisPoints } = start.parameters
  const again = `npm run sim -- ${shellWord(scenario.file)} --world ${scenario.world}`
  const told = `npm run sim -- explain ${shellWord(`reports/out/${name}.jsonl`)}`
  return html`<section id="deployment">
<h2>Deployment</h2>
${pairs([
  [
    'chain',
    place === undefined ? 'none: the specification itself, as a modelled chain' : `id ${place.chainId}`,
  ],
  ['service', address(place?.service)],
  ['registry', address(place?.registry)],
  ['model', address(modelId(model))],
  ['task', address(task)],
  ['phases', model.phases.join(' › ')],
  ['arity', String(arity)],
  ['chess clock', duration(clockSeconds)],
  ['more for each descent', duration(descentSeconds)],
  ['most moves of a dispute', count(mostMoves)],
  ['challenge window', duration(windowSeconds)],
  ['claim bond', `${ether(claimBondWei)} ETH`],
  ['dispute bond', `${ether(disputeBondWei)} ETH`],
  ['burned of a lost claim bond, and of every dispute bond', `${(100 * burnBasisPoints) / BASIS_POINTS}%`],
  ['disputes that a server plays at once', String(disputesAtOnce)],
  ['fee', `${ether(scenario.task.feeWei)} ETH`],
  ['deadline of the task', duration(scenario.task.deadlineSeconds)],
])}
<h3>What was assumed</h3>
<ul>${assumed(record).map((text) => html`<li>${text}</li>`)}</ul>
<h3>The files, and the commands</h3>
<p>Journal: <a href="${encodeURIComponent(name)}.jsonl">${name}.jsonl</a>, a call a line, bytes as hex. Run file:
<a href="${encodeURIComponent(name)}.json">${name}.json</a>. <a href="index.html">All runs of this folder</a>, once
<code>npm run report</code> has been run.</p>
<pre tabindex="0">${again}
${told}</pre>
</section>`
}
