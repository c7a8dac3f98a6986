import { elementsOf } from '../weights/tensorPlace.ts'
import type { Attribute, OnnxModel, OnnxNode, Tensor } from './onnxFile.ts'
import {
  broadcastShape,
  NodeError,
  normaliseAxes,
  permuted,
  scalarAttributes,
  windowOf,
  zeros,
} from './shapes.ts'

/**
 * ONNX's operators in double precision, as plainly as they can be said: shapes and constants come out of this, how
 * large values become, and what a converted model is compared with.
 */
type Compute = (inputs: readonly (Tensor | undefined)[], node: OnnxNode) => Tensor

const unary =
  (apply: (value: number) => number): Compute =>
  ([x]) => ({ shape: x!.shape, values: x!.values.map(apply) })

const binary =
  (apply: (a: number, b: number) => number): Compute =>
  ([a, b]) => {
    const shape = broadcastShape(a!.shape, b!.shape)
    const [from, other] = [expand(a!, shape), expand(b!, shape)]
    return { shape, values: from.values.map((value, i) => apply(value, other.values[i]!)) }
  }

const stridesOf = (shape: readonly number[]): number[] => {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** A tensor repeated to a shape that it broadcasts to. */
export const expand = (tensor: Tensor, shape: readonly number[]): Tensor => {
  const padded = [...Array<number>(shape.length - tensor.shape.length).fill(1), ...tensor.shape]
  const strides = stridesOf(padded).map((stride, i) => (padded[i] === 1 ? 0 : stride))
  const own = stridesOf(shape)
  const values = zeros(shape)
  for (let at = 0; at < values.length; at++) {
    let from = 0
    for (let i = 0; i < shape.length; i++) from += (Math.floor(at / own[i]!) % shape[i]!) * strides[i]!
    values[at] = tensor.values[from]!
  }
  return { shape, values }
}

/** Last dimensions of a (rows) times first of b (columns); leading dimensions of a are rows too. */
const product = (a: Tensor, b: Tensor): Tensor => {
  const [inner, columns] = b.shape as [number, number]
  const rows = elementsOf(a.shape) / inner
  const values = zeros([rows, columns])
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < inner; k++) {
      const value = a.values[row * inner + k]!
      for (let column = 0; column < columns; column++)
        values[row * columns + column]! += value * b.values[k * columns + column]!
    }
  return { shape: [...a.shape.slice(0, -1), columns], values }
}

const transpose = (x: Tensor, order: readonly number[]): Tensor => {
  const { shape, index } = permuted(x.shape, order)
  return { shape, values: Float64Array.from(index, (from) => x.values[from]!) }
}

const gemm: Compute = ([a, b, c], node) => {
  const { number } = scalarAttributes(node)
  const turned = (x: Tensor, flag: string): Tensor => (number(flag, 0) === 0 ? x : transpose(x, [1, 0]))
  const [left, right] = [turned(a!, 'transA'), turned(b!, 'transB')]
  if (left.shape.length !== 2 || right.shape.length !== 2 || left.shape[1] !== right.shape[0])
    throw new NodeError(`multiplies [${left.shape}] and [${right.shape}]`)
  const scaled = product(left, right)
  const alpha = number('alpha', 1)
  const values = scaled.values.map((value) => alpha * value)
  if (c === undefined) return { shape: scaled.shape, values }
  const added = expand(c, scaled.shape).values
  const beta = number('beta', 1)
  return { shape: scaled.shape, values: values.map((value, i) => value + beta * added[i]!) }
}

const matmul: Compute = ([a, b]) => {
  if (b!.shape.length !== 2 || a!.shape.at(-1) !== b!.shape[0])
    throw new NodeError(
      `multiplies [${a!.shape}] and [${b!.shape}]; the second is to have two dimensions that fit`,
    )
  return product(a!, b!)
}

