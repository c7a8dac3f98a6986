import type { GraphPlan } from '../graphPlan.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { expand, lastAxis, orderOf, reduction, slice } from './evaluate.ts'
import type { OnnxNode, Tensor } from './onnxFile.ts'
import { NodeError, type Placement, permuted, repeated, scalarAttributes } from './shapes.ts'
import {
  coveredPlaces,
  poolWindow,
  rowsOf,
  type SlidingWindow,
  windowAttributes,
  windowOf,
} from './slidingWindow.ts'
import { type DenseMatrix, type Quantity, storeWeight, type TensorOperators } from './tensorOperators.ts'
import { fractionBits, type ValueRange } from './valueRanges.ts'

const MAX_KERNEL = 64
/** Rows that are multiplied at once, as a convolution over a line of so many. */
const MAX_ROWS = 2 ** 11
const MAX_SOFTMAX = 2 ** 16
const FLOAT_TYPES: readonly number[] = [1, 11]

/** What depends on the input, in the graph. */
export interface Value extends Quantity {
  readonly shape: readonly number[]
}

export interface NodeContext {
  /** Of ONNX's values that depend on the input, by their names. */
  readonly values: ReadonlyMap<string, Value>
  /** All of ONNX's values; of those that depend on the input the shape alone may be looked at. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** Of the node's output. */
  readonly shape: readonly number[]
  readonly range: ValueRange
  readonly operators: TensorOperators
}

/** What a node's operands are, and what it takes to say things about them. */
const operandsOf = ({ name, inputs }: OnnxNode, plan: GraphPlan, context: NodeContext) => {
  const { values, constants, shape, range, operators } = context
  /** The output's, where so much is added to it on its way. */
  const bitsWith = (added: ArrayLike<number> = []): number =>
    fractionBits(
      range,
      Array.from(added).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    )
  const isValue = (index: number): boolean => values.has(inputs[index] ?? '')
  const valueAt = (index: number): Value => {
    const value = values.get(inputs[index] ?? '')
    if (value === undefined)
      throw new NodeError(`operand ${index} is constant, where a value that depends on the input belongs`)
    return value
  }
  const constantAt = (index: number): Tensor => {
    const tensor = isValue(index) ? undefined : constants.get(inputs[index] ?? '')
    if (tensor === undefined)
      throw new NodeError(`operand ${index} depends on the input, where a constant belongs`)
    return tensor
  }
  return {
    isValue,
    valueAt,
    constantAt,
    bitsWith,
    optionalConstant: (index: number): Tensor | undefined =>
      (inputs[index] ?? '') === '' ? undefined : constantAt(index),
    /** A value repeated to the output's shape. */
    spread: (index: number): Quantity => {
      const value = valueAt(index)
      return rearrange(plan, `${name}.operand${index}`, value, repeated(value.shape, shape))
    },
    offset: (at: string, x: Quantity, addend: Tensor): Quantity =>
      operators.offset(at, x, expand(addend, shape).values, bitsWith(addend.values)),
    scale: (at: string, x: Quantity, factor: Tensor, bits = bitsWith()): Quantity =>
      operators.scale(at, x, expand(factor, shape).values, bits),
  }
}

