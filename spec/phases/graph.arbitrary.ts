import fc from 'fast-check'
import { type Bytes, bigEndian, concat, fromHex } from '../commitments/bytes.ts'
import { keccak } from '../commitments/hash.ts'
import { EMPTY_MEMORY, LEAF_BYTES, leafPath, type Memory, writeBytes } from '../commitments/memory.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { decodeHead, HALF_SLOT_HEIGHT, JOB_ADDRESS } from '../graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../graph/model.ts'
import type { Program } from '../machine/program.ts'
import type { Model } from '../service/model.ts'
import { type GraphRoots, type GraphTrees, graphTrees } from './graph.ts'

/**
 * Small graphs whose descriptors are arbitrary bytes, and states of their runs with arbitrary values. Nothing here can
 * be computed, and nothing need be: a descent joins and opens roots, whatever the operators are.
 */
export interface GraphCase {
  readonly trees: GraphTrees
  readonly model: Model
  /** Tensors by value slot. */
  readonly values: readonly Bytes[]
  readonly state: GraphRoots
}

/** What the program has in the lower half of slot 0. */
export const image = (): Memory =>
  writeBytes(
    EMPTY_MEMORY,
    0x1_0000,
    Uint8Array.from({ length: 70 }, (_, i) => i + 1),
  )

const program = (): Program => ({
  codeBase: 0x1_0000,
  codeHeight: 1,
  codeRoot: keccak(),
  imageRoot: leafPath(image(), JOB_ADDRESS / LEAF_BYTES)[HALF_SLOT_HEIGHT] as Program['imageRoot'],
  entry: 0x1_0004,
})

export const STEP_LIMIT = 1000

const bytesFrom = (seed: number, length: number): Bytes =>
  concat(
    ...Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
      fromHex(keccak(bigEndian(seed, 6), bigEndian(i, 2))),
    ),
  ).subarray(0, length)

const tensors = fc.tuple(fc.nat(), fc.nat({ max: 70 })).map(([seed, length]) => bytesFrom(seed, length))

const nodeOf = (descriptor: Bytes): GraphNode => ({
  name: 'any',
  operator: 'any',
  operands: decodeHead(descriptor).operands,
  outputSlot: decodeHead(descriptor).outputSlot,
  outputType: 'uint8',
  outputElements: 0,
  descriptor,
})

/** 512 bytes with a tile count that is zero in every other one. */
const descriptors = fc.tuple(fc.nat(), fc.boolean()).map(([seed, noTiles]) => {
  const bytes = bytesFrom(seed, 512).slice()
  if (noTiles) bytes.fill(0, 28, 32)
  return bytes
})

/** The model, a graph alone; what the graph phase does not read of it is as good as any. */
export const caseOf = (
  nodes: readonly Bytes[],
  values: readonly Bytes[],
  weights: readonly Bytes[],
  node: number,
): GraphCase => {
  const [valueHeight, weightHeight] = [
    Math.log2(values.length),
    Math.ceil(Math.log2(Math.max(1, weights.length))),
  ]
  const graph: GraphModel = {
    name: 'any',
    nodes: nodes.map(nodeOf),
    weights,
    valueHeight,
    weightHeight,
    inputSlot: 0,
    inputBytes: 0,
    outputSlot: values.length - 1,
  }
  const trees = graphTrees(graph)
  return {
    trees,
    model: {
      program: program(),
      phases: ['graph', 'vm'],
      graphRoot: trees.graph.root,
      nodeCount: nodes.length,
      valueHeight,
      weightHeight,
      weightsRoot: trees.weights.root,
      carryRoot: keccak(),
      inputSlot: 0,
      outputSlot: graph.outputSlot,
      stepLimit: STEP_LIMIT,
    },
    values,
    state: { node, valueRoots: values.map(tensorRoot) },
  }
}

export const graphCases: fc.Arbitrary<GraphCase> = fc
  .record({
    nodes: fc.array(descriptors, { minLength: 1, maxLength: 5 }),
    values: fc
      .integer({ min: 1, max: 3 })
      .chain((height) => fc.array(tensors, { minLength: 2 ** height, maxLength: 2 ** height })),
    weights: fc.array(tensors, { maxLength: 4 }),
    node: fc.nat(),
  })
  .map(({ nodes, values, weights, node }) => caseOf(nodes, values, weights, node % nodes.length))
