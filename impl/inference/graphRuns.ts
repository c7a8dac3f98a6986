import { type Bytes, fromBigEndian, littleEndian } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import { ELEMENT_TYPES, type GraphModel, type GraphNode } from '../../spec/graph/graphModel.ts'
import type { Model } from '../../spec/tower/model.ts'
import { commitGraph, type GraphRoots } from '../../spec/tower/phases/graphState.ts'
import {
  type GraphTrees,
  graphOutputWitness,
  graphStartWitness,
  nodeRunWitness,
} from '../../spec/tower/phases/graphWitness.ts'
import type { Descended, UpperTrace } from '../../spec/tower/tower.ts'
import { initialValues, runNode, type Values, withOutput } from '../graph/executor.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import type { GuestProgram } from '../vm/elf.ts'
import { VmTrace } from '../vm/trace.ts'
import { nodeContents } from './contents.ts'
import { memoizeObject, memoizeStep, once, timed } from './evaluate.ts'
import type { InferenceRun, TopRuns } from './inferenceRun.ts'
import { endOf, lastTrace } from './machineRuns.ts'

/** An alteration of one element of one node's output. */
interface ElementLie {
  readonly node: number
  readonly element: number
  readonly add: number
}

const elementBytes = ({ outputType }: GraphNode): number => ELEMENT_TYPES[outputType].bytes

/** `output` with `add` added to an element, which wraps in its type. */
export const alterElement = (node: GraphNode, output: Bytes, element: number, add: number): Bytes => {
  const width = elementBytes(node)
  const bytes = output.subarray(element * width, (element + 1) * width)
  const sum = BigInt.asUintN(8 * width, fromBigEndian(bytes.toReversed()) + BigInt(add))
  const altered = output.slice()
  altered.set(littleEndian(sum, width), element * width)
  return altered
}

/** The state before each node and behind the last one: values by slot. */
const statesOf = (model: GraphModel, input: Bytes, lie: ElementLie | undefined): readonly Values[] => {
  const states: Values[] = [initialValues(model, input)]
  for (const [index, node] of model.nodes.entries()) {
    const values = states[index]!
    const output = runNode(model, values, index)
    const written = index === lie?.node ? alterElement(node, output, lie.element, lie.add) : output
    states.push(withOutput(model, values, index, written))
  }
  return states
}

/** Runs of a tower whose top phase is `graph`: natively above, in the machine below. */
export const graphRuns = (trees: GraphTrees, guest: GuestProgram, model: Model, input: Bytes): TopRuns => {
  const graph = trees.model
  const rootOf = memoizeObject(tensorRoot)
  const machineRun = (values: Values, node: number): VmTrace =>
    new VmTrace({
      code: guest.code,
      entry: guest.program.entry,
      contents: [...guest.segments, ...nodeContents(graph, values, node)],
      stepLimit: model.stepLimit,
    })

  const damagedRun = (values: Values, after: Values, { node: index, element }: ElementLie): VmTrace => {
    const run = machineRun(values, index)
    const node = graph.nodes[index]!
    const width = elementBytes(node)
    const address = slotAddress(OUTPUT_SLOT) + element * width
    const store = run.lastStoreTo(address, width)
    if (store === undefined) throw new Error(`${graph.name}: node ${index} never stores element ${element}`)
    const output = after[decodeHead(node.descriptor).outputSlot % after.length]!
    return run.patched(store + 1, { address, bytes: output.subarray(element * width, (element + 1) * width) })
  }

  const traceOf = (states: readonly Values[], lie: ElementLie | undefined) => {
    const roots = states.map(
      (values, node): GraphRoots => ({ node, valueRoots: values.map((value): TensorRoot => rootOf(value)) }),
    )
    const committed = memoizeObject((state: GraphRoots) => commitGraph(state, graph.valueHeight))
    const descend = (step: number): Descended => {
      const [values, after] = [states[step]!, states[step + 1]!]
      const run = step === lie?.node ? damagedRun(values, after, lie) : machineRun(values, step)
      const end = endOf(run)
      return {
        below: lastTrace(run),
        witness: nodeRunWitness(trees, roots[step]!, end.preimage, end.slots),
      }
    }
    const trace: UpperTrace = {
      kind: 'upper',
      length: graph.nodes.length,
      rootsAt: (steps) => steps.map((step) => committed(roots[Math.min(step, roots.length - 1)]!)),
      descend: memoizeStep(descend),
    }
    return { trace, end: roots.at(-1)! }
  }

  const runWith = (lie: ElementLie | undefined): InferenceRun => {
    const { value: states, seconds } = timed(() => statesOf(graph, input, lie))
    const { trace, end } = traceOf(states, lie)
    return {
      trace,
      seconds,
      prepared: {
        length: trace.length,
        endRoot: trace.rootsAt([trace.length])[0]!,
        output: states.at(-1)![graph.outputSlot]!,
        startWitness: graphStartWitness(graph),
        outputWitness: graphOutputWitness(graph, end),
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
