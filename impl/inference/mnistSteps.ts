import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { initialValues, runNode, withOutput } from '../graph/executor.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import type { Contents, VmRun } from '../vm/trace.ts'
import { STEP_LIMIT } from './commitModel.ts'
import { graphContents, nodeContents } from './contents.ts'
import { loadGuest } from './guest.ts'

/** Runs of MNIST in the machine. */
const guestRun = (contents: readonly Contents[]): VmRun => {
  const { code, program, segments } = loadGuest()
  return { code, entry: program.entry, contents: [...segments, ...contents], stepLimit: STEP_LIMIT }
}

/** The MNIST model's test image. @throws RangeError where there is no such image */
const mnist = (image: number): { graph: GraphModel; input: Bytes } => ({
  graph: loadModel('mnist-mlp'),
  input: imageOf(testDigits(), image),
})

/** The run of each node of the graph phase, on the true values before it. */
export const nodeRuns = (image: number): readonly VmRun[] => {
  const { graph, input } = mnist(image)
  let values = initialValues(graph, input)
  return graph.nodes.map((_, node) => {
    const run = guestRun(nodeContents(graph, values, node))
    values = withOutput(graph, values, node, runNode(graph, values, node))
    return run
  })
}

/** The run of the whole model at k = 1. */
export const wholeRun = (image: number): VmRun => {
  const { graph, input } = mnist(image)
  return guestRun(graphContents(graph, input))
}