/** What a node of ONNX becomes, whose output depends on the input. @throws NodeError */
export const lowerNode = (plan: GraphPlan, node: OnnxNode, context: NodeContext): Quantity => {
  const { shape, operators } = context
  const { name, operator } = node
  const count = elementsOf(shape)
  const operands = operandsOf(node, plan, context)
  const { isValue, valueAt, constantAt, optionalConstant, spread, offset, scale, bitsWith } = operands
  const negate = (x: Quantity): Quantity => scale(`${name}.negative`, x, scalar(-1), x.bits)

  switch (operator) {
    case 'Gemm':
      return lowerGemm(plan, node, context)
    case 'MatMul':
      return isValue(0)
        ? multiplyRight(plan, name, valueAt(0), constantAt(1), operators, bitsWith())
        : multiplyLeft(plan, name, constantAt(0), valueAt(1), operators, bitsWith())
    case 'Conv': {
      const x = valueAt(0)
      const weights = constantAt(1)
      const window = windowOf(x.shape, node, weights.shape.slice(2))
      const { columns, weightAt, ...spreadOut } = spreadKernel(
        window,
        weights,
        scalarAttributes(node).number('group', 1),
      )
      const bias = optionalConstant(2)?.values
      return operators.convolve(
        name,
        { rows: weights.shape[0]!, columns, weightAt },
        x,
        windowAttributes(spreadOut.window),
        bias,
        bitsWith(bias),
      )
    }
    case 'BatchNormalization': {
      const [gain, bias, mean, variance] = [1, 2, 3, 4].map(constantAt) as [Tensor, Tensor, Tensor, Tensor]
      const epsilon = scalarAttributes(node).number('epsilon', 1e-5)
      const factors = gain.values.map((value, i) => value / Math.sqrt(variance.values[i]! + epsilon))
      const offsets = bias.values.map((value, i) => value - mean.values[i]! * factors[i]!)
      const channelShape = [gain.values.length, ...shape.slice(2).map(() => 1)]
      const bits = bitsWith(offsets)
      const scaled = scale(`${name}.scale`, valueAt(0), { shape: channelShape, values: factors }, bits)
      return offset(name, scaled, { shape: channelShape, values: offsets })
    }
    case 'Add':
      if (isValue(0) && isValue(1)) return operators.add(name, count, spread(0), spread(1), bitsWith())
      return isValue(0) ? offset(name, spread(0), constantAt(1)) : offset(name, spread(1), constantAt(0))
    case 'Sub': {
      if (isValue(0) && isValue(1))
        return operators.add(name, count, spread(0), negate(spread(1)), bitsWith())
      if (!isValue(0)) return offset(name, negate(spread(1)), constantAt(0))
      const { shape: own, values: subtracted } = constantAt(1)
      return offset(name, spread(0), { shape: own, values: subtracted.map((value) => -value) })
    }
    case 'Mul':
      if (isValue(0) && isValue(1)) return operators.multiply(name, count, spread(0), spread(1), bitsWith())
      return isValue(0) ? scale(name, spread(0), constantAt(1)) : scale(name, spread(1), constantAt(0))
    case 'Div': {
      const { shape: own, values: divisors } = constantAt(1)
      return scale(name, spread(0), { shape: own, values: divisors.map((value) => 1 / value) })
    }
    case 'Relu':
      return operators.rectify(name, count, valueAt(0))
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalAveragePool': {
      const x = valueAt(0)
      const window = poolWindow(x.shape, node)
      if (operator === 'MaxPool') return operators.maxPool(name, x, windowAttributes(window))
      const countsPadding = scalarAttributes(node).number('count_include_pad', 0) !== 0
      return averagePool(name, x, window, countsPadding, operators)
    }
    case 'ReduceMean': {
      const x = valueAt(0)
      const { order, reduced, rest } = reduction(x.shape, node, optionalConstant(1))
      const turned = rearrange(plan, `${name}.order`, x, permuted(x.shape, order))
      return reduced === 1
        ? turned
        : operators.averagePool(name, turned, windowAttributes(rowsOf(rest, reduced)), false)
    }
    case 'Transpose': {
      const x = valueAt(0)
      return rearrange(plan, name, x, permuted(x.shape, orderOf(node, x.shape)))
    }
    case 'Slice': {
      const x = valueAt(0)
      const parts = [undefined, ...[1, 2].map(constantAt), ...[3, 4].map(optionalConstant)]
      return rearrange(plan, name, x, slice(x.shape, parts))
    }
    case 'Softmax': {
      const x = valueAt(0)
      const { order, back } = lastAxis(x.shape.length, scalarAttributes(node).number('axis', -1))
      const turned = permuted(x.shape, order)
      const columns = turned.shape.at(-1)!
      if (columns > MAX_SOFTMAX)
        throw new NodeError(`is a softmax of ${columns} numbers; at most ${MAX_SOFTMAX}`)
      const y = operators.softmax(
        name,
        count / columns,
        columns,
        rearrange(plan, `${name}.order`, x, turned),
        bitsWith(),
      )
      return rearrange(plan, `${name}.back`, y, permuted(turned.shape, back))
    }
    case 'Dropout':
      if ((optionalConstant(2)?.values[0] ?? 0) !== 0)
        throw new NodeError('is in training, which is not known')
      return valueAt(0)
    case 'Cast': {
      const type = scalarAttributes(node).number('to', 1)
      if (!FLOAT_TYPES.includes(type))
        throw new NodeError(`makes values of the element type ${type}, which lose what they are`)
      return valueAt(0)
    }
    case 'Reshape':
      constantAt(1)
      return valueAt(0)
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Identity':
      return valueAt(0)
    default:
      throw new NodeError(`its operator ${operator} is known for constants only`)
  }
}

