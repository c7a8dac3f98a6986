import type { GraphPlan, Operand } from '../graphPlan.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { expand, lastAxis, orderOf, reduction, slice } from './evaluate.ts'
import type { OnnxNode, Tensor } from './onnxFile.ts'
import { NodeError, type Placement, permuted, repeated, scalarAttributes } from './shapes.ts'
import { coveredPlaces, rowsOf, type SlidingWindow, windowAttributes, windowOf } from './slidingWindow.ts'
import { type DenseMatrix, storeWeight, type TensorOperators } from './tensorOperators.ts'

const MAX_KERNEL = 64
/** Rows that are multiplied at once, as a convolution over a line of so many. */
const MAX_ROWS = 2 ** 11
const FLOAT_TYPES: readonly number[] = [1, 11]

/** What depends on the input, in the graph. */
export interface Value {
  readonly operand: Operand
  readonly shape: readonly number[]
}

export interface NodeContext {
  /** Of ONNX's values that depend on the input, by their names. */
  readonly values: ReadonlyMap<string, Value>
  /** All of ONNX's values; of those that depend on the input the shape alone may be looked at. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** Of the node's output. */
  readonly shape: readonly number[]
  readonly operators: TensorOperators
}

/** What a node's operands are, and what it takes to say things about them. */
const operandsOf = ({ name, inputs }: OnnxNode, plan: GraphPlan, context: NodeContext) => {
  const { values, constants, shape, operators } = context
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
    optionalConstant: (index: number): Tensor | undefined =>
      (inputs[index] ?? '') === '' ? undefined : constantAt(index),
    /** A value repeated to the output's shape. */
    spread: (index: number): Operand => {
      const { operand, shape: own } = valueAt(index)
      return rearrange(plan, `${name}.operand${index}`, operand, repeated(own, shape))
    },
    offset: (at: string, x: Operand, addend: Tensor): Operand =>
      operators.offset(at, x, expand(addend, shape).values),
    scale: (at: string, x: Operand, factor: Tensor): Operand =>
      operators.scale(at, x, expand(factor, shape).values),
  }
}

