import { type TensorRoot, withHashing } from '../../spec/commitments/hash.ts'
import { UNSET_TENSOR } from '../../spec/commitments/tensor.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import { commitGraph, type GraphRoots } from '../../spec/tower/phases/graphState.ts'
import { nodeRunWitness } from '../../spec/tower/phases/graphWitness.ts'
import { type JobRoots, nodeTilesWitness } from '../../spec/tower/phases/tile.ts'
import type { Descended, UpperTrace } from '../../spec/tower/tower.ts'
import type { Values } from '../graph/executor.ts'
import { jobOf } from '../inference/contents.ts'
import { memoizeStep } from '../inference/evaluate.ts'
import type { ElementLie } from './elementLie.ts'
import type { HeldModel } from './heldModel.ts'
import { machineRun } from './machineTrace.ts'
import { type NodeRun, tileTrace } from './tileTrace.ts'

/** A state of the phase `graph`, whole and as roots. */
export interface GraphState extends GraphRoots {
  /** By slot, as many as there are. */
  readonly values: Values
}

/** Roots of what a node reads. */
const jobRootsOf = ({ trees, model }: HeldModel, { node, valueRoots }: GraphState): JobRoots => ({
  descriptor: trees.descriptors[node]!.root,
  operands: decodeHead(trees.model.nodes[node]!.descriptor).operands.map(({ kind, index }) => {
    if (kind === 'none') return UNSET_TENSOR
    return kind === 'value'
      ? valueRoots[index % valueRoots.length]!
      : (trees.weights.leaf(index % 2 ** model.weightHeight) as unknown as TensorRoot)
  }),
})

/**
 * A run of the phase `graph` from the states that it went through: over tiles where the model's list of phases has them,
 * else over the machine.
 *
 * @param states before each node, and behind the last @param lie what is false in them, if anything is
 */
export const graphTrace = (
  held: HeldModel,
  states: readonly GraphState[],
  lie: ElementLie | undefined,
): UpperTrace => {
  const { graph, trees, pageRoots, hashing, model } = held
  const length = graph.nodes.length
  const rootAt = memoizeStep((node) =>
    withHashing(hashing, () => commitGraph(states[node]!, model.valueHeight)),
  )
  const descend = (index: number): Descended => {
    const state = states[index]!
    const node = graph.nodes[index]!
    const job = jobOf(graph, state.values, index, pageRoots)
    const run: NodeRun = {
      node,
      job,
      jobRoots: jobRootsOf(held, state),
      output: states[index + 1]!.values[node.outputSlot % state.values.length]!,
      falseElement: lie?.node === index ? lie.element : undefined,
    }
    if (model.phases.includes('tile')) {
      const { trace, end } = tileTrace(held, run)
      return { below: trace, witness: withHashing(hashing, () => nodeTilesWitness(trees, state, end)) }
    }
    const tileCount = decodeHead(node.descriptor).tileCount
    const { trace, preimage, slots } = machineRun(held, { ...run, firstTile: 0, tileCount })
    return {
      below: trace,
      witness: withHashing(hashing, () => nodeRunWitness(trees, state, preimage, slots)),
    }
  }
  return {
    kind: 'upper',
    length,
    rootsAt: (steps) => steps.map((step) => rootAt(Math.min(step, length))),
    descend: memoizeStep(descend),
  }
}
