import { basename } from 'node:path'
import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { ModelHeader } from '../../models/modelHeader.ts'
import type { ModelPlan } from '../../models/modelWriter.ts'
import { type Fill, type GraphPlan, graphPlan, type Operand } from '../graphPlan.ts'
import { bytesSource, ConvertError } from '../sourceFile.ts'
import { type GroupedMatrix, planMatrix, planProduct } from '../weights/groupedMatrix.ts'
import { F32 } from '../weights/scalars.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { evaluate, expand, reduction } from './evaluate.ts'
import type { OnnxModel, OnnxNode, Tensor } from './onnxFile.ts'
import { NodeError, permuted, type SlidingWindow, scalarAttributes, windowOf } from './shapes.ts'

const MAX_INT32 = 2 ** 31 - 1
const MOST_BITS = 16
const FEWEST_BITS = 4
/** Integer bits kept free above the largest value seen, beside the sign's. */
const HEADROOM = 5
const MAX_COLUMNS = 2 ** 14
const MAX_KERNEL = 64

const bytesOf = (array: Int32Array | Uint32Array | Float32Array): Bytes =>
  new Uint8Array(array.buffer as ArrayBuffer)

/** Inputs that tell how large values become: numbers from 0 to 1, and normally distributed ones. */
const calibrationInputs = (elements: number): readonly Float64Array[] => {
  let state = 1
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return [uniform, uniform, normal, normal].map((draw) => Float64Array.from({ length: elements }, draw))
}

interface Value {
  readonly operand: Operand
  readonly shape: readonly number[]
}

export interface LoweredOnnx {
  readonly plan: ModelPlan
  readonly fills: readonly Fill[]
  /** Of every value. */
  readonly fractionBits: number
}

/**
 * An ONNX model (MLPs, convolutional networks) as a graph of the fixed format. Whatever does not depend on the input is
 * computed here, in double precision.
 *
 * @throws ConvertError that names the node
 */
