import type { Bytes } from '../../spec/commitments/bytes.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../spec/graph/graphModel.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import { graphTrees } from '../../spec/tower/phases/graphWitness.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { commitModel } from './commitModel.ts'
import { graphRuns } from './graphRuns.ts'
import { guestOf } from './guest.ts'
import type { TopRuns } from './inferenceRun.ts'
import { machineRuns } from './machineRuns.ts'

export type { InferenceRun } from './inferenceRun.ts'

/** The runs of one model on one input under one list of phases. */
export interface ModelRuns extends TopRuns {
  readonly graph: GraphModel
  /** What the chain must know of it. */
  readonly model: Model
  /** Whether adding `add` alters an element of the node's output, which wraps in its type. */
  readonly altersElement: (node: number, add: number) => boolean
}

/** Phases whose real traces there are: the specification's `loop` and `tile` have none yet. */
const TOPS: Readonly<Partial<Record<PhaseName, (...args: Parameters<typeof graphRuns>) => TopRuns>>> = {
  graph: graphRuns,
  vm: machineRuns,
}

export const modelRuns = (graph: GraphModel, phases: readonly PhaseName[], input: Bytes): ModelRuns => {
  const top = TOPS[phases[0]!]
  if (top === undefined) throw new Error(`there are no runs of the phase ${phases[0]}`)
  const guest = guestOf(graph)
  const trees = graphTrees(graph, tensorRoot)
  const model = commitModel(trees, guest.program, phases)
  return {
    graph,
    model,
    ...top(trees, guest, model, input),
    altersElement: (node, add) =>
      BigInt.asUintN(8 * ELEMENT_TYPES[graph.nodes[node]!.outputType].bytes, BigInt(add)) !== 0n,
  }
}
