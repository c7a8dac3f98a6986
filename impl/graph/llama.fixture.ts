import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { OperandReference } from '../../spec/graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../../spec/graph/graphModel.ts'
import { planNode } from './node.ts'

/** A language model of LLaMA's architecture with random weights, small enough for the plain executor. */
export interface LlamaShape {
  readonly layers: number
  /** Multiples of 32. */
  readonly width: number
  readonly feedForward: number
  readonly heads: number
  readonly kvHeads: number
  readonly vocabulary: number
  readonly context: number
  readonly promptCapacity: number
  readonly answerCapacity: number
}

export const SMALL_LLAMA: LlamaShape = {
  layers: 2,
  width: 64,
  feedForward: 96,
  heads: 4,
  kvHeads: 2,
  vocabulary: 300,
  context: 24,
  promptCapacity: 20,
  answerCapacity: 8,
}

const FRACTION = 16
const CACHE_FRACTION = 11
const END_TOKEN = 1

const NONE: OperandReference = { kind: 'none', index: 0 }
const value = (index: number): OperandReference => ({ kind: 'value', index })

/** Carry slots; the caches follow. */
export const LLAMA_SLOTS = { request: 0, position: 1, answer: 2, caches: 3 } as const

/** xorshift, so that a seed is a model. */
const randomOf = (seed: number): (() => number) => {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  }
}

const bytesOf = (array: Int8Array | Int16Array | Int32Array | Float32Array): Bytes =>
  new Uint8Array(array.buffer)
const floatBits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!

/** Adds a node; its output's slot where that is not the next of the scratch. */
type AddNode = (
  operator: string,
  operands: readonly OperandReference[],
  attributes: readonly number[],
  outputSlot?: number,
) => OperandReference
type AddWeight = (array: Int8Array | Int16Array | Int32Array | Float32Array) => OperandReference

/** The operators of a format, with random weights. */
interface Dialect {
  readonly embed: (token: OperandReference) => OperandReference
  readonly norm: (x: OperandReference) => OperandReference
  readonly product: (
    x: OperandReference,
    rows: number,
    columns: number,
    residual?: OperandReference,
  ) => OperandReference
  readonly rope: (x: OperandReference, elements: number, at: OperandReference) => OperandReference
  readonly append: (x: OperandReference, offset: number, at: OperandReference, slot: number) => void
  readonly attention: (operands: readonly OperandReference[]) => OperandReference
  readonly swiglu: (x: OperandReference) => OperandReference
  readonly sample: (
    logits: OperandReference,
    request: OperandReference,
    at: OperandReference,
  ) => OperandReference
}

/** Cosine and sine of each pair at each position, as numbers. */
const rotations = (context: number, dim: number): number[] =>
  Array.from({ length: context * dim }, (_, i) => {
    const angle = Math.floor(i / dim) * 10000 ** (-((i % dim) >> 1) / dim)
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)
  })

const fixedDialect = (shape: LlamaShape, random: () => number, weight: AddWeight, node: AddNode): Dialect => {
  const { width, feedForward, heads, kvHeads, vocabulary, context } = shape
  const dim = width / heads
  const kvWidth = kvHeads * dim
  /** w, S, E and M: rows of weights whose products keep their input's size. */
  const matrix = (rows: number, columns: number): readonly OperandReference[] => {
    const whole = Math.ceil(rows / 16) * 16
    const exponent = 14 + 6 + Math.round(Math.log2(columns) / 2)
    return [
      weight(Int8Array.from({ length: whole * columns }, random)),
      weight(Int16Array.from({ length: (whole * columns) / 32 }, () => 16384 + (random() & 8191))),
      weight(Int8Array.from({ length: whole }, () => exponent)),
      weight(Int16Array.from({ length: 2 * whole * Math.ceil(columns / 64) }, () => random() >> 20)),
    ]
  }
  const table = weight(Int32Array.from(rotations(context, dim), (value) => Math.round(value * 2 ** 30)))
  const gain = () =>
    weight(Int32Array.from({ length: width }, () => Math.sqrt(width) * 2 ** 22 + (random() >> 12)))
  const multiplier = Math.round((Math.LOG2E / Math.sqrt(dim)) * 2 ** 30)
  const shifts = [14 + FRACTION + CACHE_FRACTION, FRACTION - CACHE_FRACTION]
  return {
    embed: (token) => node('embed', [token, ...matrix(vocabulary, width)], [vocabulary, width, FRACTION, 1]),
    norm: (x) => node('rmsnorm', [x, gain()], [width, 40_000, 0, 30 + 22 - FRACTION]),
    product: (x, rows, columns, residual = NONE) =>
      node(
        'matmul-grouped',
        [x, ...matrix(rows, columns), residual],
        [rows, columns, 0, residual === NONE ? 1 : 3],
      ),
    rope: (x, elements, at) => node('rope', [x, table, at], [elements, dim, context]),
    append: (x, offset, at, slot) =>
      node('append', [x, at], [kvWidth, context, offset, FRACTION - CACHE_FRACTION], slot),
    attention: (operands) =>
      node('attention', operands, [heads, heads / kvHeads, dim, context, multiplier, ...shifts]),
    swiglu: (x) => node('swiglu', [x], [feedForward, FRACTION, FRACTION]),
    sample: (logits, request, at) => node('sample', [logits, request, at], [vocabulary, FRACTION]),
  }
}

