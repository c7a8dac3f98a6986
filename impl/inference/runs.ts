import type { Bytes } from '../../spec/commitments/bytes.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../spec/graph/model.ts'
import { graphTrees } from '../../spec/phases/graph.ts'
import type { Model, PhaseName } from '../../spec/service/model.ts'
import type { PreparedClaim } from '../../spec/strategies/parties.ts'
import type { Trace } from '../../spec/tower.ts'
import { commitModel } from './commitModel.ts'
import { graphRuns } from './graphRuns.ts'
import { loadGuest } from './guest.ts'
import { machineRuns } from './machineRuns.ts'

/** One inference, true or damaged: what a server would claim, and the trace to play from. */
export interface InferenceRun {
  readonly trace: Trace
  readonly prepared: PreparedClaim
  /** Wall-clock seconds that the computation of the output took, commitments aside. */
  readonly seconds: number
}

/** The runs of one model on one input under one list of phases. */
export interface ModelRuns {
  readonly graph: GraphModel
  /** What the chain must know of it. */
  readonly model: Model
  readonly honest: () => InferenceRun
  /** Node `node`'s output has `add` added to one element; everything is computed on from there. Needs a graph phase. */
  readonly withElement: (node: number, element: number, add: number) => InferenceRun
  /** The state after instruction `step` is false: a bit of a word that the program never touches. Needs `[vm]`. */
  readonly withStep: (step: number) => InferenceRun
  /** A run that is damaged somewhere. @param choose a number in [0, below) */
  readonly damaged: (choose: (below: number) => number) => InferenceRun
  /** Whether adding `add` alters an element of the node's output, which wraps in its type. */
  readonly altersElement: (node: number, add: number) => boolean
}

/** How the top phase makes its runs. */
export type TopRuns = Pick<ModelRuns, 'honest' | 'withElement' | 'withStep' | 'damaged'>

const TOPS: Readonly<Record<PhaseName, (...args: Parameters<typeof graphRuns>) => TopRuns>> = {
  graph: graphRuns,
  vm: machineRuns,
}

export const modelRuns = (graph: GraphModel, phases: readonly PhaseName[], input: Bytes): ModelRuns => {
  const guest = loadGuest()
  const trees = graphTrees(graph)
  const model = commitModel(trees, guest.program, phases)
  return {
    graph,
    model,
    ...TOPS[phases[0]!](trees, guest, model, input),
    altersElement: (node, add) =>
      BigInt.asUintN(8 * ELEMENT_TYPES[graph.nodes[node]!.outputType].bytes, BigInt(add)) !== 0n,
  }
}
