import fc from 'fast-check'
import { type Bytes, bigEndian, concat, fromHex } from '../../commitments/bytes.ts'
import { keccak, type StateRoot } from '../../commitments/hash.ts'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  leafPath,
  type Memory,
  slotAddress,
  writeBytes,
} from '../../commitments/memory.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import {
  DESCRIPTOR_HEIGHT,
  decodeHead,
  encodeRange,
  HALF_SLOT_HEIGHT,
  JOB_ADDRESS,
  JOB_RANGE_ADDRESS,
} from '../../graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../../graph/graphModel.ts'
import type { Program } from '../../machine/program.ts'
import { graphHeight, type Model } from '../model.ts'
import { commitGraph, type GraphRoots } from './graphState.ts'
import { type GraphTrees, graphTrees } from './graphWitness.ts'

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
      outputBytes: 0,
      mostIterations: 0,
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

// --- What tests of the joints below share --------------------------------------------------------------------

/** A word of the descriptor, read without the code under test. */
export const descriptorWord = ({ trees, state }: GraphCase, i: number): number => {
  const { descriptor } = trees.model.nodes[state.node]!
  return new DataView(descriptor.buffer, descriptor.byteOffset).getUint32(4 * i, true)
}

export const preOf = ({ model, state }: GraphCase): StateRoot => commitGraph(state, model.valueHeight)

/** DESIGN section 4, word for word: six operands, then what the output starts as. */
export const plainTensors = (given: GraphCase): readonly Bytes[] => {
  const { trees, values } = given
  const { weights, weightHeight } = trees.model
  const tensor = (word: number): Bytes => {
    const index = word % 2 ** 30
    const kind = Math.floor(word / 2 ** 30)
    if (kind === 1) return values[index % values.length]!
    return (kind === 2 && weights[index % 2 ** weightHeight]) || new Uint8Array()
  }
  const output = descriptorWord(given, 6)
  return [
    ...Array.from({ length: 6 }, (_, i) => tensor(descriptorWord(given, i))),
    output >= 2 ** 31 ? values[(output % 2 ** 31) % values.length]! : new Uint8Array(),
  ]
}

/** All that stands in the machine's memory when it starts on so many tiles of the node. */
export const plainMemory = (
  given: GraphCase,
  firstTile = 0,
  tileCount = descriptorWord(given, 7) || 1,
  tensors = plainTensors(given),
): Memory => {
  const { trees, state } = given
  const page = writeBytes(image(), JOB_ADDRESS, trees.model.nodes[state.node]!.descriptor)
  const job = writeBytes(page, JOB_RANGE_ADDRESS, encodeRange(firstTile, tileCount))
  return tensors.reduce((memory, bytes, i) => writeBytes(memory, slotAddress(1 + i), bytes), job)
}

/** Flips one bit of byte `at`. */
export const damage = (witness: Bytes, at: number, bit = 0): Bytes =>
  witness.with(at, witness[at]! ^ (1 << (bit % 8)))

/** A part of a witness, and what damage to a word in it is refused for. */
export interface Part {
  readonly name: string
  /** A bitmap is followed by as many words as it has bits set. */
  readonly bitmap: readonly [from: number, to: number]
  readonly words: readonly [from: number, to: number]
  readonly reason: string
}

const bitsSet = (bytes: Bytes): number =>
  bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)

/** A row of words at `from`, of at most `bits`. */
export const partAt = (witness: Bytes, name: string, from: number, bits: number, reason: string): Part => {
  const words = from + Math.ceil(bits / 8)
  const to = words + 32 * bitsSet(witness.subarray(from, words))
  return { name, bitmap: [from, words], words: [words, to], reason }
}

/** The rows of words of a node opening; before them stands the node's index. */
export const nodeParts = (given: GraphCase, witness: Bytes): readonly Part[] => {
  const { nodeCount, valueHeight, weightHeight } = given.model
  const slots = (kind: number, height: number): number[] =>
    [0, 1, 2, 3, 4, 5]
      .map((i) => descriptorWord(given, i))
      .filter((word) => Math.floor(word / 2 ** 30) === kind)
      .map((word) => (word % 2 ** 30) % 2 ** height)
  const values = new Set([...slots(1, valueHeight), (descriptorWord(given, 6) % 2 ** 31) % 2 ** valueHeight])
  const weights = new Set(slots(2, weightHeight))
  const rows: readonly (readonly [string, number, string])[] = [
    ['descriptor', 1 + DESCRIPTOR_HEIGHT + graphHeight(nodeCount), 'DescriptorMismatch'],
    ['values', values.size * (1 + valueHeight), 'PreStateMismatch'],
    ...(weights.size > 0 ? [['weights', weights.size * (1 + weightHeight), 'OperandMismatch'] as const] : []),
  ]
  const parts: Part[] = []
  for (const [name, bits, reason] of rows)
    parts.push(partAt(witness, name, parts.at(-1)?.words[1] ?? 4, bits, reason))
  return parts
}

/** A bit of a word flipped, by `place`; undefined where the part has no word. */
export const damageWord = (witness: Bytes, { words }: Part, place: number, bit: number): Bytes | undefined =>
  words[1] > words[0] ? damage(witness, words[0] + (place % (words[1] - words[0])), bit) : undefined

/** A bit of the bitmap flipped. */
export const damageBitmap = (witness: Bytes, { bitmap }: Part, place: number, bit: number): Bytes =>
  damage(witness, bitmap[0] + (place % (bitmap[1] - bitmap[0])), bit)
