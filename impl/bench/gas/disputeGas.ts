import {
  liePath,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from '../../../spec/checks/properties/alphabetGame.ts'
import { play, type Step } from '../../../spec/checks/properties/play.ts'
import type { Address } from '../../../spec/service/task.ts'
import { requesterActs } from '../../../spec/strategies/parties.ts'
import type { View } from '../../../spec/strategies/sight.ts'
import type { PhaseName } from '../../../spec/tower/model.ts'
import type { Trace } from '../../../spec/tower/tower.ts'
import { deployAlphabet } from '../../chain/alphabet.fixture.ts'
import type { TestChain } from '../../chain/chain.fixture.ts'
import { deployModel, disputeAbout } from '../../chain/dispute.fixture.ts'
import type { InferenceRun } from '../../inference/inferenceRun.ts'
import { GREEDY } from '../../inference/languageModel.ts'
import { modelRuns } from '../../inference/runs.ts'
import { toyRuns } from '../../inference/toyRuns.ts'
import { loadModel } from '../../models/catalogue.ts'
import { imageOf, testDigits } from '../../models/mnist/data.ts'
import { seededToy } from '../../models/toy.ts'
import { languageFile } from '../../tower/languageFile.ts'
import { languageRuns, openLanguage } from '../../tower/languageRuns.ts'

/** A call of a dispute as it was paid for. */
export interface Paid {
  /** `Dissect`, `Descend graph/vm`, …: what the call did; for a move, what it answered with. */
  readonly what: string
  readonly isMove: boolean
  readonly gas: number
}

export interface PaidDispute {
  readonly name: string
  readonly k: number
  readonly steps: number
  readonly calls: readonly Paid[]
}

const ARITY = 16

/** What a descent joins, from the model's phases. */
const jointOf = ({ before, applied: { id, state } }: Step, phases: readonly PhaseName[]): string => {
  const dispute = state.disputes.get(id!) ?? before.disputes.get(id!)
  if (dispute?.kind !== 'Running') throw new Error('a descent decides nothing')
  const { phase } = dispute.position
  return `${phases[phase - 1]}/${phases[phase]}`
}

const whatOf = (step: Step, phases: readonly PhaseName[]): string => {
  const { call } = step.intent
  if (!('reply' in call)) return call.kind
  return call.reply.kind === 'Descend' ? `Descend ${jointOf(step, phases)}` : call.reply.kind
}

const payFor = async (
  chain: TestChain,
  contract: Address,
  steps: readonly Step[],
  phases: readonly PhaseName[],
): Promise<readonly Paid[]> => {
  const paid: Paid[] = []
  for (const step of steps) {
    const { intent, context, before } = step
    const { outcome, gasUsed } = await chain.submit(contract, { call: intent.call, context, state: before })
    if (outcome !== 'accepted') throw new Error(`${intent.call.kind}: ${outcome}`)
    paid.push({ what: whatOf(step, phases), isMove: 'reply' in intent.call, gas: gasUsed })
  }
  return paid
}

/** What a dispute is about: a model with an input, and two runs of it. */
interface Story {
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

const mnist = (phases: readonly PhaseName[]) => {
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
const mnistGraph = (silentAfter?: number): Story => {
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

const played = async (chain: TestChain, story: Story): Promise<PaidDispute> => {
  await chain.rewind()
  const { name, phases, steps, model, claimed, disputing, silentAfter } = story
  const parameters = parametersOf(ARITY)
  const contract = await deployModel(chain, { model, parameters })
  const calls = disputeAbout({ ...story, parameters }, claimed, disputing, silentAfter)
  return { name, k: phases.length, steps, calls: await payFor(chain, contract, calls, phases) }
}

/** Disputes from the request to the last withdrawal, and one that ends by the clock. */
export const measureDisputes = async (
  chain: TestChain,
): Promise<{ readonly disputes: readonly PaidDispute[]; readonly others: readonly PaidDispute[] }> => {
  const disputes: PaidDispute[] = []
  for (const story of [mnistMachine, mnistGraph, toyLoopMachine, toyTower, languageTower])
    disputes.push(await played(chain, story()))
  const silent = await played(chain, mnistGraph(1))
  const { runs, input } = mnist(['graph', 'vm'])
  const honest = runs.honest()
  const undisputed: Story = {
    ...mnistGraph(),
    model: runs.model,
    input,
    claimed: honest,
    disputing: honest,
  }
  return { disputes, others: [silent, await played(chain, undisputed)] }
}

/** A dissection at an arity: the one of the last segment, whose opening is the longest. */
export const measureMove = async (chain: TestChain, arity: number): Promise<number> => {
  await chain.rewind()
  const stepLimit = arity * arity
  const table = setTable({
    tower: { lengths: [], lastLengths: [stepLimit], stepLimit },
    parameters: parametersOf(arity),
    seed: 1,
  })
  const contract = await deployAlphabet(chain, table)
  const steps: Step[] = []
  const players = [
    serverPlayer(serverOf(table, liePath(table, [stepLimit - 1]))),
    verifierPlayer(verifierOf(table)),
    { address: REQUESTER, act: (view: View) => requesterActs(view, table.requester) },
  ]
  play(table.state, START, table.task, players, (step) => steps.push(step))
  const paid = await payFor(chain, contract, steps, [])
  const moves = paid.filter(({ what }) => what === 'Dissect').slice(1)
  return Math.max(...moves.map(({ gas }) => gas))
}

/** Who pays. */
export const PAYERS: readonly Address[] = [REQUESTER, SERVER, VERIFIER]
