import { basename } from 'node:path'
import type { ModelHeader } from '../../models/modelHeader.ts'
import type { ModelPlan } from '../../models/modelWriter.ts'
import { type Fill, type GraphPlan, graphPlan, type Operand } from '../graphPlan.ts'
import { ConvertError } from '../sourceFile.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { evaluate, expand, type InNode, reduction } from './evaluate.ts'
import { fixedTensors } from './fixedTensors.ts'
import { floatTensors } from './floatTensors.ts'
import type { OnnxModel, OnnxNode, Tensor } from './onnxFile.ts'
import {
  NodeError,
  permuted,
  type SlidingWindow,
  scalarAttributes,
  WINDOW_ATTRIBUTES,
  windowOf,
} from './shapes.ts'
import { storeWeight, type TensorOperators } from './tensorOperators.ts'

const MOST_BITS = 16
const FEWEST_BITS = 4
/** Integer bits kept free above the largest value seen, beside the sign's. */
const HEADROOM = 5
const MAX_KERNEL = 64

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

interface Value {
  readonly operand: Operand
  readonly shape: readonly number[]
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
  if (output === undefined || output.operand === input)
    throw new ConvertError(model.file, `output ${model.output}`, 'does not depend on the input')
  const { graph, fills, slotOf } = plan.finish(input, output.operand)
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
        output: { shape: output.shape.slice(1), type: valueType, scale: one },
      },
      llama: null,
      tokenizer: null,
      provenance,
    },
  }
}

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

interface Context {
  readonly values: ReadonlyMap<string, Value>
  readonly constants: ReadonlyMap<string, Tensor>
  /** Of the node's output. */
  readonly shape: readonly number[]
  readonly operators: TensorOperators
}

const lowerNode = (plan: GraphPlan, node: OnnxNode, context: Context): Operand => {
  const { values, constants, shape, operators } = context
  const { name, operator, inputs } = node
  const count = elementsOf(shape)
  const valueAt = (index: number): Value => {
    const value = values.get(inputs[index] ?? '')
    if (value === undefined)
      throw new NodeError(`operand ${index} is constant, where a value that depends on the input belongs`)
    return value
  }
  const constantAt = (index: number): Tensor => {
    const input = inputs[index] ?? ''
    const tensor = values.has(input) ? undefined : constants.get(input)
    if (tensor === undefined)
      throw new NodeError(`operand ${index} depends on the input, where a constant belongs`)
    return tensor
  }
  const optionalConstant = (index: number): Tensor | undefined =>
    (inputs[index] ?? '') === '' ? undefined : constantAt(index)
  const offset = (at: string, x: Operand, addend: Tensor): Operand =>
    operators.offset(at, x, expand(addend, shape).values)
  const scale = (at: string, x: Operand, factor: Tensor): Operand =>
    operators.scale(at, x, expand(factor, shape).values)
  const negate = (x: Operand): Operand => scale(`${name}.negative`, x, scalar(-1))
  const isValue = (index: number): boolean => values.has(inputs[index] ?? '')
  const equalShapes = (): readonly [Operand, Operand] => {
    const [a, b] = [valueAt(0), valueAt(1)]
    if (a.shape.join() !== b.shape.join()) throw new NodeError(`combines [${a.shape}] and [${b.shape}]`)
    return [a.operand, b.operand]
  }
  /** The value that depends on the input, where the other operand is constant and is repeated over it. */
  const besideConstant = (index: number): Operand => {
    const { operand, shape: own } = valueAt(index)
    if (elementsOf(own) !== count) throw new NodeError(`repeats [${own}] to [${shape}], which is not known`)
    return operand
  }

  switch (operator) {
    case 'Gemm': {
      const { number } = scalarAttributes(node)
      if (number('transA', 0) !== 0) throw new NodeError('transposes its input, which is not known')
      const weights = constantAt(1)
      const [alpha, beta, turned] = [number('alpha', 1), number('beta', 1), number('transB', 0) !== 0]
      const [columns, rows] = turned
        ? [weights.shape[1]!, weights.shape[0]!]
        : [weights.shape[0]!, weights.shape[1]!]
      const bias = optionalConstant(2)
      return operators.product(
        name,
        {
          rows,
          columns,
          weightAt: (row, column) =>
            alpha * weights.values[turned ? row * columns + column : column * rows + row]!,
        },
        valueAt(0).operand,
        bias && expand(bias, shape).values.map((value) => beta * value),
      )
    }
    case 'MatMul': {
      const weights = constantAt(1)
      const [columns, rows] = weights.shape as [number, number]
      if (elementsOf(valueAt(0).shape) !== columns)
        throw new NodeError(`multiplies several rows, [${valueAt(0).shape}], which is not known`)
      const weightAt = (row: number, column: number): number => weights.values[column * rows + row]!
      return operators.product(name, { rows, columns, weightAt }, valueAt(0).operand, undefined)
    }
    case 'Conv': {
      const x = valueAt(0)
      const weights = constantAt(1)
      const window = windowOf(x.shape, node, weights.shape.slice(2))
      const { columns, weightAt, ...spread } = spreadKernel(
        window,
        weights,
        scalarAttributes(node).number('group', 1),
      )
      return operators.convolve(
        name,
        { rows: weights.shape[0]!, columns, weightAt },
        x.operand,
        windowAttributes(spread.window),
        optionalConstant(2)?.values,
      )
    }
    case 'BatchNormalization': {
      const [gain, bias, mean, variance] = [1, 2, 3, 4].map(constantAt) as [Tensor, Tensor, Tensor, Tensor]
      const epsilon = scalarAttributes(node).number('epsilon', 1e-5)
      const factors = gain.values.map((value, i) => value / Math.sqrt(variance.values[i]! + epsilon))
      const offsets = bias.values.map((value, i) => value - mean.values[i]! * factors[i]!)
      const channelShape = [gain.values.length, ...shape.slice(2).map(() => 1)]
      const scaled = scale(`${name}.scale`, valueAt(0).operand, { shape: channelShape, values: factors })
      return offset(name, scaled, { shape: channelShape, values: offsets })
    }
    case 'Add':
      if (isValue(0) && isValue(1)) return operators.add(name, count, ...equalShapes())
      return isValue(0)
        ? offset(name, besideConstant(0), constantAt(1))
        : offset(name, besideConstant(1), constantAt(0))
    case 'Sub': {
      if (isValue(0) && isValue(1)) {
        const [a, b] = equalShapes()
        return operators.add(name, count, a, negate(b))
      }
      if (!isValue(0)) return offset(name, negate(besideConstant(1)), constantAt(0))
      const { shape: own, values: subtracted } = constantAt(1)
      return offset(name, besideConstant(0), { shape: own, values: subtracted.map((value) => -value) })
    }
    case 'Mul':
      if (isValue(0) && isValue(1)) return operators.multiply(name, count, ...equalShapes())
      return isValue(0)
        ? scale(name, besideConstant(0), constantAt(1))
        : scale(name, besideConstant(1), constantAt(0))
    case 'Div': {
      const { shape: own, values: divisors } = constantAt(1)
      return scale(name, besideConstant(0), { shape: own, values: divisors.map((value) => 1 / value) })
    }
    case 'Relu':
      return operators.rectify(name, count, valueAt(0).operand)
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalAveragePool': {
      const x = valueAt(0)
      const kernel = node.attributes.get('kernel_shape')
      const window = windowOf(x.shape, node, Array.isArray(kernel) ? (kernel as number[]) : x.shape.slice(2))
      if (window.dilationY !== 1 || window.dilationX !== 1)
        throw new NodeError('has dilations, which a pool does not know')
      if (operator === 'MaxPool') return operators.maxPool(name, x.operand, windowAttributes(window))
      const countsPadding = scalarAttributes(node).number('count_include_pad', 0) !== 0
      return operators.averagePool(name, x.operand, windowAttributes(window), countsPadding)
    }
    case 'ReduceMean': {
      const x = valueAt(0)
      const { order, reduced, rest } = reduction(x.shape, node, optionalConstant(1))
      const turned = reorder(plan, `${name}.order`, x, order)
      return operators.averagePool(name, turned, windowAttributes(rowsOf(rest, reduced)), false)
    }
    case 'Transpose': {
      const x = valueAt(0)
      const given = node.attributes.get('perm')
      const order = Array.isArray(given) ? (given as number[]) : x.shape.map((_, i) => i).reverse()
      return reorder(plan, name, x, order)
    }
    case 'Softmax': {
      const columns = shape.at(-1)!
      return operators.softmax(name, count / columns, columns, valueAt(0).operand)
    }
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Identity':
    case 'Dropout':
    case 'Cast':
      return valueAt(0).operand
    default:
      throw new NodeError(`its operator ${operator} is known for constants only`)
  }
}

