import { type Bytes, wordAt } from '../../commitments/bytes.ts'
import { decodeHead, encodeDescriptor } from '../descriptor.ts'
import { ELEMENT_TYPES } from '../graphModel.ts'
import { ARGMAX } from './argmax.ts'
import { BIAS } from './bias.ts'
import { APPEND } from './fixed/append.ts'
import { ATTENTION } from './fixed/attention.ts'
import { CONV2D } from './fixed/conv2d.ts'
import { ADD, MULTIPLY, RECTIFY } from './fixed/elementwise.ts'
import { EMBED } from './fixed/embed.ts'
import { GATHER } from './fixed/gather.ts'
import { MATMUL_GROUPED } from './fixed/matmulGrouped.ts'
import { AVERAGE_POOL, MAX_POOL } from './fixed/pool.ts'
import { RMSNORM } from './fixed/rmsnorm.ts'
import { ROPE } from './fixed/rope.ts'
import { SAMPLE } from './fixed/sample.ts'
import { SOFTMAX } from './fixed/softmax.ts'
import { SWIGLU } from './fixed/swiglu.ts'
import { APPEND_F32 } from './float/appendF32.ts'
import { ATTENTION_F32 } from './float/attentionF32.ts'
import { ADD_F32, MULTIPLY_F32, RECTIFY_F32, SWIGLU_F32 } from './float/elementwiseF32.ts'
import { EMBED_F32 } from './float/embedF32.ts'
import { MATMUL_F32 } from './float/matmulF32.ts'
import { RMSNORM_F32 } from './float/rmsnormF32.ts'
import { ROPE_F32 } from './float/ropeF32.ts'
import { ARGMAX_F32, SAMPLE_F32 } from './float/sampleF32.ts'
import { AVERAGE_POOL_F32, CONV2D_F32, MAX_POOL_F32, SOFTMAX_F32 } from './float/visionF32.ts'
import { MATMUL_INT16 } from './matmulInt16.ts'
import { MATMUL_UINT8 } from './matmulUint8.ts'
import type { ElementRange, Operator } from './operator.ts'
import { RELU } from './relu.ts'
import { ADVANCE } from './sequence/advance.ts'
import { CURRENT_TOKEN } from './sequence/currentToken.ts'
import { WRITE_TOKEN } from './sequence/writeToken.ts'

/** All operators, by code. Code 0 is no operator: it asks the guest for a whole graph, and stands on job pages only. */
export const OPERATORS: readonly Operator[] = [
  MATMUL_UINT8,
  MATMUL_INT16,
  BIAS,
  RELU,
  ARGMAX,
  CURRENT_TOKEN,
  EMBED,
  RMSNORM,
  MATMUL_GROUPED,
  ROPE,
  APPEND,
  ATTENTION,
  SWIGLU,
  ADD,
  SAMPLE,
  WRITE_TOKEN,
  ADVANCE,
  CONV2D,
  MAX_POOL,
  AVERAGE_POOL,
  RECTIFY,
  MULTIPLY,
  SOFTMAX,
  GATHER,
  EMBED_F32,
  RMSNORM_F32,
  MATMUL_F32,
  ROPE_F32,
  APPEND_F32,
  ATTENTION_F32,
  SWIGLU_F32,
  SAMPLE_F32,
  ADD_F32,
  MULTIPLY_F32,
  RECTIFY_F32,
  CONV2D_F32,
  MAX_POOL_F32,
  AVERAGE_POOL_F32,
  SOFTMAX_F32,
  ARGMAX_F32,
]

export const operatorByCode = (code: number): Operator | undefined =>
  OPERATORS.find((operator) => operator.code === code)

export const operatorByName = (name: string): Operator | undefined =>
  OPERATORS.find((operator) => operator.name === name)

/** The job of a one-phase tower (k = 1): the whole graph in the machine. */
export const WHOLE_GRAPH_JOB: Bytes = encodeDescriptor({
  operands: [],
  outputSlot: 0,
  inPlace: false,
  tileCount: 1,
  operatorCode: 0,
  tileElements: 0,
  attributes: [],
})

export interface TileRange {
  readonly firstTile: number
  readonly tileCount: number
}

export const operatorCodeOf = (descriptor: Bytes): number => wordAt(descriptor, 32)
export const tileElementsOf = (descriptor: Bytes): number => wordAt(descriptor, 36)

/** The whole node, as its descriptor counts tiles: what a run writes where there is no tile phase. */
export const wholeNode = (descriptor: Bytes): TileRange => ({
  firstTile: 0,
  tileCount: decodeHead(descriptor).tileCount,
})

/** The elements of a range of tiles, cut off at the end of the output. */
const elementRange = (
  { firstTile, tileCount }: TileRange,
  tileElements: number,
  elements: number,
): ElementRange => ({
  first: Math.min(firstTile * tileElements, elements),
  end: Math.min((firstTile + tileCount) * tileElements, elements),
})

/**
 * Runs one node, or some tiles of it.
 *
 * @param descriptor 512 bytes
 * @param operands up to six tensors; absent ones, and bytes beyond those given, are zero
 * @param outputBefore what stands in the output slot before: empty, or the old value where the node is in place
 * @returns the output tensor: `outputBefore`, at least as long as the whole output, with the elements of the tiles
 *   that the operator writes; `outputBefore` itself where the operator is unknown
 */
export const executeNode = (
  descriptor: Bytes,
  operands: readonly Bytes[],
  outputBefore: Bytes = new Uint8Array(0),
  tiles: TileRange = wholeNode(descriptor),
): Bytes => {
  const operator = operatorByCode(operatorCodeOf(descriptor))
  if (operator === undefined) return outputBefore
  const elements = operator.outputElements(descriptor)
  const width = ELEMENT_TYPES[operator.outputType].bytes
  const given = Array.from({ length: 6 }, (_, i) => operands[i] ?? new Uint8Array(0))
  const output = new Uint8Array(Math.max(outputBefore.length, elements * width))
  output.set(outputBefore)
  const asked = elementRange(tiles, tileElementsOf(descriptor), elements)
  const written = operator.written?.(descriptor, given) ?? { first: 0, end: elements }
  const range = { first: Math.max(asked.first, written.first), end: Math.min(asked.end, written.end) }
  if (range.first < range.end) output.set(operator.compute(descriptor, given, range), range.first * width)
  return output
}
