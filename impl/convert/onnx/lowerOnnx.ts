import { basename } from 'node:path'
import type { ModelHeader } from '../../models/modelHeader.ts'
import type { ModelPlan } from '../../models/modelWriter.ts'
import { type Fill, graphPlan, type Operand } from '../graphPlan.ts'
import { ConvertError } from '../sourceFile.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import type { InNode } from './evaluate.ts'
import { fixedTensors } from './fixedTensors.ts'
import { floatTensors } from './floatTensors.ts'
import { copied, lowerNode, type Value } from './lowerNode.ts'
import type { OnnxModel } from './onnxFile.ts'
import { NodeError } from './shapes.ts'
import type { Quantity } from './tensorOperators.ts'
import { seeValues } from './valueRanges.ts'

/** Of the input: it may be anything up to 32,767. */
const INPUT_BITS = 16

export interface LoweredOnnx {
  readonly plan: ModelPlan
  readonly fills: readonly Fill[]
  /** By the names of ONNX's values that depend on the input: what they are in the graph. */
  readonly values: ReadonlyMap<string, Quantity>
  readonly slotOf: (operand: Operand) => number
}

/**
 * An ONNX model (MLPs, convolutional networks) as a graph of a numeric format. Whatever does not depend on the input is
 * computed here, in double precision.
 *
 * @throws ConvertError that names the node
 */
export const lowerOnnx = (
  model: OnnxModel,
  format: ModelHeader['format'],
  provenance: ModelHeader['provenance'],
): LoweredOnnx => {
  const inNode = inNodeOf(model)
  const elements = elementsOf(model.input.shape)
  const seen = seeValues(model, inNode)

  const plan = graphPlan()
  const operators = format === 'fixed' ? fixedTensors(plan) : floatTensors(plan)
  const { valueType, bitsOf } = operators
  const input = { operand: plan.carry('input', valueType, [elements]), bits: bitsOf(INPUT_BITS) }
  const values = new Map<string, Value>([[model.input.name, { ...input, shape: model.input.shape }]])
  for (const node of model.nodes) {
    const output = node.outputs[0]!
    const range = seen.ranges.get(output)
    if (range === undefined) continue
    const shape = seen.values.get(output)!.shape
    const context = { values, constants: seen.values, shape, range, operators }
    values.set(output, { ...inNode(node, () => lowerNode(plan, node, context)), shape })
  }
  const output = values.get(model.output)
  if (output === undefined)
    throw new ConvertError(model.file, `output ${model.output}`, 'does not depend on the input')
  checkDeclared(model, output.shape)
  // A graph has a node: the input in another shape alone is copied.
  const made = output.operand === input.operand ? copied(plan, model.output, input, elements) : output
  const { graph, fills, slotOf } = plan.finish(input.operand, made.operand)
  return {
    fills,
    values,
    slotOf,
    plan: {
      ...graph,
      name: basename(model.file).replace(/\.onnx$/i, ''),
      format,
      inputBytes: 4 * elements,
      mostIterations: 0,
      tensors: {
        input: { shape: model.input.shape.slice(1), type: valueType, scale: 2 ** input.bits },
        output: { shape: [...withoutBatch(output.shape)], type: valueType, scale: 2 ** made.bits },
      },
      llama: null,
      tokenizer: null,
      provenance,
    },
  }
}

/** @throws ConvertError where the file says that its output has another shape than it comes out with */
const checkDeclared = ({ file, output, outputShape }: OnnxModel, shape: readonly number[]): void => {
  if (outputShape === undefined) return
  const fits =
    outputShape.length === shape.length &&
    outputShape.every((size, axis) => size === undefined || size === shape[axis])
  if (fits) return
  const declared = outputShape.map((size) => size ?? '?').join()
  throw new ConvertError(file, `output ${output}`, `is declared as [${declared}] and becomes [${shape}]`)
}

/** The batch is one; a first dimension that is something else belongs to the sample. */
const withoutBatch = (shape: readonly number[]): readonly number[] =>
  shape[0] === 1 ? shape.slice(1) : shape

/** An error in a node names it. */
export const inNodeOf =
  ({ file }: OnnxModel): InNode =>
  (node, compute) => {
    try {
      return compute()
    } catch (error) {
      if (error instanceof NodeError) throw new ConvertError(file, `node ${node.name}`, error.message)
      throw error
    }
  }
