import type { Bytes } from '../../spec/commitments/bytes.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../spec/graph/graphModel.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { type HeldModel, holdModel } from '../tower/heldModel.ts'
import { graphRuns } from './graphRuns.ts'
import type { TopRuns } from './inferenceRun.ts'
import { machineRuns } from './machineRuns.ts'

export type { InferenceRun } from './inferenceRun.ts'

/** The runs of one model on one input under one list of phases. */
export interface ModelRuns extends TopRuns {
  readonly graph: GraphModel
  /** What the chain must know of it. */
  readonly model: Model
  /** As many as the request asks for; 0 where the top phase does not count them. */
  readonly iterations: number
  /** Where the model answers with text. */
  readonly conversation?: Conversation
  /** Whether adding `add` alters an element of the node's output, which wraps in its type. */
  readonly altersElement: (node: number, add: number) => boolean
}

/** What a language model was asked, and what it says, for people. */
export interface Conversation {
  /** Null where it was asked in ids alone. */
  readonly prompt: string | null
  readonly promptTokens: readonly number[]
  /** Tokens that were asked for. */
  readonly tokens: number
  /** What an output tensor says, up to the end token. */
  readonly answerOf: (output: Bytes) => Answer
}

export interface Answer {
  readonly tokens: readonly number[]
  /** Null where the model's file has no tokenizer. */
  readonly text: string | null
  /** What of the text each token brought: a character stands with the token that ends it. Null as the text is. */
  readonly pieces: readonly string[] | null
}

/** Whether adding `add` alters an element of a node's output. */
export const altersElementOf =
  ({ nodes }: GraphModel) =>
  (node: number, add: number): boolean =>
    BigInt.asUintN(8 * ELEMENT_TYPES[nodes[node]!.outputType].bytes, BigInt(add)) !== 0n

/** Top phases of a graph that runs once. */
const TOPS: Readonly<Partial<Record<PhaseName, (held: HeldModel, input: Bytes) => TopRuns>>> = {
  graph: graphRuns,
  vm: machineRuns,
}

export const modelRuns = (graph: GraphModel, phases: readonly PhaseName[], input: Bytes): ModelRuns => {
  const top = TOPS[phases[0]!]
  if (top === undefined) throw new Error(`there are no runs of the phase ${phases[0]}`)
  const held = holdModel(graph, graph.weights.map(tensorRoot), phases, 0)
  return {
    graph,
    model: held.model,
    iterations: 0,
    ...top(held, input),
    altersElement: altersElementOf(graph),
  }
}
