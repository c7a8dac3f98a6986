import { basename } from 'node:path'
import type { ModelHeader } from '../../models/modelHeader.ts'
import type { ModelPlan } from '../../models/modelWriter.ts'
import { type Fill, graphPlan, type Operand } from '../graphPlan.ts'
import { ConvertError } from '../sourceFile.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { evaluate, type InNode } from './evaluate.ts'
import { fixedTensors } from './fixedTensors.ts'
import { floatTensors } from './floatTensors.ts'
import { copied, lowerNode, type Value } from './lowerNode.ts'
import type { OnnxModel, Tensor } from './onnxFile.ts'
import { NodeError } from './shapes.ts'

const MOST_BITS = 16
const FEWEST_BITS = 4
/** Integer bits kept free above the largest value seen, beside the sign's. */
const HEADROOM = 5

const CALIBRATION_INPUTS = 4
const CALIBRATION_SEED = 1

/** Inputs as models have them: numbers from 0 to 1 one half, normally distributed ones the other. */
export const inputsLike = (seed: number, elements: number, count: number): readonly Float64Array[] => {
  let state = seed
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length: elements }, i < count / 2 ? uniform : normal),
  )
}

export interface LoweredOnnx {
  readonly plan: ModelPlan
  readonly fills: readonly Fill[]
  /** Of every value; null in f32. */
  readonly fractionBits: number | null
  /** By the names of ONNX's values that depend on the input: what they are in the graph. */
  readonly values: ReadonlyMap<string, Operand>
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
  const runs = inputsLike(CALIBRATION_SEED, elements, CALIBRATION_INPUTS).map((input) =>
    evaluate(model, input, inNode),
  )
  const variable = dependents(model)
  const bits = bitsFor(model, runs, variable)

  const plan = graphPlan()
  const operators = format === 'fixed' ? fixedTensors(plan, bits) : floatTensors(plan)
  const { valueType, one, fractionBits } = operators
  const input = plan.carry('input', valueType, [elements])
  const values = new Map<string, Value>([[model.input.name, { operand: input, shape: model.input.shape }]])
  const constants = runs[0]!
  for (const node of model.nodes) {
    const output = node.outputs[0]!
    if (!variable.has(output)) continue
    const shape = constants.get(output)!.shape
    const operand = inNode(node, () => lowerNode(plan, node, { values, constants, shape, operators }))
    values.set(output, { operand, shape })
  }
  const output = values.get(model.output)
  if (output === undefined)
    throw new ConvertError(model.file, `output ${model.output}`, 'does not depend on the input')
  // A graph has a node: the input in another shape alone is copied.
  const made = output.operand === input ? copied(plan, model.output, input, elements) : output.operand
  const { graph, fills, slotOf } = plan.finish(input, made)
  return {
    fills,
    fractionBits,
    values: new Map([...values].map(([name, { operand }]) => [name, operand])),
    slotOf,
    plan: {
      ...graph,
      name: basename(model.file).replace(/\.onnx$/i, ''),
      format,
      inputBytes: 4 * elements,
      mostIterations: 0,
      tensors: {
        input: { shape: model.input.shape.slice(1), type: valueType, scale: one },
        output: { shape: [...withoutBatch(output.shape)], type: valueType, scale: one },
      },
      llama: null,
      tokenizer: null,
      provenance,
    },
  }
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

/** Names of the values that depend on the input; a tensor's shape does not. */
const dependents = (model: OnnxModel): ReadonlySet<string> => {
  const variable = new Set([model.input.name])
  for (const { operator, inputs, outputs } of model.nodes)
    if (operator !== 'Shape' && inputs.some((name) => variable.has(name))) variable.add(outputs[0]!)
  return variable
}

/** As many fraction bits as leave room above the largest value seen. */
const bitsFor = (
  model: OnnxModel,
  runs: readonly ReadonlyMap<string, Tensor>[],
  variable: ReadonlySet<string>,
): number => {
  let largest = 0
  for (const run of runs)
    for (const name of variable)
      for (const value of run.get(name)?.values ?? []) {
        if (!Number.isFinite(value)) throw new ConvertError(model.file, `value ${name}`, `becomes ${value}`)
        largest = Math.max(largest, Math.abs(value))
      }
  const integerBits = largest < 1 ? 0 : Math.floor(Math.log2(largest)) + 1
  return Math.max(FEWEST_BITS, Math.min(MOST_BITS, 31 - HEADROOM - integerBits))
}