const scalar = (value: number): Tensor => ({ shape: [], values: Float64Array.of(value) })

const gathered = (
  plan: GraphPlan,
  name: string,
  { operand, bits }: Quantity,
  index: Uint32Array,
): Quantity => {
  const source = index.reduce((most, from) => Math.max(most, from), 0) + 1
  const order = storeWeight(plan, `${name}.index`, index)
  return { operand: plan.node(name, 'gather', [operand, order], [index.length, source]), bits }
}

/** The elements of a value in other places; the value itself where they are where they were. */
const rearrange = (plan: GraphPlan, name: string, x: Quantity, { index }: Placement): Quantity =>
  index.every((from, at) => from === at)
    ? { operand: x.operand, bits: x.bits }
    : gathered(plan, name, x, index)

/** The same elements, in a slot of their own. */
export const copied = (plan: GraphPlan, name: string, x: Quantity, count: number): Quantity =>
  gathered(
    plan,
    name,
    x,
    Uint32Array.from({ length: count }, (_, at) => at),
  )

const turned = (plan: GraphPlan, name: string, x: Quantity, rows: number, columns: number): Quantity =>
  rearrange(plan, name, x, permuted([rows, columns], [1, 0]))

/** Rows of a value, one behind the other, each times a matrix. */
const multiplyRows = (
  plan: GraphPlan,
  name: string,
  matrix: DenseMatrix,
  x: Quantity,
  rows: number,
  operators: TensorOperators,
  bits: number,
): Quantity => {
  if (rows === 1) return operators.product(name, matrix, x, undefined, bits)
  if (rows > MAX_ROWS) throw new NodeError(`multiplies ${rows} rows; at most ${MAX_ROWS}`)
  // A column of the rows is a channel: at each place of the line they are a row.
  const line = windowAttributes({ ...rowsOf(matrix.columns, 1), width: rows, outWidth: rows })
  const columns = turned(plan, `${name}.columns`, x, rows, matrix.columns)
  const product = operators.convolve(name, matrix, columns, line, undefined, bits)
  return turned(plan, `${name}.rows`, product, matrix.rows, rows)
}

/** The last two dimensions of a tensor as one matrix. @throws NodeError where there are several */
const onlyMatrix = ({ shape, values }: Tensor): { rows: number; columns: number; values: Float64Array } => {
  const [rows, columns] = shape.slice(-2) as [number, number]
  if (rows * columns !== values.length)
    throw new NodeError(`multiplies by several matrices, [${shape}], which is not known`)
  return { rows, columns, values }
}

/** x times w; a list is a row on the left, a column on the right. */
const multiplyRight = (
  plan: GraphPlan,
  name: string,
  x: Value,
  w: Tensor,
  operators: TensorOperators,
  bits: number,
): Quantity => {
  const { rows, columns, values } = onlyMatrix(
    w.shape.length === 1 ? { shape: [...w.shape, 1], values: w.values } : w,
  )
  const weightAt = (row: number, column: number): number => values[column * columns + row]!
  const matrix = { rows: columns, columns: rows, weightAt }
  return multiplyRows(plan, name, matrix, x, elementsOf(x.shape) / rows, operators, bits)
}

