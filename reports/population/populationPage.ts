import { count, duration, ether } from '../../sim/format.ts'
import { modelId } from '../../spec/tower/model.ts'
import { documentText, mainMarkup } from '../document.ts'
import { FIGURE_STYLE } from '../figures/style.ts'
import { type Html, html } from '../html.ts'
import { pricesOf } from '../prices.ts'
import { costs } from '../sections/costs.ts'
import { assumed, burnedWords } from '../sections/deployment.ts'
import { files } from '../sections/files.ts'
import { type DisputeHref, maps } from '../sections/map.ts'
import { moves } from '../sections/moves.ts'
import { pairs } from '../sections/pairs.ts'
import { stepper } from '../sections/stepper.ts'
import { disputesOf, isWithin, sequence, tower } from '../sections/story.ts'
import type { Position } from '../stepper/positions.ts'
import { STYLE } from '../style.ts'
import { falseFinalsAlarm } from '../wording.ts'
import { disputedMachine, placeWords } from './disputedMachine.ts'
import { disputeFile, havePages } from './disputePage.ts'
import { type PopulationContent, playAgain } from './populationContent.ts'
import type { PopulationStage } from './populationStage.ts'

/** What became of the claims of a run. */
export interface ClaimCounts {
  readonly final: number
  readonly refuted: number
  readonly pending: number
  /** False ones among the final ones: what the protocol is there to prevent. */
  readonly falseFinals: number
  readonly disputes: number
}

export const claimCounts = ({ rows, isTrue }: PopulationStage): ClaimCounts => {
  const end = rows.at(-1)?.after
  const claims = [...(end?.claims ?? [])]
  const ofKind = (kind: string) => claims.filter(([, entry]) => entry.kind === kind)
  return {
    final: ofKind('Final').length,
    refuted: ofKind('Refuted').length,
    pending: ofKind('Pending').length,
    falseFinals: ofKind('Final').filter(([id]) => !isTrue(id)).length,
    disputes: end?.disputes.size ?? 0,
  }
}

/** What the run came to, in one sentence. */
export const populationVerdict = (counts: ClaimCounts): string => {
  const { final, refuted, pending, disputes } = counts
  const undecided = pending === 0 ? '' : `, ${count(pending)} undecided`
  return `Claims: ${count(final)} final, ${count(refuted)} refuted${undecided}; disputes: ${count(disputes)}`
}

export const populationTruth = ({ falseFinals, final }: ClaimCounts): string =>
  final === 0
    ? 'no claim became final'
    : falseFinals === 0
      ? 'every final claim was true'
      : `${count(falseFinals)} of ${count(final)} final claims FALSE`

/** What its deployment and its tasks fix, what was assumed, and how to play it again. */
const deployment = ({ simulation, stage, file, beside }: PopulationContent): Html => {
  const { parameters, task, world, outside } = simulation
  const { model, ofModel } = stage
  return html`<section id="deployment">
<h2>Deployment</h2>
${pairs([
  [
    'chain',
    world === 'anvil'
      ? 'simulated, and then block by block on a live one, which came to the same'
      : 'simulated: blocks, fees and a pool of calls, by the specification',
  ],
  ['model', ofModel && html`${ofModel.name} <code>${modelId(ofModel.model)}</code>`],
  ['phases', ofModel === undefined ? String(model.phases.length) : model.phases.join(' › ')],
  ['arity', String(parameters.arity)],
  ['chess clock', duration(parameters.clockSeconds)],
  ['more for each descent', duration(parameters.descentSeconds)],
  ['most moves of a dispute', count(parameters.mostMoves)],
  ['challenge window', duration(parameters.windowSeconds)],
  ['claim bond', `${ether(parameters.claimBondWei)} ETH`],
  ['dispute bond', `${ether(parameters.disputeBondWei)} ETH`],
  ['burned of a lost claim bond, and of every dispute bond', burnedWords(parameters)],
  ['disputes that a server plays at once', String(parameters.disputesAtOnce)],
  ['fee', `${ether(task.feeWei)} ETH`],
])}
${assumed(outside === undefined ? [] : [outside], parameters)}
${files(beside, playAgain(file, world))}
</section>`
}

