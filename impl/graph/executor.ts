import type { Bytes } from '../../spec/commitments/bytes.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { executeNode } from '../../spec/graph/operators/index.ts'

/** Tensors by value slot, 2^valueHeight of them; empty where nobody has written. */
export type Values = readonly Bytes[]

const UNSET: Bytes = new Uint8Array(0)

/** Before node 0: the input in its slot, nothing else. */
export const initialValues = ({ valueHeight, inputSlot }: GraphModel, input: Bytes): Values =>
  Array.from({ length: 2 ** valueHeight }, (_, slot) => (slot === inputSlot ? input : UNSET))

/** Output of one node on the values that stand before it. @throws RangeError where the model has no such node */
export const runNode = (model: GraphModel, values: Values, node: number): Bytes => {
  const found = model.nodes[node]
  if (found === undefined) throw new RangeError(`${model.name} has no node ${node}`)
  const { operands, outputSlot, inPlace } = decodeHead(found.descriptor)
  const tensors = operands.map(({ kind, index }) =>
    kind === 'value'
      ? values[index % values.length]!
      : kind === 'weight'
        ? (model.weights[index % 2 ** model.weightHeight] ?? UNSET)
        : UNSET,
  )
  return executeNode(found.descriptor, tensors, inPlace ? values[outputSlot % values.length]! : UNSET)
}

/** The values after node `node` has written `output`. */
export const withOutput = (model: GraphModel, values: Values, node: number, output: Bytes): Values =>
  values.with(decodeHead(model.nodes[node]!.descriptor).outputSlot % values.length, output)

/**
 * Runs the nodes from `fromNode` to the last.
 *
 * @param values what stands before node `fromNode`: true values, or altered ones
 * @returns output of each of these nodes, in execution order, as exact tensor bytes
 */
export const executeFrom = (model: GraphModel, values: Values, fromNode: number): readonly Bytes[] => {
  const outputs: Bytes[] = []
  let current = values
  for (let node = fromNode; node < model.nodes.length; node++) {
    const output = runNode(model, current, node)
    outputs.push(output)
    current = withOutput(model, current, node, output)
  }
  return outputs
}

/** Runs the whole graph. @returns outputs of all nodes, in execution order */
export const execute = (model: GraphModel, input: Bytes): readonly Bytes[] =>
  executeFrom(model, initialValues(model, input), 0)

/** The model's answer: what stands in its output slot after the last node. */
export const infer = (model: GraphModel, input: Bytes): Bytes => {
  const start = initialValues(model, input)
  const end = execute(model, input).reduce(
    (values, output, node) => withOutput(model, values, node, output),
    start,
  )
  return end[model.outputSlot]!
}