export const lowerOnnx = (model: OnnxModel, provenance: ModelHeader['provenance']): LoweredOnnx => {
  const inNode = <Result>(node: OnnxNode, compute: () => Result): Result => {
    try {
      return compute()
    } catch (error) {
      if (error instanceof NodeError) throw new ConvertError(model.file, `node ${node.name}`, error.message)
      throw error
    }
  }
  const elements = elementsOf(model.input.shape)
  const runs = calibrationInputs(elements).map((input) => evaluate(model, input, inNode))
  const variable = dependents(model)
  const fractionBits = bitsFor(model, runs, variable)
  const one = 2 ** fractionBits

  const plan = graphPlan()
  const input = plan.carry('input', 'int32', [elements])
  const values = new Map<string, Value>([[model.input.name, { operand: input, shape: model.input.shape }]])
  const constants = runs[0]!
  for (const node of model.nodes) {
    const output = node.outputs[0]!
    if (!variable.has(output)) continue
    const shape = constants.get(output)!.shape
    const operand = inNode(node, () => lowerNode(plan, node, { values, constants, shape, fractionBits, one }))
    values.set(output, { operand, shape })
  }
  const output = values.get(model.output)
  if (output === undefined || output.operand === input)
    throw new ConvertError(model.file, `output ${model.output}`, 'does not depend on the input')
  const { graph, fills } = plan.finish(input, output.operand)
  return {
    fills,
    fractionBits,
    plan: {
      ...graph,
      name: basename(model.file).replace(/\.onnx$/i, ''),
      format: 'fixed',
      inputBytes: 4 * elements,
      mostIterations: 0,
      tensors: {
        input: { shape: model.input.shape.slice(1), type: 'int32', scale: one },
        output: { shape: output.shape.slice(1), type: 'int32', scale: one },
      },
      llama: null,
      tokenizer: null,
      provenance,
    },
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
  readonly fractionBits: number
  readonly one: number
}

const lowerNode = (plan: GraphPlan, node: OnnxNode, context: Context): Operand => {
  const { values, constants, shape, fractionBits, one } = context
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

  const stored = (part: string, type: 'int32', array: Int32Array | Uint32Array): Operand => {
    const weight = plan.weight(`${name}.${part}`, type, [array.length])
    plan.fill({
      weights: array.length,
      *run(write) {
        write(weight, bytesOf(array))
        yield array.length
      },
    })
    return weight
  }
  /** A tensor with the values' fraction bits, repeated to a shape. */
  const fixed = (part: string, tensor: Tensor, to: readonly number[]): Operand =>
    stored(
      part,
      'int32',
      Int32Array.from(expand(tensor, to).values, (value) => saturated(value * one)),
    )
  const matrix = (
    rows: number,
    columns: number,
    weightAt: (row: number, column: number) => number,
  ): GroupedMatrix => {
    if (columns > MAX_COLUMNS)
      throw new NodeError(`multiplies ${columns} numbers at once; at most ${MAX_COLUMNS}`)
    const weights = new Float32Array(rows * columns)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) weights[row * columns + column] = weightAt(row, column)
    const bytes = bytesOf(weights)
    const source = bytesSource(name, bytes)
    return planMatrix(plan, `${name}.weights`, [
      { name, shape: [rows, columns], format: F32, source, offset: 0, bytes: bytes.length },
    ])
  }
  const add = (a: Operand, b: Operand): Operand => plan.node(name, 'add', [a, b], [count])
  const multiply = (at: string, x: Operand, factor: Tensor): Operand => {
    const factors = expand(factor, shape).values
    const largest = factors.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const bits = largest === 0 ? 0 : 30 - (Math.floor(Math.log2(largest)) + 1)
    const operand = stored(
      `${at}.factors`,
      'int32',
      Int32Array.from(factors, (value) => saturated(value * 2 ** bits)),
    )
    return plan.node(at, 'multiply', [x, operand], [count, bits])
  }
  const negative: Tensor = { shape: [], values: Float64Array.of(-1) }
  const negated = (tensor: Tensor): Tensor => ({
    shape: tensor.shape,
    values: tensor.values.map((value) => -value),
  })
  const isValue = (index: number): boolean => values.has(inputs[index] ?? '')
  const equalShapes = (): readonly [Value, Value] => {
    const [a, b] = [valueAt(0), valueAt(1)]
    if (a.shape.join() !== b.shape.join()) throw new NodeError(`combines [${a.shape}] and [${b.shape}]`)
    return [a, b]
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
      const dense = matrix(
        rows,
        columns,
        (row, column) => alpha * weights.values[turned ? row * columns + column : column * rows + row]!,
      )
      const bias = optionalConstant(2)
      const scaled = bias && { shape: bias.shape, values: bias.values.map((value) => beta * value) }
      const residual = scaled && fixed('bias', scaled, shape)
      return planProduct(
        plan,
        name,
        dense,
        valueAt(0).operand,
        residual === undefined ? { shift: 0 } : { shift: 0, residual },
      )
    }
    case 'MatMul': {
      const weights = constantAt(1)
      const [columns, rows] = weights.shape as [number, number]
      if (elementsOf(valueAt(0).shape) !== columns)
        throw new NodeError(`multiplies several rows, [${valueAt(0).shape}], which is not known`)
      const dense = matrix(rows, columns, (row, column) => weights.values[column * rows + row]!)
      return planProduct(plan, name, dense, valueAt(0).operand, { shift: 0 })
    }
    case 'Conv': {
      const x = valueAt(0)
      const weights = constantAt(1)
      const window = windowOf(x.shape, node, weights.shape.slice(2))
      const spread = spreadKernel(window, weights, scalarAttributes(node).number('group', 1))
      const dense = matrix(weights.shape[0]!, spread.columns, spread.weightAt)
      const bias = optionalConstant(2)
      const residual =
        bias &&
        stored(
          'bias',
          'int32',
          Int32Array.from(bias.values, (value) => saturated(value * one)),
        )
      return plan.node(
        name,
        'conv2d',
        [x.operand, ...dense.operands, residual],
        [
          ...windowAttributes(spread.window),
          dense.rows,
          0,
          (dense.hasMinima ? 1 : 0) + (residual === undefined ? 0 : 2),
        ],
      )
    }
    case 'BatchNormalization': {
      const [scale, bias, mean, variance] = [1, 2, 3, 4].map(constantAt) as [Tensor, Tensor, Tensor, Tensor]
      const epsilon = scalarAttributes(node).number('epsilon', 1e-5)
      const factors = scale.values.map((value, i) => value / Math.sqrt(variance.values[i]! + epsilon))
      const offsets = bias.values.map((value, i) => value - mean.values[i]! * factors[i]!)
      const channelShape = [scale.values.length, ...shape.slice(2).map(() => 1)]
      const scaled = multiply(`${name}.scale`, valueAt(0).operand, { shape: channelShape, values: factors })
      return add(scaled, fixed('offsets', { shape: channelShape, values: offsets }, shape))
    }
    case 'Add':
      if (isValue(0) && isValue(1)) {
        const [a, b] = equalShapes()
        return add(a.operand, b.operand)
      }
      return isValue(0)
        ? add(besideConstant(0), fixed('addend', constantAt(1), shape))
        : add(besideConstant(1), fixed('addend', constantAt(0), shape))
    case 'Sub':
      if (isValue(0) && isValue(1)) {
        const [a, b] = equalShapes()
        return add(a.operand, multiply(`${name}.negative`, b.operand, negative))
      }
      if (isValue(0)) return add(besideConstant(0), fixed('addend', negated(constantAt(1)), shape))
      return add(
        multiply(`${name}.negative`, besideConstant(1), negative),
        fixed('addend', constantAt(0), shape),
      )
    case 'Mul':
      if (isValue(0) && isValue(1)) {
        const [a, b] = equalShapes()
        return plan.node(name, 'multiply', [a.operand, b.operand], [count, fractionBits])
      }
      return isValue(0)
        ? multiply(name, besideConstant(0), constantAt(1))
        : multiply(name, besideConstant(1), constantAt(0))
    case 'Div': {
      const divisor = constantAt(1)
      return multiply(name, besideConstant(0), {
        shape: divisor.shape,
        values: divisor.values.map((value) => 1 / value),
      })
    }
    case 'Relu':
      return plan.node(name, 'rectify', [valueAt(0).operand], [count])
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalAveragePool': {
      const x = valueAt(0)
      const kernel = node.attributes.get('kernel_shape')
      const window = windowOf(x.shape, node, Array.isArray(kernel) ? (kernel as number[]) : x.shape.slice(2))
      if (window.dilationY !== 1 || window.dilationX !== 1)
        throw new NodeError('has dilations, which a pool does not know')
      const counted = scalarAttributes(node).number('count_include_pad', 0) !== 0 ? 1 : 0
      return operator === 'MaxPool'
        ? plan.node(name, 'max-pool', [x.operand], windowAttributes(window))
        : plan.node(name, 'average-pool', [x.operand], [...windowAttributes(window), counted])
    }
    case 'ReduceMean': {
      const x = valueAt(0)
      const { order, reduced, rest } = reduction(x.shape, node, optionalConstant(1))
      const turned = reorder(plan, `${name}.order`, x, order, stored)
      const window = { channels: rest, height: 1, width: reduced, kernelHeight: 1, kernelWidth: reduced }
      const single = {
        strideY: 1,
        strideX: 1,
        padTop: 0,
        padLeft: 0,
        outHeight: 1,
        outWidth: 1,
        dilationY: 1,
        dilationX: 1,
      }
      return plan.node(name, 'average-pool', [turned], [...windowAttributes({ ...window, ...single }), 0])
    }
    case 'Transpose': {
      const x = valueAt(0)
      const given = node.attributes.get('perm')
      const order = Array.isArray(given) ? (given as number[]) : x.shape.map((_, i) => i).reverse()
      return reorder(plan, name, x, order, stored)
    }
    case 'Softmax': {
      const columns = shape.at(-1)!
      return plan.node(
        name,
        'softmax',
        [valueAt(0).operand],
        [count / columns, columns, fractionBits, fractionBits],
      )
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

const saturated = (value: number): number => Math.min(Math.max(Math.round(value), -MAX_INT32), MAX_INT32)

/** The attributes of a window, in their order. */
const windowAttributes = (window: SlidingWindow): readonly number[] => {
  const {
    channels,
    height,
    width,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    padTop,
    padLeft,
    outHeight,
    outWidth,
  } = window
  if (Math.max(kernelHeight, kernelWidth) > 2 ** 11)
    throw new NodeError(`has a window of ${kernelHeight} x ${kernelWidth}`)
  return [
    channels,
    height,
    width,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    padTop,
    padLeft,
    outHeight,
    outWidth,
  ]
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
  stored: (part: string, type: 'int32', array: Uint32Array) => Operand,
): Operand => {
  const { index } = permuted(shape, order)
  if (index.every((from, at) => from === at)) return operand
  return plan.node(
    name,
    'gather',
    [operand, stored(`${name}.order`, 'int32', index)],
    [index.length, index.length],
  )
}
