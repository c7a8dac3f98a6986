import { count, duration, ether } from '../../sim/format.ts'
import type { RunStage } from '../../sim/record.ts'
import { BASIS_POINTS, type Parameters } from '../../spec/setting/parameters.ts'
import { modelId } from '../../spec/tower/model.ts'
import { type Html, html } from '../html.ts'
import { type Beside, files, playCommand } from './files.ts'
import { pairs } from './pairs.ts'

/** What every promise of the protocol rests on: `spec/README.md` says who sees to each, and what breaks without it. */
const ASSUMPTIONS = [
  'an honest party holds the model, has the capital that the formulas ask for, and acts within its clocks',
  'the bonds are above the formulas for the costs and gains that there are',
  'keccak-256 binds',
]

/** What was assumed of a run. @param outside in what it leaves that */
export const assumed = (
  outside: readonly string[],
  { inclusionSeconds }: Pick<Parameters, 'inclusionSeconds'>,
): Html => {
  const said = [
    ...outside.map((fault) => `nothing of the kind: ${fault}`),
    `a call stands in a block within ${duration(inclusionSeconds)}`,
    ...ASSUMPTIONS,
  ]
  return html`<h3>What was assumed</h3>
<ul>${said.map((text) => html`<li>${text}</li>`)}</ul>`
}

export const burnedWords = ({ burnBasisPoints }: Pick<Parameters, 'burnBasisPoints'>): string =>
  `${(100 * burnBasisPoints) / BASIS_POINTS}%`

const address = (value: string | undefined): Html | undefined =>
  value === undefined ? undefined : html`<code>${value}</code>`

/** Where the contracts stood, what the deployment and the task fix, and how to play it again. */
export const deployment = (record: RunStage, beside: Beside | undefined): Html => {
  const { scenario, start, model, place, task } = record
  const { arity, clockSeconds, descentSeconds, windowSeconds, mostMoves } = start.parameters
  const { claimBondWei, disputeBondWei, disputesAtOnce } = start.parameters
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
  ['burned of a lost claim bond, and of every dispute bond', burnedWords(start.parameters)],
  ['disputes that a server plays at once', String(disputesAtOnce)],
  ['fee', `${ether(scenario.task.feeWei)} ETH`],
  ['deadline of the task', duration(scenario.task.deadlineSeconds)],
])}
${assumed(scenario.outside, start.parameters)}
${files(beside, playCommand(scenario.file, { world: scenario.world }))}
</section>`
}