/** w times x. */
const multiplyLeft = (
  plan: GraphPlan,
  name: string,
  w: Tensor,
  x: Value,
  operators: TensorOperators,
  bits: number,
): Quantity => {
  const { rows, columns, values } = onlyMatrix(
    w.shape.length === 1 ? { shape: [1, ...w.shape], values: w.values } : w,
  )
  const shape = x.shape.length === 1 ? [...x.shape, 1] : x.shape
  const order = [...shape.keys()].map((axis, at, all) =>
    at < all.length - 2 ? axis : all[2 * all.length - 3 - at]!,
  )
  const weightAt = (row: number, column: number): number => values[row * columns + column]!
  const across = rearrange(plan, `${name}.across`, x, permuted(shape, order))
  const count = elementsOf(shape) / columns
  const y = multiplyRows(plan, name, { rows, columns, weightAt }, across, count, operators, bits)
  const made = [...shape.slice(0, -2), shape.at(-1)!, rows]
  return rearrange(plan, `${name}.back`, y, permuted(made, order))
}

/** alpha A B + beta C, where A or B is constant, each as it is or transposed. */
const lowerGemm = (plan: GraphPlan, node: OnnxNode, context: NodeContext): Quantity => {
  const { name } = node
  const { shape, operators } = context
  const { isValue, valueAt, constantAt, optionalConstant, bitsWith } = operandsOf(node, plan, context)
  const { number } = scalarAttributes(node)
  const [alpha, beta] = [number('alpha', 1), number('beta', 1)]
  const flags = ['transA', 'transB'].map((flag) => number(flag, 0) !== 0)
  const acrossAt = (index: number): Value => {
    const x = valueAt(index)
    if (!flags[index]) return x
    const across = permuted(x.shape, [1, 0])
    return { ...rearrange(plan, `${name}.across${index}`, x, across), shape: across.shape }
  }
  const weightsOf = (index: number): Tensor => {
    const { shape: own, values } = constantAt(index)
    const scaled = values.map((value) => alpha * value)
    if (!flags[index]) return { shape: own, values: scaled }
    const { shape: across, index: from } = permuted(own, [1, 0])
    return { shape: across, values: Float64Array.from(from, (at) => scaled[at]!) }
  }
  const bias = optionalConstant(2)
  const addends = bias && expand(bias, shape).values.map((value) => beta * value)
  const bits = bitsWith(addends)
  if (isValue(0) && shape[0] === 1) {
    const { columns, rows, values } = onlyMatrix(weightsOf(1))
    const weightAt = (row: number, column: number): number => values[column * columns + row]!
    return operators.product(name, { rows: columns, columns: rows, weightAt }, acrossAt(0), addends, bits)
  }
  const product = isValue(0)
    ? multiplyRight(plan, `${name}.product`, acrossAt(0), weightsOf(1), operators, bits)
    : multiplyLeft(plan, `${name}.product`, weightsOf(0), acrossAt(1), operators, bits)
  return addends === undefined ? product : operators.offset(name, product, addends, bits)
}

/** A mean; where padding is counted, and not all of a window is image or padding, of what is inside, less its share. */
const averagePool = (
  name: string,
  x: Quantity,
  window: SlidingWindow,
  countsPadding: boolean,
  operators: TensorOperators,
): Quantity => {
  const attributes = windowAttributes(window)
  const { inside, padded } = coveredPlaces(window)
  const area = window.kernelHeight * window.kernelWidth
  if (!countsPadding || padded.every((places) => places === area))
    return operators.averagePool(name, x, attributes, countsPadding)
  const factors = new Float64Array(window.channels * inside.length).map((_, at) => {
    const position = at % inside.length
    return inside[position]! / Math.max(padded[position]!, 1)
  })
  return operators.scale(name, operators.averagePool(`${name}.inside`, x, attributes, false), factors, x.bits)
}

/** A kernel without groups and dilations: zeros where these leave something out. */
const spreadKernel = (window: SlidingWindow, weights: Tensor, groups: number) => {
  const [outputs, perGroup] = weights.shape as [number, number]
  const { channels, kernelHeight, kernelWidth, dilationY, dilationX } = window
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
