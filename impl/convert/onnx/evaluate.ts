import { elementsOf } from '../weights/tensorPlace.ts'
import { averagePool, batchNormalise, type Compute, convolve, maxPool } from './evaluateImages.ts'
import type { Attribute, OnnxModel, OnnxNode, Tensor } from './onnxFile.ts'
import {
  broadcastShape,
  cutOut,
  NodeError,
  normaliseAxes,
  type Placement,
  permuted,
  repeated,
  scalarAttributes,
  zeros,
} from './shapes.ts'

/*
 * ONNX's operators in double precision, as plainly as they can be said: shapes and constants come out of this, how
 * large values become, and what a converted model is compared with.
 */

/** A tensor's elements in other places. */
const placed = (x: Tensor, { shape, index }: Placement): Tensor => ({
  shape,
  values: Float64Array.from(index, (from) => x.values[from]!),
})

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

/** A tensor repeated to a shape that it broadcasts to. */
export const expand = (tensor: Tensor, shape: readonly number[]): Tensor =>
  placed(tensor, repeated(tensor.shape, shape))

const transpose = (x: Tensor, order: readonly number[]): Tensor => placed(x, permuted(x.shape, order))

/** Last two dimensions as matrices, those before them side by side; a list is a row on the left, a column on the right. */
const product = (a: Tensor, b: Tensor): Tensor => {
  const [left, right] = [
    a.shape.length === 1 ? [1, ...a.shape] : a.shape,
    b.shape.length === 1 ? [...b.shape, 1] : b.shape,
  ]
  const [rows, inner] = left.slice(-2) as [number, number]
  const [fits, columns] = right.slice(-2) as [number, number]
  if (a.shape.length === 0 || b.shape.length === 0 || inner !== fits)
    throw new NodeError(`multiplies [${a.shape}] and [${b.shape}]`)
  const outer = broadcastShape(left.slice(0, -2), right.slice(0, -2))
  const matrices = elementsOf(outer)
  const x = expand({ shape: left, values: a.values }, [...outer, rows, inner]).values
  const y = expand({ shape: right, values: b.values }, [...outer, inner, columns]).values
  const values = zeros([...outer, rows, columns])
  for (let matrix = 0; matrix < matrices; matrix++)
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < inner; k++) {
        const value = x[(matrix * rows + row) * inner + k]!
        const [from, to] = [(matrix * inner + k) * columns, (matrix * rows + row) * columns]
        for (let column = 0; column < columns; column++) values[to + column]! += value * y[from + column]!
      }
  return {
    shape: [...outer, ...(a.shape.length === 1 ? [] : [rows]), ...(b.shape.length === 1 ? [] : [columns])],
    values,
  }
}