const floatDialect = (shape: LlamaShape, random: () => number, weight: AddWeight, node: AddNode): Dialect => {
  const { width, feedForward, heads, kvHeads, vocabulary, context } = shape
  const dim = width / heads
  const kvWidth = kvHeads * dim
  const uniform = (length: number, most: number, middle = 0) =>
    weight(Float32Array.from({ length }, () => middle + (random() / 2 ** 31) * most))
  const matrix = (rows: number, columns: number) =>
    uniform(Math.ceil(rows / 16) * 16 * columns, Math.sqrt(3 / columns))
  const table = weight(Float32Array.from(rotations(context, dim)))
  return {
    embed: (token) => node('embed-f32', [token, matrix(vocabulary, width)], [vocabulary, width]),
    norm: (x) => node('rmsnorm-f32', [x, uniform(width, 0.2, 1)], [width, floatBits(1e-5)]),
    product: (x, rows, columns, residual = NONE) =>
      node('matmul-f32', [x, matrix(rows, columns), residual], [rows, columns, residual === NONE ? 0 : 2]),
    rope: (x, elements, at) => node('rope-f32', [x, table, at], [elements, dim, context]),
    append: (x, offset, at, slot) => node('append-f32', [x, at], [kvWidth, context, offset], slot),
    attention: (operands) =>
      node('attention-f32', operands, [heads, heads / kvHeads, dim, context, floatBits(1 / Math.sqrt(dim))]),
    swiglu: (x) => node('swiglu-f32', [x], [feedForward]),
    sample: (logits, request, at) => node('sample-f32', [logits, request, at], [vocabulary]),
  }
}

export type NumericFormat = 'fixed' | 'f32'
const DIALECTS = { fixed: fixedDialect, f32: floatDialect }

export const smallLlama = (shape: LlamaShape, seed: number, format: NumericFormat = 'fixed'): GraphModel => {
  const { layers, width, feedForward, heads, kvHeads, vocabulary } = shape
  const kvWidth = (kvHeads * width) / heads
  const carryHeight = Math.ceil(Math.log2(11 * layers + 7))
  const weights: Bytes[] = []
  const nodes: GraphNode[] = []
  const weight: AddWeight = (array) => ({ kind: 'weight', index: weights.push(bytesOf(array)) - 1 })
  const node: AddNode = (operator, operands, attributes, outputSlot = 2 ** carryHeight + nodes.length) => {
    nodes.push(planNode({ name: `${operator}-${nodes.length}`, operator, operands, outputSlot, attributes }))
    return value(outputSlot)
  }
  const write = DIALECTS[format](shape, randomOf(seed), weight, node)

  const { request, position, answer, caches } = LLAMA_SLOTS
  const capacities = [shape.promptCapacity, shape.answerCapacity]
  const at = value(position)
  let x = write.embed(node('current-token', [value(request), value(answer), at], capacities))
  for (let layer = 0; layer < layers; layer++) {
    const [keys, values] = [caches + 2 * layer, caches + 2 * layer + 1]
    const qkv = write.product(write.norm(x), width + 2 * kvWidth, width)
    const turned = write.rope(qkv, width + kvWidth, at)
    write.append(turned, width, at, keys)
    write.append(qkv, width + kvWidth, at, values)
    const attended = write.attention([turned, value(keys), value(values), at])
    x = write.product(attended, width, width, x)
    const gated = write.swiglu(write.product(write.norm(x), 2 * feedForward, width))
    x = write.product(gated, width, feedForward, x)
  }
  const next = write.sample(write.product(write.norm(x), vocabulary, width), value(request), at)
  node('write-token', [next, value(request), at, value(answer)], [...capacities, 1, END_TOKEN], answer)
  node('advance', [at], [], position)
  return {
    name: `small-llama-${format}`,
    nodes,
    weights,
    valueHeight: carryHeight + 1,
    weightHeight: Math.ceil(Math.log2(weights.length)),
    inputSlot: request,
    inputBytes: 4 * (8 + shape.promptCapacity),
    outputSlot: answer,
  }
}

/** A request: greedy where `inverseTemperature` is 0. */
export const requestOf = (prompt: readonly number[], inverseTemperature = 0, seed = 0): Bytes =>
  bytesOf(Int32Array.from([prompt.length, seed, 0, inverseTemperature, 40, 60_000, 0, 0, ...prompt]))
