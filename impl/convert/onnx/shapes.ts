import { elementsOf } from '../weights/tensorPlace.ts'
import { MAX_VALUE_ELEMENTS, type OnnxNode } from './onnxFile.ts'

/** What cannot be done with a node; whoever catches it knows which one. */
export class NodeError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NodeError'
  }
}

/** Elements of a shape. @throws NodeError where they are too many */
const countOf = (shape: readonly number[]): number => {
  const count = elementsOf(shape)
  if (!(count <= MAX_VALUE_ELEMENTS))
    throw new NodeError(`makes a value of [${shape}]; at most ${MAX_VALUE_ELEMENTS} elements`)
  return count
}

/** Zeros of a shape. @throws NodeError where they are too many */
export const zeros = (shape: readonly number[]): Float64Array => new Float64Array(countOf(shape))

/** Attributes that are one number, or a list of some. */
export const scalarAttributes = ({ attributes }: OnnxNode) => ({
  number: (name: string, otherwise: number): number => {
    const value = attributes.get(name) ?? otherwise
    if (typeof value !== 'number') throw new NodeError(`its attribute ${name} is no number`)
    return value
  },
  numbers: (name: string, otherwise: readonly number[]): readonly number[] => {
    const value = attributes.get(name) ?? otherwise
    if (
      !Array.isArray(value) ||
      value.length !== otherwise.length ||
      value.some((each) => typeof each !== 'number')
    )
      throw new NodeError(`its attribute ${name} is no list of ${otherwise.length} numbers`)
    return value as readonly number[]
  },
})

export const normaliseAxes = (axes: readonly number[], rank: number): readonly number[] =>
  axes.map((axis) => {
    const at = axis < 0 ? axis + rank : axis
    if (!Number.isInteger(at) || at < 0 || at >= rank) throw new NodeError(`has the axis ${axis} of ${rank}`)
    return at
  })

export const broadcastShape = (a: readonly number[], b: readonly number[]): readonly number[] => {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i + a.length - rank] ?? 1, b[i + b.length - rank] ?? 1]
    if (x !== y && x !== 1 && y !== 1) throw new NodeError(`combines [${a}] and [${b}]`)
    return Math.max(x, y)
  })
}

/** Where each element of a tensor stood, once it is in another place: of its shape there. */
export interface Placement {
  readonly shape: readonly number[]
  readonly index: Uint32Array
}

/** For each element of a shape where it stood: the sum over the axes of place(axis, position) times the axis's stride. */
const placement = (shape: readonly number[], from: (axis: number, position: number) => number): Placement => {
  const own = stridesOf(shape)
  const index = new Uint32Array(countOf(shape))
  for (let at = 0; at < index.length; at++) {
    let place = 0
    for (let i = 0; i < shape.length; i++) place += from(i, Math.floor(at / own[i]!) % shape[i]!)
    index[at] = place
  }
  return { shape, index }
}

/** Elements from one on to the next along each axis. */
const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => elementsOf(shape.slice(axis + 1)))

/** The axes in another order. */
export const permuted = (shape: readonly number[], order: readonly number[]): Placement => {
  const axes = normaliseAxes(order, shape.length)
  if (axes.length !== shape.length || new Set(axes).size !== shape.length)
    throw new NodeError(`orders the axes of [${shape}] as [${order}]`)
  const strides = stridesOf(shape)
  return placement(
    axes.map((axis) => shape[axis]!),
    (axis, position) => position * strides[axes[axis]!]!,
  )
}

/** Repeated to a shape that it broadcasts to. */
export const repeated = (shape: readonly number[], target: readonly number[]): Placement => {
  const added = target.length - shape.length
  const strides = stridesOf(shape)
  if (added < 0 || shape.some((size, axis) => size !== 1 && size !== target[axis + added]))
    throw new NodeError(`repeats [${shape}] to [${target}]`)
  return placement(target, (axis, position) =>
    axis < added || shape[axis - added] === 1 ? 0 : position * strides[axis - added]!,
  )
}

/** A part of each axis: where it starts, in steps of how many, and how many there are. */
export const cutOut = (
  shape: readonly number[],
  parts: readonly { readonly start: number; readonly step: number; readonly count: number }[],
): Placement => {
  const strides = stridesOf(shape)
  return placement(
    parts.map(({ count }) => count),
    (axis, position) => (parts[axis]!.start + parts[axis]!.step * position) * strides[axis]!,
  )
}