const convolve: Compute = ([x, w, bias], node) => {
  const window = windowOf(x!.shape, node, w!.shape.slice(2))
  const [outputs, perGroup] = w!.shape as [number, number]
  const groups = scalarAttributes(node).number('group', 1)
  if (perGroup * groups !== x!.shape[1] || outputs % groups !== 0)
    throw new NodeError(`has the weights [${w!.shape}] in ${groups} groups for the input [${x!.shape}]`)
  const { height, width, kernelHeight, kernelWidth, outHeight, outWidth } = window
  const values = zeros([outputs, outHeight, outWidth])
  for (let output = 0; output < outputs; output++) {
    const firstChannel = Math.floor(output / (outputs / groups)) * perGroup
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++) {
        let sum = bias?.values[output] ?? 0
        for (let ky = 0; ky < kernelHeight; ky++)
          for (let kx = 0; kx < kernelWidth; kx++) {
            const y = i * window.strideY - window.padTop + ky * window.dilationY
            const xAt = j * window.strideX - window.padLeft + kx * window.dilationX
            if (y < 0 || y >= height || xAt < 0 || xAt >= width) continue
            for (let channel = 0; channel < perGroup; channel++)
              sum +=
                x!.values[((firstChannel + channel) * height + y) * width + xAt]! *
                w!.values[((output * perGroup + channel) * kernelHeight + ky) * kernelWidth + kx]!
          }
        values[(output * outHeight + i) * outWidth + j] = sum
      }
  }
  return { shape: [1, outputs, outHeight, outWidth], values }
}

const pool =
  (pooled: (inside: readonly number[], area: number, node: OnnxNode) => number): Compute =>
  ([x], node) => {
    const kernel = node.attributes.get('kernel_shape')
    const window = windowOf(x!.shape, node, Array.isArray(kernel) ? (kernel as number[]) : x!.shape.slice(2))
    const { channels, height, width, kernelHeight, kernelWidth, outHeight, outWidth } = window
    const values = zeros([channels, outHeight, outWidth])
    for (let at = 0; at < values.length; at++) {
      const plane = Math.floor(at / (outHeight * outWidth)) * height * width
      const [i, j] = [Math.floor(at / outWidth) % outHeight, at % outWidth]
      const inside: number[] = []
      for (let ky = 0; ky < kernelHeight; ky++)
        for (let kx = 0; kx < kernelWidth; kx++) {
          const [y, xAt] = [i * window.strideY - window.padTop + ky, j * window.strideX - window.padLeft + kx]
          if (y >= 0 && y < height && xAt >= 0 && xAt < width)
            inside.push(x!.values[plane + y * width + xAt]!)
        }
      values[at] = pooled(inside, kernelHeight * kernelWidth, node)
    }
    return { shape: [1, channels, outHeight, outWidth], values }
  }

const batchNormalise: Compute = ([x, scale, bias, mean, variance], node) => {
  const epsilon = scalarAttributes(node).number('epsilon', 1e-5)
  if (!(epsilon >= 0)) throw new NodeError(`has the epsilon ${epsilon}`)
  const negative = variance!.values.findIndex((value) => value < 0)
  if (negative >= 0) throw new NodeError(`has the negative variance ${variance!.values[negative]}`)
  const plane = elementsOf(x!.shape.slice(2))
  return {
    shape: x!.shape,
    values: x!.values.map((value, i) => {
      const channel = Math.floor(i / plane) % x!.shape[1]!
      const deviation = Math.sqrt(variance!.values[channel]! + epsilon)
      return ((value - mean!.values[channel]!) / deviation) * scale!.values[channel]! + bias!.values[channel]!
    }),
  }
}

const reduceMean: Compute = ([x, axesInput], node) => {
  const { shape, order, reduced, rest } = reduction(x!.shape, node, axesInput)
  const turned = transpose(x!, order)
  return {
    shape,
    values: Float64Array.from({ length: rest }, (_, i) => {
      let sum = 0
      for (let k = 0; k < reduced; k++) sum += turned.values[i * reduced + k]!
      return sum / reduced
    }),
  }
}

