import type { PhaseName } from '../../../spec/tower/model.ts'
import type { Trace } from '../../../spec/tower/tower.ts'
import type { deployModel } from '../../chain/dispute.fixture.ts'
import type { InferenceRun } from '../../inference/inferenceRun.ts'
import { GREEDY } from '../../inference/languageModel.ts'
import { modelRuns } from '../../inference/runs.ts'
import { toyRuns } from '../../inference/toyRuns.ts'
import { loadModel } from '../../models/catalogue.ts'
import { imageOf, testDigits } from '../../models/mnist/data.ts'
import { seededToy } from '../../models/toy.ts'
import { languageFile } from '../../tower/languageFile.ts'
import { languageRuns, openLanguage } from '../../tower/languageRuns.ts'

/** What a dispute is about: a model with an input, and two runs of it. */
export interface Story {
  readonly name: string
  readonly phases: readonly PhaseName[]
  /** Instructions of the run that it comes down to. */
  readonly steps: number
  readonly model: Parameters<typeof deployModel>[1]['model']
  readonly input: Uint8Array
  /** The model's most, unless given. */
  readonly iterations?: number
  readonly claimed: InferenceRun
  readonly disputing: InferenceRun
  readonly silentAfter?: number
}

/** Length of the run that these steps lead down to. */
const lengthBelow = (trace: Trace, [step, ...rest]: readonly number[]): number =>
  trace.kind === 'last' || step === undefined ? trace.length : lengthBelow(trace.descend(step).below, rest)

export const mnist = (phases: readonly PhaseName[]) => {
  const input = imageOf(testDigits(), 42)
  return { runs: modelRuns(loadModel('mnist-mlp'), phases, input), input }
}

const mnistMachine = (): Story => {
  const { runs, input } = mnist(['vm'])
  const honest = runs.honest()
  const { length } = honest.trace
  return {
    name: 'mnist k=1',
    phases: ['vm'],
    steps: length,
    model: runs.model,
    input,
    claimed: runs.withStep(Math.floor(length / 2)),
    disputing: honest,
  }
}

/** The demo's: one element of node 3's output. */
export const mnistGraph = (silentAfter?: number): Story => {
  const { runs, input } = mnist(['graph', 'vm'])
  const honest = runs.honest()
  return {
    name: 'mnist k=2',
    phases: ['graph', 'vm'],
    steps: lengthBelow(honest.trace, [3]),
    model: runs.model,
    input,
    claimed: runs.withElement(3, 5, 1),
    disputing: honest,
    ...(silentAfter === undefined ? {} : { silentAfter }),
  }
}

/** 16 iterations of 64 nodes of 16 tiles of 2^20 instructions. */
const TOY = { iterations: 16, nodes: 64, tiles: 16, idleRounds: 2 ** 19 }
const TOY_PHASES = ['loop', 'graph', 'tile', 'vm'] as const

const toyTower = (): Story => {
  const { toy, input } = seededToy(1, TOY_PHASES, TOY)
  const runs = toyRuns(toy, input)
  const honest = runs.honest()
  const path = [9, 37, 11]
  const steps = lengthBelow(honest.trace, path)
  return {
    name: 'toy k=4',
    phases: TOY_PHASES,
    steps,
    model: toy.plain.model,
    input,
    claimed: runs.withElement(37, 11, 1, 9),
    disputing: honest,
  }
}

/** A small language model with random weights: a lie at the eighth token of sixteen, in one of its attentions. */
const languageTower = (): Story => {
  const phases = ['loop', 'graph', 'tile', 'vm'] as const
  const language = openLanguage(languageFile('llama-tiny'))!
  const asked = { prompt: 'The capital of France is', tokens: 16, sampling: GREEDY }
  const { runs, input } = languageRuns(language, phases, asked)
  const honest = runs.honest()
  const node = runs.graph.nodes.findLastIndex(({ operator }) => operator === 'attention')
  const [iteration, element] = [runs.iterations - 9, 30]
  return {
    name: 'llama k=4',
    phases,
    steps: lengthBelow(honest.trace, [iteration, node, 0]),
    model: runs.model,
    iterations: runs.iterations,
    input,
    claimed: runs.withElement(node, element, 4_000_000, iteration),
    disputing: honest,
  }
}

/** The joint that the others do not have. */
const toyLoopMachine = (): Story => {
  const phases = ['loop', 'graph', 'vm'] as const
  const { toy, input } = seededToy(2, phases, { iterations: 4, nodes: 20, tiles: 4, idleRounds: 1000 })
  const runs = toyRuns(toy, input)
  const honest = runs.honest()
  const steps = lengthBelow(honest.trace, [2, 13])
  return {
    name: 'toy k=3',
    phases,
    steps,
    model: toy.plain.model,
    input,
    claimed: runs.withElement(13, 7, 1, 2),
    disputing: honest,
  }
}

/** Every dispute whose gas is measured: whoever adds one names its model first. */
export const STORIES: readonly (() => Story)[] = [
  mnistMachine,
  mnistGraph,
  toyLoopMachine,
  toyTower,
  languageTower,
]

/** A true claim that nobody disputes. */
export const undisputed = (): Story => {
  const { runs, input } = mnist(['graph', 'vm'])
  const honest = runs.honest()
  return { ...mnistGraph(), model: runs.model, input, claimed: honest, disputing: honest }
}