const scalar = (value: number): Tensor => ({ shape: [], values: Float64Array.of(value) })

/** A window that covers a row of each of so many. */
const rowsOf = (rows: number, columns: number): SlidingWindow => ({
  channels: rows,
  height: 1,
  width: columns,
  kernelHeight: 1,
  kernelWidth: columns,
  strideY: 1,
  strideX: 1,
  padTop: 0,
  padLeft: 0,
  outHeight: 1,
  outWidth: 1,
  dilationY: 1,
  dilationX: 1,
})

/** The attributes of a window, in their order. */
const windowAttributes = (window: SlidingWindow): readonly number[] => {
  const { kernelHeight, kernelWidth } = window
  if (Math.max(kernelHeight, kernelWidth) > 2 ** 11)
    throw new NodeError(`has a window of ${kernelHeight} x ${kernelWidth}`)
  return WINDOW_ATTRIBUTES.map((attribute) => window[attribute])
}

/** A kernel without groups and dilations: zeros where these leave something out. */
const spreadKernel = (window: SlidingWindow, weights: Tensor, groups: number) => {
  const [outputs, perGroup, kernelHeight, kernelWidth] = weights.shape as [number, number, number, number]
  const { channels, dilationY, dilationX } = window
  const [height, width] = [(kernelHeight - 1) * dilationY + 1, (kernelWidth - 1) * dilationX + 1]
  if (Math.max(height, width) > MAX_KERNEL)
    throw new NodeError(`has a kernel of ${height} x ${width}; at most ${MAX_KERNEL}`)
  return {
    window: { ...window, kernelHeight: height, kernelWidth: width },
    columns: channels * height * width,
    weightAt: (output: number, column: number): number => {
      const channel =
        Math.floor(column / (height * width)) - Math.floor(output / (outputs / groups)) * perGroup
      const [y, x] = [Math.floor(column / width) % height, column % width]
      if (channel < 0 || channel >= perGroup || y % dilationY !== 0 || x % dilationX !== 0) return 0
      return weights.values[
        ((output * perGroup + channel) * kernelHeight + y / dilationY) * kernelWidth + x / dilationX
      ]!
    },
  }
}

/** The elements of a value in another order of its axes; the value itself where that is the order they have. */
const reorder = (
  plan: GraphPlan,
  name: string,
  { operand, shape }: Value,
  order: readonly number[],
): Operand => {
  const { index } = permuted(shape, order)
  if (index.every((from, at) => from === at)) return operand
  return plan.node(
    name,
    'gather',
    [operand, storeWeight(plan, `${name}.order`, index)],
    [index.length, index.length],
  )
}