/** A mean over some axes: the order that puts these last, how many elements they have, and the shape that is left. */
export const reduction = (shape: readonly number[], node: OnnxNode, axesInput: Tensor | undefined) => {
  const given = axesInput === undefined ? node.attributes.get('axes') : [...axesInput.values]
  const axes = normaliseAxes(
    Array.isArray(given) ? (given as number[]) : shape.map((_, i) => i),
    shape.length,
  )
  const kept = shape.map((_, i) => i).filter((axis) => !axes.includes(axis))
  const keepsDimensions = scalarAttributes(node).number('keepdims', 1) !== 0
  const reduced = elementsOf(axes.map((axis) => shape[axis]!))
  return {
    order: [...kept, ...axes],
    reduced,
    rest: elementsOf(shape) / reduced,
    shape: keepsDimensions
      ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : kept.map((axis) => shape[axis]!),
  }
}

const reshaped = (x: Tensor, shape: readonly number[]): Tensor => {
  if (elementsOf(shape) !== x.values.length || shape.some((size) => !Number.isInteger(size)))
    throw new NodeError(`makes [${shape}] of [${x.shape}]`)
  return { shape, values: x.values }
}

const reshape: Compute = ([x, asked], node) => {
  const zeroStays = scalarAttributes(node).number('allowzero', 0) === 0
  const shape = [...asked!.values].map((size, i) => (size === 0 && zeroStays ? (x!.shape[i] ?? 0) : size))
  const unknown = shape.indexOf(-1)
  // The batch is one here, whatever the exporter had: a shape without a free dimension may carry its own.
  if (unknown >= 0) shape[unknown] = x!.values.length / elementsOf(shape.filter((_, i) => i !== unknown))
  return reshaped(x!, shape)
}

const softmax: Compute = ([x], node) => {
  const [axis] = normaliseAxes([scalarAttributes(node).number('axis', -1)], x!.shape.length)
  if (axis !== x!.shape.length - 1)
    throw new NodeError('is over another axis than the last, which is not known')
  const columns = x!.shape.at(-1)!
  const values = new Float64Array(x!.values.length)
  for (let start = 0; start < values.length; start += columns) {
    const row = x!.values.subarray(start, start + columns)
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const total = row.reduce((sum, value) => sum + Math.exp(value - most), 0)
    row.forEach((value, i) => {
      values[start + i] = Math.exp(value - most) / total
    })
  }
  return { shape: x!.shape, values }
}

const squeeze: Compute = ([x, axesInput], node) => {
  const given = axesInput === undefined ? node.attributes.get('axes') : [...axesInput.values]
  const axes = Array.isArray(given) ? normaliseAxes(given as number[], x!.shape.length) : undefined
  return reshaped(
    x!,
    x!.shape.filter((size, i) => (axes === undefined ? size !== 1 : !axes.includes(i))),
  )
}

const unsqueeze: Compute = ([x, axesInput]) => {
  const rank = x!.shape.length + axesInput!.values.length
  const axes = normaliseAxes([...axesInput!.values], rank)
  const rest = [...x!.shape]
  return reshaped(
    x!,
    Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)),
  )
}

const gather: Compute = ([x, index], node) => {
  if (x!.shape.length !== 1 || scalarAttributes(node).number('axis', 0) !== 0)
    throw new NodeError('takes elements of more than a list, which is not known')
  const values = index!.values.map((at) => x!.values[at < 0 ? at + x!.values.length : at] ?? Number.NaN)
  return { shape: index!.shape, values }
}

const isTensor = (value: Attribute | undefined): value is Tensor =>
  typeof value === 'object' && !Array.isArray(value)

