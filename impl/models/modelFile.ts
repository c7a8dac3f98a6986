import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { z } from 'zod'
import { type Bytes, concat, littleEndian, wordAt } from '../../spec/commitments/bytes.ts'
import { DESCRIPTOR_BYTES } from '../../spec/graph/descriptor.ts'
import {
  ELEMENT_TYPES,
  type ElementType,
  type GraphModel,
  type GraphNode,
} from '../../spec/graph/graphModel.ts'
import { nodeFromDescriptor } from '../graph/node.ts'

/**
 * A model in one file:
 *
 *   bytes 0..3   the letters OPML
 *   bytes 4..7   format version, 1; 32-bit little-endian, as the next
 *   bytes 8..11  H, bytes of the header
 *   H bytes      header: JSON in UTF-8, `headerSchema`
 *   512 x nodes  descriptors, in execution order
 *   ...          weights in the order of their slots, each row-major and little-endian, without padding
 *   32 bytes     keccak-256 of all that stands before
 *
 * What a node does stands in its descriptor alone; the header gives names, shapes and heights.
 */
const MAGIC: Bytes = new TextEncoder().encode('OPML')
const VERSION = 1
const PREFIX_BYTES = 12
const CHECKSUM_BYTES = 32
/** Heights of slot trees that the chain accepts. */
const MAX_HEIGHT = 24
/** Room enough for any tensor: a slot. */
const MAX_TENSOR_BYTES = 2 ** 29

export interface TensorShape {
  readonly name: string
  readonly type: ElementType
  /** Outermost dimension first. */
  readonly shape: readonly number[]
}

/** A model with what people want to know of its weights. */
export interface StoredModel extends GraphModel {
  /** One for each of `weights`. */
  readonly weightShapes: readonly TensorShape[]
}

/** A model file that cannot be used. The message names the file and the reason. */
export class ModelFileError extends Error {
  readonly file: string
  readonly reason: string

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`)
    this.name = 'ModelFileError'
    this.file = file
    this.reason = reason
  }
}

const count = z.int().min(0).max(MAX_TENSOR_BYTES)
const height = z.int().min(0).max(MAX_HEIGHT)

const headerSchema = z.strictObject({
  name: z.string().min(1),
  valueHeight: height.min(1),
  weightHeight: height,
  inputSlot: count,
  inputBytes: count,
  outputSlot: count,
  nodes: z.array(z.string().min(1)).min(1),
  weights: z.array(
    z.strictObject({
      name: z.string().min(1),
      type: z.enum(Object.keys(ELEMENT_TYPES) as [ElementType, ...ElementType[]]),
      shape: z.array(count).min(1),
    }),
  ),
})

type Header = z.infer<typeof headerSchema>

const tensorBytes = ({ type, shape }: TensorShape): number =>
  shape.reduce((product, size) => product * size, ELEMENT_TYPES[type].bytes)

export const encodeModel = (model: StoredModel): Bytes => {
  const header: Header = {
    name: model.name,
    valueHeight: model.valueHeight,
    weightHeight: model.weightHeight,
    inputSlot: model.inputSlot,
    inputBytes: model.inputBytes,
    outputSlot: model.outputSlot,
    nodes: model.nodes.map(({ name }) => name),
    weights: model.weightShapes.map(({ name, type, shape }) => ({ name, type, shape: [...shape] })),
  }
  const headerBytes = new TextEncoder().encode(JSON.stringify(header))
  const body = concat(
    MAGIC,
    littleEndian(VERSION, 4),
    littleEndian(headerBytes.length, 4),
    headerBytes,
    ...model.nodes.map(({ descriptor }) => descriptor),
    ...model.weights,
  )
  return concat(body, keccak_256(body))
}

/** Why the parts of a header do not fit together; undefined where they do. */
const headerFault = (header: Header): string | undefined => {
  if (header.weights.length > 2 ** header.weightHeight)
    return `${header.weights.length} weights in a tree of height ${header.weightHeight}`
  if (header.inputSlot >= 2 ** (header.valueHeight - 1))
    return `input slot ${header.inputSlot} is not a carry slot`
  if (header.outputSlot >= 2 ** header.valueHeight)
    return `output slot ${header.outputSlot} in a tree of height ${header.valueHeight}`
  const large = header.weights.find((tensor) => tensorBytes(tensor) > MAX_TENSOR_BYTES)
  return large && `weight ${large.name} does not fit a slot of ${MAX_TENSOR_BYTES} bytes`
}

/**
 * Reads a model from the bytes of a file.
 *
 * @param file the file's name, for the error alone
 * @throws ModelFileError
 */
export const decodeModel = (bytes: Bytes, file: string): StoredModel => {
  const fail = (reason: string): never => {
    throw new ModelFileError(file, reason)
  }
  if (bytes.length < PREFIX_BYTES + CHECKSUM_BYTES) fail(`truncated: ${bytes.length} bytes`)
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) fail('not a model file: it does not begin with OPML')
  const version = wordAt(bytes, 4)
  if (version !== VERSION) fail(`format version ${version}; this program reads version ${VERSION}`)
  const bodyEnd = bytes.length - CHECKSUM_BYTES
  const body = bytes.subarray(0, bodyEnd)
  const checksum = keccak_256(body)
  if (!checksum.every((byte, i) => bytes[bodyEnd + i] === byte))
    fail('truncated or damaged: the checksum does not fit the content')

  const headerEnd = PREFIX_BYTES + wordAt(bytes, 8)
  if (headerEnd > bodyEnd) fail('the header runs over the end of the file')
  const header = parseHeader(body.subarray(PREFIX_BYTES, headerEnd), fail)
  const fault = headerFault(header)
  if (fault !== undefined) fail(fault)
  const sizes = header.weights.map(tensorBytes)
  const expected = sizes.reduce((sum, size) => sum + size, headerEnd + DESCRIPTOR_BYTES * header.nodes.length)
  if (expected !== bodyEnd) fail(`${bodyEnd} bytes of content where the header asks for ${expected}`)

  let offset = headerEnd
  // Copies, so that a tensor of words starts where typed arrays can look at it.
  const take = (length: number): Bytes => {
    offset += length
    return new Uint8Array(body.subarray(offset - length, offset))
  }
  const nodes = header.nodes.map((name): GraphNode => {
    const node = nodeFromDescriptor(name, take(DESCRIPTOR_BYTES))
    return node ?? fail(`node ${name} has an operator that this program does not know`)
  })
  const { name, valueHeight, weightHeight, inputSlot, inputBytes, outputSlot, weights: weightShapes } = header
  const weights = sizes.map(take)
  return { name, nodes, weights, weightShapes, valueHeight, weightHeight, inputSlot, inputBytes, outputSlot }
}

const parseHeader = (bytes: Bytes, fail: (reason: string) => never): Header => {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fail('the header is not JSON')
  }
  const parsed = headerSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  return fail(`header field ${issue.path.join('.') || '(all)'}: ${issue.message}`)
}

/** @throws ModelFileError where the file is missing, truncated or damaged */
export const readModelFile = (file: string): StoredModel => {
  let bytes: Bytes
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new ModelFileError(file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`)
  }
  return decodeModel(bytes, file)
}
