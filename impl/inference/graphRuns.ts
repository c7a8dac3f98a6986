import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { graphOutputWitness, graphStartWitness } from '../../spec/tower/phases/graphWitness.ts'
import { initialValues, runNode, type Values, withOutput } from '../graph/executor.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { alterElement, type ElementLie } from '../tower/elementLie.ts'
import { type GraphState, graphTrace } from '../tower/graphTrace.ts'
import type { HeldModel } from '../tower/heldModel.ts'
import { memoizeObject, once, timed } from './evaluate.ts'
import type { InferenceRun, TopRuns } from './inferenceRun.ts'

/** The state before each node and behind the last one: values by slot. */
const statesOf = (model: GraphModel, input: Bytes, lie: ElementLie | undefined): readonly Values[] => {
  const states: Values[] = [initialValues(model, input)]
  for (const [index, node] of model.nodes.entries()) {
    const values = states[index]!
    const output = runNode(model, values, index)
    const written = index === lie?.node ? alterElement(node, output, lie) : output
    states.push(withOutput(model, values, index, written))
  }
  return states
}

/** Runs of a tower whose top phase is `graph`: in the specification's own operators above, in the machine below. */
export const graphRuns = (held: HeldModel, input: Bytes): TopRuns => {
  const { graph } = held
  const rootOf = memoizeObject(tensorRoot)
  const runWith = (lie: ElementLie | undefined): InferenceRun => {
    const { value: states, seconds } = timed(() => statesOf(graph, input, lie))
    const rooted = states.map(
      (values, node): GraphState => ({
        node,
        values,
        valueRoots: values.map((value): TensorRoot => rootOf(value)),
      }),
    )
    const trace = graphTrace(held, rooted, lie)
    return {
      trace,
      seconds,
      prepared: {
        length: trace.length,
        endRoot: trace.rootsAt([trace.length])[0]!,
        output: states.at(-1)![graph.outputSlot]!,
        startWitness: graphStartWitness(graph),
        outputWitness: graphOutputWitness(graph, rooted.at(-1)!),
      },
    }
  }

  const honest = once(() => runWith(undefined))
  return {
    honest,
    withElement: (node, element, add) => runWith({ node, element, add }),
    withStep: () => {
      throw new Error('a step can be altered only where the machine is the top phase')
    },
    damaged: (choose) => {
      const node = choose(graph.nodes.length)
      return runWith({ node, element: choose(graph.nodes[node]!.outputElements), add: 1 })
    },
  }
}