/** What a node of ONNX becomes, whose output depends on the input. @throws NodeError */
export const lowerNode = (plan: GraphPlan, node: OnnxNode, context: NodeContext): Operand => {
  const { shape, operators } = context
  const { name, operator } = node
  const count = elementsOf(shape)
  const operands = operandsOf(node, plan, context)
  const { isValue, valueAt, constantAt, optionalConstant, spread, offset, scale } = operands
  const negate = (x: Operand): Operand => scale(`${name}.negative`, x, scalar(-1))

  switch (operator) {
    case 'Gemm':
      return lowerGemm(plan, node, context)
    case 'MatMul':
      return isValue(0)
        ? multiplyRight(plan, name, valueAt(0), constantAt(1), operators)
        : multiplyLeft(plan, name, constantAt(0), valueAt(1), operators)
    case 'Conv': {
      const x = valueAt(0)
      const weights = constantAt(1)
      const window = windowOf(x.shape, node, weights.shape.slice(2))
      const { columns, weightAt, ...spreadOut } = spreadKernel(
        window,
        weights,
        scalarAttributes(node).number('group', 1),
      )
      return operators.convolve(
        name,
        { rows: weights.shape[0]!, columns, weightAt },
        x.operand,
        windowAttributes(spreadOut.window),
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
      if (isValue(0) && isValue(1)) return operators.add(name, count, spread(0), spread(1))
      return isValue(0) ? offset(name, spread(0), constantAt(1)) : offset(name, spread(1), constantAt(0))
    case 'Sub': {
      if (isValue(0) && isValue(1)) return operators.add(name, count, spread(0), negate(spread(1)))
      if (!isValue(0)) return offset(name, negate(spread(1)), constantAt(0))
      const { shape: own, values: subtracted } = constantAt(1)
      return offset(name, spread(0), { shape: own, values: subtracted.map((value) => -value) })
    }
    case 'Mul':
      if (isValue(0) && isValue(1)) return operators.multiply(name, count, spread(0), spread(1))
      return isValue(0) ? scale(name, spread(0), constantAt(1)) : scale(name, spread(1), constantAt(0))
    case 'Div': {
      const { shape: own, values: divisors } = constantAt(1)
      return scale(name, spread(0), { shape: own, values: divisors.map((value) => 1 / value) })
    }
    case 'Relu':
      return operators.rectify(name, count, valueAt(0).operand)
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalAveragePool': {
      const x = valueAt(0)
      const kernel = node.attributes.get('kernel_shape')
      const window = windowOf(x.shape, node, Array.isArray(kernel) ? (kernel as number[]) : x.shape.slice(2))
      if (operator === 'MaxPool') return operators.maxPool(name, x.operand, windowAttributes(window))
      const countsPadding = scalarAttributes(node).number('count_include_pad', 0) !== 0
      return averagePool(name, x.operand, window, countsPadding, operators)
    }
    case 'ReduceMean': {
      const x = valueAt(0)
      const { order, reduced, rest } = reduction(x.shape, node, optionalConstant(1))
      const turned = rearrange(plan, `${name}.order`, x.operand, permuted(x.shape, order))
      return reduced === 1
        ? turned
        : operators.averagePool(name, turned, windowAttributes(rowsOf(rest, reduced)), false)
    }
    case 'Transpose': {
      const x = valueAt(0)
      return rearrange(plan, name, x.operand, permuted(x.shape, orderOf(node, x.shape)))
    }
    case 'Slice': {
      const x = valueAt(0)
      const parts = [undefined, ...[1, 2].map(constantAt), ...[3, 4].map(optionalConstant)]
      return rearrange(plan, name, x.operand, slice(x.shape, parts))
    }
    case 'Softmax': {
      const x = valueAt(0)
      const { order, back } = lastAxis(x.shape.length, scalarAttributes(node).number('axis', -1))
      const turned = permuted(x.shape, order)
      const columns = turned.shape.at(-1)!
      const y = operators.softmax(
        name,
        count / columns,
        columns,
        rearrange(plan, `${name}.order`, x.operand, turned),
      )
      return rearrange(plan, `${name}.back`, y, permuted(turned.shape, back))
    }
    case 'Dropout':
      if ((optionalConstant(2)?.values[0] ?? 0) !== 0)
        throw new NodeError('is in training, which is not known')
      return valueAt(0).operand
    case 'Cast': {
      const type = scalarAttributes(node).number('to', 1)
      if (!FLOAT_TYPES.includes(type))
        throw new NodeError(`makes values of the element type ${type}, which lose what they are`)
      return valueAt(0).operand
    }
    case 'Reshape':
      constantAt(1)
      return valueAt(0).operand
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Identity':
      return valueAt(0).operand
    default:
      throw new NodeError(`its operator ${operator} is known for constants only`)
  }
}

const scalar = (value: number): Tensor => ({ shape: [], values: Float64Array.of(value) })

const gathered = (plan: GraphPlan, name: string, operand: Operand, index: Uint32Array): Operand => {
  const source = index.reduce((most, from) => Math.max(most, from), 0) + 1
  const order = storeWeight(plan, `${name}.index`, index)
  return plan.node(name, 'gather', [operand, order], [index.length, source])
}

/** The elements of a value in other places; the value itself where they are where they were. */
const rearrange = (plan: GraphPlan, name: string, operand: Operand, { index }: Placement): Operand =>
  index.every((from, at) => from === at) ? operand : gathered(plan, name, operand, index)

/** The same elements, in a slot of their own. */
export const copied = (plan: GraphPlan, name: string, operand: Operand, count: number): Operand =>
  gathered(
    plan,
    name,
    operand,
    Uint32Array.from({ length: count }, (_, at) => at),
  )

const turned = (plan: GraphPlan, name: string, operand: Operand, rows: number, columns: number): Operand =>
  rearrange(plan, name, operand, permuted([rows, columns], [1, 0]))

/** Rows of a value, one behind the other, each times a matrix. */
const multiplyRows = (
  plan: GraphPlan,
  name: string,
  matrix: DenseMatrix,
  x: Operand,
  rows: number,
  operators: TensorOperators,
): Operand => {
  if (rows === 1) return operators.product(name, matrix, x, undefined)
  if (rows > MAX_ROWS) throw new NodeError(`multiplies ${rows} rows; at most ${MAX_ROWS}`)
  // A column of the rows is a channel: at each place of the line they are a row.
  const line = windowAttributes({ ...rowsOf(matrix.columns, 1), width: rows, outWidth: rows })
  const columns = turned(plan, `${name}.columns`, x, rows, matrix.columns)
  const product = operators.convolve(name, matrix, columns, line, undefined)
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
): Operand => {
  const { rows, columns, values } = onlyMatrix(
    w.shape.length === 1 ? { shape: [...w.shape, 1], values: w.values } : w,
  )
  const weightAt = (row: number, column: number): number => values[column * columns + row]!
  const matrix = { rows: columns, columns: rows, weightAt }
  return multiplyRows(plan, name, matrix, x.operand, elementsOf(x.shape) / rows, operators)
}

/** w times x. */
const multiplyLeft = (
  plan: GraphPlan,
  name: string,
  w: Tensor,
  x: Value,
  operators: TensorOperators,
): Operand => {
  const { rows, columns, values } = onlyMatrix(
    w.shape.length === 1 ? { shape: [1, ...w.shape], values: w.values } : w,
  )
  const shape = x.shape.length === 1 ? [...x.shape, 1] : x.shape
  const order = [...shape.keys()].map((axis, at, all) =>
    at < all.length - 2 ? axis : all[2 * all.length - 3 - at]!,
  )
  const weightAt = (row: number, column: number): number => values[row * columns + column]!
  const across = rearrange(plan, `${name}.across`, x.operand, permuted(shape, order))
  const count = elementsOf(shape) / columns
  const y = multiplyRows(plan, name, { rows, columns, weightAt }, across, count, operators)
  const made = [...shape.slice(0, -2), shape.at(-1)!, rows]
  return rearrange(plan, `${name}.back`, y, permuted(made, order))
}

/** alpha A B + beta C, where A or B is constant, each as it is or transposed. */
const lowerGemm = (plan: GraphPlan, node: OnnxNode, context: NodeContext): Operand => {
  const { name } = node
  const { shape, operators } = context
  const { isValue, valueAt, constantAt, optionalConstant, offset } = operandsOf(node, plan, context)
  const { number } = scalarAttributes(node)
  const [alpha, beta] = [number('alpha', 1), number('beta', 1)]
  const flags = ['transA', 'transB'].map((flag) => number(flag, 0) !== 0)
  const acrossAt = (index: number): Value => {
    const { operand, shape: own } = valueAt(index)
    if (!flags[index]) return { operand, shape: own }
    const { shape: across, ...placed } = permuted(own, [1, 0])
    return {
      operand: rearrange(plan, `${name}.across${index}`, operand, { shape: across, ...placed }),
      shape: across,
    }
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
  if (isValue(0) && shape[0] === 1) {
    const { columns, rows, values } = onlyMatrix(weightsOf(1))
    const weightAt = (row: number, column: number): number => values[column * columns + row]!
    return operators.product(name, { rows: columns, columns: rows, weightAt }, acrossAt(0).operand, addends)
  }
  const product = isValue(0)
    ? multiplyRight(plan, `${name}.product`, acrossAt(0), weightsOf(1), operators)
    : multiplyLeft(plan, `${name}.product`, weightsOf(0), acrossAt(1), operators)
  return addends === undefined ? product : offset(name, product, { shape, values: addends })
}

/** A mean; where padding is counted, and not all of a window is image or padding, of what is inside, less its share. */
const averagePool = (
  name: string,
  x: Operand,
  window: SlidingWindow,
  countsPadding: boolean,
  operators: TensorOperators,
): Operand => {
  const attributes = windowAttributes(window)
  const { inside, padded } = coveredPlaces(window)
  const area = window.kernelHeight * window.kernelWidth
  if (!countsPadding || padded.every((places) => places === area))
    return operators.averagePool(name, x, attributes, countsPadding)
  const factors = new Float64Array(window.channels * inside.length).map((_, at) => {
    const position = at % inside.length
    return inside[position]! / Math.max(padded[position]!, 1)
  })
  return operators.scale(name, operators.averagePool(`${name}.inside`, x, attributes, false), factors)
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