const gemm: Compute = ([a, b, c], node) => {
  const { number } = scalarAttributes(node)
  const turned = (x: Tensor, flag: string): Tensor => (number(flag, 0) === 0 ? x : transpose(x, [1, 0]))
  const [left, right] = [turned(a!, 'transA'), turned(b!, 'transB')]
  if (left.shape.length !== 2 || right.shape.length !== 2)
    throw new NodeError(`multiplies [${left.shape}] and [${right.shape}]`)
  const scaled = product(left, right)
  const alpha = number('alpha', 1)
  const values = scaled.values.map((value) => alpha * value)
  if (c === undefined) return { shape: scaled.shape, values }
  const added = expand(c, scaled.shape).values
  const beta = number('beta', 1)
  return { shape: scaled.shape, values: values.map((value, i) => value + beta * added[i]!) }
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
  const { number } = scalarAttributes(node)
  const given = axesInput === undefined ? node.attributes.get('axes') : [...axesInput.values]
  const listed = normaliseAxes(Array.isArray(given) ? (given as number[]) : [], shape.length)
  // Where no axis is named, all are meant, unless the node says that none is.
  const all = listed.length === 0 && number('noop_with_empty_axes', 0) === 0
  const axes = all ? shape.map((_, i) => i) : listed
  if (new Set(axes).size !== axes.length) throw new NodeError(`names an axis twice: [${axes}]`)
  const kept = shape.map((_, i) => i).filter((axis) => !axes.includes(axis))
  const keepsDimensions = number('keepdims', 1) !== 0
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
  if (elementsOf(shape) !== x.values.length || shape.some((size) => !(Number.isInteger(size) && size >= 0)))
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

/** The order of axes that puts one of them last, and the order that puts it back. */
export const lastAxis = (rank: number, axis: number) => {
  const [at] = normaliseAxes([axis], rank) as [number]
  const others = Array.from({ length: rank }, (_, i) => i).filter((each) => each !== at)
  const order = [...others, at]
  return { order, back: order.map((_, i) => order.indexOf(i)) }
}

const softmax: Compute = ([x], node) => {
  const { order, back } = lastAxis(x!.shape.length, scalarAttributes(node).number('axis', -1))
  const turned = transpose(x!, order)
  const columns = turned.shape.at(-1)!
  const values = new Float64Array(turned.values.length)
  for (let start = 0; start < values.length; start += columns) {
    const row = turned.values.subarray(start, start + columns)
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const total = row.reduce((sum, value) => sum + Math.exp(value - most), 0)
    row.forEach((value, i) => {
      values[start + i] = Math.exp(value - most) / total
    })
  }
  return transpose({ shape: turned.shape, values }, back)
}

/** The axes as a transposition asks for them: backwards unless it says otherwise. */
export const orderOf = ({ attributes }: OnnxNode, shape: readonly number[]): readonly number[] => {
  const given = attributes.get('perm')
  return Array.isArray(given) ? (given as number[]) : shape.map((_, i) => i).reverse()
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

/** What `Slice` takes of a shape: starts and ends beyond it are its own ends, and a negative step goes backwards. */
export const slice = (
  shape: readonly number[],
  [, starts, ends, axesInput, steps]: readonly (Tensor | undefined)[],
): Placement => {
  const axes = normaliseAxes(
    axesInput === undefined ? [...starts!.values.keys()] : [...axesInput.values],
    shape.length,
  )
  if (ends!.values.length !== axes.length || starts!.values.length !== axes.length)
    throw new NodeError(
      `has ${starts!.values.length} starts and ${ends!.values.length} ends for ${axes.length} axes`,
    )
  const parts = shape.map((size, axis) => {
    const at = axes.indexOf(axis)
    if (at < 0) return { start: 0, step: 1, count: size }
    const step = steps?.values[at] ?? 1
    if (step === 0) throw new NodeError('goes by steps of 0')
    const [least, most] = step > 0 ? [0, size] : [-1, size - 1]
    const within = (place: number): number =>
      Math.min(Math.max(place < 0 ? place + size : place, least), most)
    const start = within(starts!.values[at]!)
    return { start, step, count: Math.max(0, Math.ceil((within(ends!.values[at]!) - start) / step)) }
  })
  return cutOut(shape, parts)
}

const shapeOf: Compute = ([x], node) => {
  const { number } = scalarAttributes(node)
  const list = x!.shape.slice(number('start', 0), number('end', x!.shape.length))
  return { shape: [list.length], values: Float64Array.from(list) }
}

const FLOAT_TYPES: readonly number[] = [1, 11]

/** Types of whole numbers cut what is behind the point. */
const cast: Compute = ([x], node) => {
  const type = scalarAttributes(node).number('to', 1)
  return FLOAT_TYPES.includes(type) ? x! : { shape: x!.shape, values: x!.values.map(Math.trunc) }
}

const identity: Compute = ([x]) => x!

/** By name: how many operands it needs, and what it makes of them. */
const OPERATORS: ReadonlyMap<string, readonly [number, Compute]> = new Map<
  string,
  readonly [number, Compute]
>([
  ['Gemm', [2, gemm]],
  ['MatMul', [2, ([a, b]) => product(a!, b!)]],
  ['Conv', [2, convolve]],
  ['BatchNormalization', [5, batchNormalise]],
  ['MaxPool', [1, maxPool]],
  ['AveragePool', [1, averagePool]],
  ['GlobalAveragePool', [1, averagePool]],
  ['ReduceMean', [1, reduceMean]],
  ['Add', [2, binary((a, b) => a + b)]],
  ['Sub', [2, binary((a, b) => a - b)]],
  ['Mul', [2, binary((a, b) => a * b)]],
  [
    'Div',
    [
      2,
      binary((a, b) => {
        if (b === 0) throw new NodeError('divides by zero')
        return a / b
      }),
    ],
  ],
  ['Relu', [1, unary((value) => Math.max(0, value))]],
  ['Softmax', [1, softmax]],
  ['Reshape', [2, reshape]],
  [
    'Flatten',
    [
      1,
      ([x], node) => {
        const axis = scalarAttributes(node).number('axis', 1)
        const at = axis < 0 ? axis + x!.shape.length : axis
        if (!(at >= 0 && at <= x!.shape.length))
          throw new NodeError(`has the axis ${axis} of ${x!.shape.length}`)
        return reshaped(x!, [elementsOf(x!.shape.slice(0, at)), elementsOf(x!.shape.slice(at))])
      },
    ],
  ],
  ['Transpose', [1, ([x], node) => transpose(x!, orderOf(node, x!.shape))]],
  ['Squeeze', [1, squeeze]],
  ['Unsqueeze', [2, unsqueeze]],
  ['Slice', [3, (inputs) => placed(inputs[0]!, slice(inputs[0]!.shape, inputs))]],
  ['Identity', [1, identity]],
  ['Dropout', [1, identity]],
  ['Cast', [1, cast]],
  ['Constant', [0, constant]],
  ['Shape', [1, shapeOf]],
  ['Gather', [2, gather]],
  [
    'Concat',
    [
      1,
      (parts) => {
        if (parts.some((part) => part!.shape.length !== 1))
          throw new NodeError('joins more than lists, which is not known')
        const values = Float64Array.from(parts.flatMap((part) => [...part!.values]))
        return { shape: [values.length], values }
      },
    ],
  ],
])

export const KNOWN_OPERATORS: readonly string[] = [...OPERATORS.keys()]

/** @throws NodeError where the operator is unknown, or its operands are not its own */
const evaluateNode = (node: OnnxNode, inputs: readonly (Tensor | undefined)[]): Tensor => {
  const known = OPERATORS.get(node.operator)
  if (known === undefined)
    throw new NodeError(`its operator ${node.operator} is not known; known: ${KNOWN_OPERATORS.join(', ')}`)
  const [least, compute] = known
  const missing = Array.from({ length: least }, (_, i) => i).find((i) => inputs[i] === undefined)
  if (missing !== undefined) throw new NodeError(`has no operand ${missing}`)
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
  for (const node of model.nodes)
    inNode(node, () => {
      const inputs = node.inputs.map((name) => {
        if (name === '') return undefined
        const value = values.get(name)
        if (value === undefined) throw new NodeError(`reads ${name}, a further output that is not known`)
        return value
      })
      const output = node.outputs[0] ?? ''
      if (output === '') throw new NodeError('has no output')
      values.set(output, evaluateNode(node, inputs))
    })
  return values
}