const constant: Compute = (_, { attributes }) => {
  const value = attributes.get('value') ?? attributes.get('value_float') ?? attributes.get('value_int')
  if (typeof value === 'number') return { shape: [], values: Float64Array.of(value) }
  const list = value ?? attributes.get('value_floats') ?? attributes.get('value_ints')
  if (Array.isArray(list)) return { shape: [list.length], values: Float64Array.from(list as number[]) }
  if (isTensor(value)) return value
  throw new NodeError('holds no tensor of numbers')
}

const averageOf = (inside: readonly number[], area: number, node: OnnxNode): number => {
  const count = scalarAttributes(node).number('count_include_pad', 0) === 0 ? inside.length : area
  return inside.reduce((sum, value) => sum + value, 0) / Math.max(count, 1)
}

const identity: Compute = ([x]) => x!

const OPERATORS: ReadonlyMap<string, Compute> = new Map([
  ['Gemm', gemm],
  ['MatMul', matmul],
  ['Conv', convolve],
  ['BatchNormalization', batchNormalise],
  ['MaxPool', pool((inside) => inside.reduce((a, b) => Math.max(a, b), inside[0] ?? 0))],
  ['AveragePool', pool(averageOf)],
  ['GlobalAveragePool', pool(averageOf)],
  ['ReduceMean', reduceMean],
  ['Add', binary((a, b) => a + b)],
  ['Sub', binary((a, b) => a - b)],
  ['Mul', binary((a, b) => a * b)],
  [
    'Div',
    binary((a, b) => {
      if (b === 0) throw new NodeError('divides by zero')
      return a / b
    }),
  ],
  ['Relu', unary((value) => Math.max(0, value))],
  ['Softmax', softmax],
  ['Reshape', reshape],
  [
    'Flatten',
    ([x], node) => {
      const axis = scalarAttributes(node).number('axis', 1)
      const at = axis < 0 ? axis + x!.shape.length : axis
      return reshaped(x!, [elementsOf(x!.shape.slice(0, at)), elementsOf(x!.shape.slice(at))])
    },
  ],
  [
    'Transpose',
    ([x], { attributes }) => {
      const order = attributes.get('perm')
      return transpose(x!, Array.isArray(order) ? (order as number[]) : x!.shape.map((_, i) => i).reverse())
    },
  ],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Identity', identity],
  ['Dropout', identity],
  ['Cast', identity],
  ['Constant', constant],
  ['Shape', ([x]) => ({ shape: [x!.shape.length], values: Float64Array.from(x!.shape) })],
  ['Gather', gather],
  [
    'Concat',
    (parts) => {
      if (parts.some((part) => part!.shape.length !== 1))
        throw new NodeError('joins more than lists, which is not known')
      const values = Float64Array.from(parts.flatMap((part) => [...part!.values]))
      return { shape: [values.length], values }
    },
  ],
])

export const KNOWN_OPERATORS: readonly string[] = [...OPERATORS.keys()]

/** @throws NodeError where the operator is unknown, or its operands are not its own */
export const evaluateNode = (node: OnnxNode, inputs: readonly (Tensor | undefined)[]): Tensor => {
  const compute = OPERATORS.get(node.operator)
  if (compute === undefined)
    throw new NodeError(`its operator ${node.operator} is not known; known: ${KNOWN_OPERATORS.join(', ')}`)
  if (node.operator !== 'Constant' && inputs[0] === undefined) throw new NodeError('has no operand')
  return compute(inputs, node)
}

/** How an error in a node is told. */
export type InNode = <Result>(node: OnnxNode, compute: () => Result) => Result

/** All values of a model on one input, by their names. */
export const evaluate = (
  model: OnnxModel,
  input: Float64Array,
  inNode: InNode,
): ReadonlyMap<string, Tensor> => {
  const values = new Map(model.constants)
  values.set(model.input.name, { shape: model.input.shape, values: input })
  for (const node of model.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : values.get(name)))
    values.set(
      node.outputs[0]!,
      inNode(node, () => evaluateNode(node, inputs)),
    )
  }
  return values
}