/** What is told of a run's disputes where they have pages of their own: on its own page all calls, and the way there. */
const overview = (
  stage: PopulationStage,
  positions: readonly Position[],
  hrefOf: DisputeHref,
): readonly Html[] => [
  ...maps(stage.rows, stage, hrefOf),
  stepper(positions, stage, hrefOf),
  sequence(
    stage.rows.filter((row) => !isWithin(row) || row.entry.call.kind === 'Open'),
    stage,
    'Moves within a dispute stand on its page.',
  ),
]

/** The same where there is one at most, which this page tells. */
const whole = (stage: PopulationStage, positions: readonly Position[]): readonly Html[] => [
  ...maps(stage.rows, stage),
  ...disputesOf(stage.rows).flatMap((dispute) => tower(stage.rows, dispute, stage, stage.truthOf) ?? []),
  stepper(positions, stage),
  sequence(stage.rows, stage),
  ...disputesOf(stage.rows).flatMap((dispute) => disputedMachine(stage, dispute)),
]

const facts = ({ simulation, stage, seed }: PopulationContent): Html => {
  const { lengths } = simulation.tower
  const { ofModel } = stage
  const said = [
    'one run of a population',
    ...(ofModel === undefined ? [] : [`model ${ofModel.name}`, ofModel.inputName]),
    `k = ${lengths.length}: runs of ${lengths.map((length, i) => `${count(length)}${ofModel === undefined ? '' : ` ${ofModel.model.phases[i]}`}`).join(' › ')} steps`,
    `seed ${seed}`,
    `${stage.rows.length} ${stage.rows.length === 1 ? 'call' : 'calls'}`,
  ]
  return html`<ul class="facts">${said.map((fact) => html`<li>${fact}</li>`)}</ul>`
}

const named = (content: PopulationContent, verdict: Html): Html => {
  const { scenario, title, outside } = content.simulation
  return html`${outside && html`<p class="outside" role="alert">Outside the assumptions: ${outside}.</p>`}
<p class="kicker">${scenario}</p>
<h1>${title || scenario}</h1>
${verdict}
${facts(content)}`
}

const story = ({ stage, positions, name }: PopulationContent): readonly Html[] =>
  havePages(stage)
    ? overview(
        stage,
        positions,
        (dispute) => `${encodeURIComponent(name)}/${disputeFile(stage.rows, dispute)}`,
      )
    : whole(stage, positions)

/** What stands on the page of a run that is not over: its story so far. */
export const livePopulationMain = (content: PopulationContent): string => {
  const { rows } = content.stage
  const calls = `${count(rows.length)} ${rows.length === 1 ? 'call' : 'calls'}`
  const time = duration(rows.at(-1)?.sinceStart ?? 0)
  return mainMarkup([
    html`<header>
${named(content, html`<p class="verdict" role="status">Running: ${calls} so far, in ${time} of the chain’s time.</p>`)}
</header>`,
    ...story(content),
    moves(rows, content.stage),
    deployment(content),
  ])
}

/** Where the only dispute came down to a single step, where this page tells it. */
const onlyPlace = (stage: PopulationStage): Html | undefined => {
  const [dispute] = havePages(stage) ? [] : disputesOf(stage.rows)
  return dispute === undefined ? undefined : placeWords(stage, dispute)
}

/** What stands on the page of one run of a population. */
export const populationMain = (content: PopulationContent): string => {
  const { simulation, stage } = content
  const counts = claimCounts(stage)
  const alarm = falseFinalsAlarm(counts.falseFinals)
  return mainMarkup([
    html`<header>
${alarm && html`<p class="alarm" role="alert">${alarm}</p>`}
${named(content, html`<p class="verdict">${populationVerdict(counts)}; ${populationTruth(counts)}.</p>`)}
${onlyPlace(stage)}
</header>`,
    ...story(content),
    moves(stage.rows, stage),
    costs(stage.rows, { ...stage, prices: pricesOf(simulation.costs) }),
    deployment(content),
  ])
}

/** The page of one run of a population. */
export const populationPage = (content: PopulationContent): string => {
  const { scenario, title } = content.simulation
  const alarm = falseFinalsAlarm(claimCounts(content.stage).falseFinals)
  return documentText({
    title: alarm === undefined ? title || scenario : `${alarm.toUpperCase()}: ${title || scenario}`,
    style: STYLE + FIGURE_STYLE,
    script: 'dispute',
    main: populationMain(content),
  })
}
