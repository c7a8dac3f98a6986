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

const bytesOf = (array: Int8Array | Int16Array | Int32Array): Bytes => new Uint8Array(array.buffer)

export const smallLlama = (shape: LlamaShape, seed: number): GraphModel => {
  const { layers, width, feedForward, heads, kvHeads, vocabulary, context } = shape
  const random = randomOf(seed)
  const dim = width / heads
  const kvWidth = kvHeads * dim
  const weights: Bytes[] = []
  const weight = (array: Int8Array | Int16Array | Int32Array): OperandReference => ({
    kind: 'weight',
    index: weights.push(bytesOf(array)) - 1,
  })
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
  const gain = (): OperandReference =>
    weight(Int32Array.from({ length: width }, () => Math.sqrt(width) * 2 ** 22 + (random() >> 12)))
  const table = weight(
    Int32Array.from({ length: context * dim }, (_, i) => {
      const angle = Math.floor(i / dim) * 10000 ** (-((i % dim) >> 1) / dim)
      return Math.round((i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) * 2 ** 30)
    }),
  )

  const carryHeight = Math.ceil(Math.log2(11 * layers + 7))
  const scratch = 2 ** carryHeight
  const nodes: GraphNode[] = []
  const node = (
    operator: string,
    operands: readonly OperandReference[],
    attributes: readonly number[],
    outputSlot = scratch + nodes.length,
  ): OperandReference => {
    nodes.push(planNode({ name: `${operator}-${nodes.length}`, operator, operands, outputSlot, attributes }))
    return value(outputSlot)
  }
  const norm = (x: OperandReference) => node('rmsnorm', [x, gain()], [width, 40_000, 0, 30 + 22 - FRACTION])
  const product = (x: OperandReference, rows: number, columns: number, residual = NONE) =>
    node(
      'matmul-grouped',
      [x, ...matrix(rows, columns), residual],
      [rows, columns, 0, residual === NONE ? 1 : 3],
    )

  const { request, position, answer, caches } = LLAMA_SLOTS
  const capacities = [shape.promptCapacity, shape.answerCapacity]
  const at = value(position)
  const token = node('current-token', [value(request), value(answer), at], capacities)
  let x = node('embed', [token, ...matrix(vocabulary, width)], [vocabulary, width, FRACTION, 1])
  for (let layer = 0; layer < layers; layer++) {
    const [keys, values] = [caches + 2 * layer, caches + 2 * layer + 1]
    const qkv = product(norm(x), width + 2 * kvWidth, width)
    const turned = node('rope', [qkv, table, at], [width + kvWidth, dim, context])
    node('append', [turned, at], [kvWidth, context, width, FRACTION - CACHE_FRACTION], keys)
    node('append', [qkv, at], [kvWidth, context, width + kvWidth, FRACTION - CACHE_FRACTION], values)
    const multiplier = Math.round((Math.LOG2E / Math.sqrt(dim)) * 2 ** 30)
    const attended = node(
      'attention',
      [turned, value(keys), value(values), at],
      [
        heads,
        heads / kvHeads,
        dim,
        context,
        multiplier,
        14 + FRACTION + CACHE_FRACTION,
        FRACTION - CACHE_FRACTION,
      ],
    )
    x = product(attended, width, width, x)
    const gated = node(
      'swiglu',
      [product(norm(x), 2 * feedForward, width)],
      [feedForward, FRACTION, FRACTION],
    )
    x = product(gated, width, feedForward, x)
  }
  const logits = product(norm(x), vocabulary, width)
  const next = node('sample', [logits, value(request), at], [vocabulary, FRACTION])
  node('write-token', [next, value(request), at, value(answer)], [...capacities, 1, END_TOKEN], answer)
  node('advance', [at], [], position)
  return {
    name: 'small-llama',
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
