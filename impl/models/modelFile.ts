import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Bytes, concat, littleEndian, toHex, wordAt } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import { DESCRIPTOR_BYTES } from '../../spec/graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../../spec/graph/graphModel.ts'
import { nodeFromDescriptor } from '../graph/node.ts'
import { HASH_BYTES } from '../keccak/kernel.ts'
import { GROUP_BYTES, tensorRootOfPages } from '../keccak/treeRoot.ts'
import { headerFault, headerSchema, type ModelHeader, type TensorShape, tensorBytes } from './modelHeader.ts'

/**
 * A model in one file:
 *
 *   bytes 0..3    the letters OPML
 *   bytes 4..7    format version, 3; 32-bit little-endian, as the next
 *   bytes 8..11   H, bytes of the header
 *   bytes 12..43  keccak-256 of header and descriptors
 *   H bytes       header: JSON in UTF-8, `headerSchema`
 *   512 x nodes   descriptors, in execution order
 *   ...           weights in the order of their slots, each row-major and little-endian, each from a multiple of 64 on
 *   ...           page roots of the weights in the same order, of each weight from a multiple of 64 on: 32 bytes for each
 *                 4 KiB of it
 *
 * What a node does stands in its descriptor alone; the header gives names, shapes and heights, and root and checksum
 * of each weight. So a file is opened without its weights being read, and each is checked when it is. Nor are they
 * hashed again in a dispute: page roots are nodes of the trees below the roots, less than 1% of the file.
 */
export const MAGIC: Bytes = new TextEncoder().encode('OPML')
export const VERSION = 3
export const PREFIX_BYTES = 44
const ALIGNMENT = 64
/** A vocabulary is the largest part of a header. */
const MAX_HEADER_BYTES = 2 ** 26

/** A model with what people want to know of its weights. */
export interface StoredModel extends GraphModel {
  readonly header: ModelHeader
  /** By weight slot: roots of its pages of 4 KiB. */
  readonly pageRoots: readonly Bytes[]
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

/** A model file that is open; its weights are read one by one. */
export interface OpenModel {
  readonly file: string
  readonly header: ModelHeader
  readonly nodes: readonly GraphNode[]
  /** Start of each weight in the file. */
  readonly weightOffsets: readonly number[]
  /** The bytes of one weight. @throws ModelFileError where they do not fit their checksum */
  readonly readWeight: (index: number) => Bytes
  /** The same into bytes that are there: a memory that is shared, say. @throws ModelFileError */
  readonly readWeightInto: (index: number, target: Bytes) => void
  /** The page roots of one weight. @throws ModelFileError where they do not lead to its root */
  readonly readPageRoots: (index: number) => Bytes
  readonly close: () => void
}

const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT

/** Where each weight stands, and its page roots, and where the file ends. */
export const layOutWeights = (
  headerBytes: number,
  nodes: number,
  weights: readonly TensorShape[],
): {
  readonly weights: readonly number[]
  readonly pageRoots: readonly number[]
  readonly end: number
} => {
  let end = PREFIX_BYTES + headerBytes + DESCRIPTOR_BYTES * nodes
  const place = (bytes: number): number => {
    const start = align(end)
    end = start + bytes
    return start
  }
  return {
    weights: weights.map((tensor) => place(tensorBytes(tensor))),
    pageRoots: weights.map((tensor) => place(pageRootsBytes(tensor))),
    end,
  }
}

/** Bytes of a weight's page roots. */
const pageRootsBytes = (tensor: TensorShape): number =>
  Math.ceil(tensorBytes(tensor) / GROUP_BYTES) * HASH_BYTES

/** All that stands before the weights. */
export const encodeHead = (header: ModelHeader, nodes: readonly GraphNode[]): Bytes => {
  const headerBytes = new TextEncoder().encode(JSON.stringify(header))
  const content = concat(headerBytes, ...nodes.map(({ descriptor }) => descriptor))
  return concat(
    MAGIC,
    littleEndian(VERSION, 4),
    littleEndian(headerBytes.length, 4),
    keccak_256(content),
    content,
  )
}

const READ_BYTES = 2 ** 26

/** Opens a file and checks all of it but the weights. @throws ModelFileError */
export const openModelFile = (file: string): OpenModel => {
  const fail = (reason: string): never => {
    throw new ModelFileError(file, reason)
  }
  let descriptor: number
  try {
    // A pipe is not waited for.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return fail(`cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`)
  }
  const fill = (target: Bytes, offset: number): void => {
    for (let done = 0; done < target.length; ) {
      const length = Math.min(READ_BYTES, target.length - done)
      const read = readSync(descriptor, target, done, length, offset + done)
      if (read === 0) fail('truncated')
      done += read
    }
  }
  const take = (offset: number, length: number): Bytes => {
    const bytes = new Uint8Array(length)
    fill(bytes, offset)
    return bytes
  }

  try {
    if (!fstatSync(descriptor).isFile()) fail('is not a file')
    const { header, nodes, places } = readHead(fstatSync(descriptor).size, take, fail)
    const readWeightInto = (index: number, target: Bytes): void => {
      const weight = header.weights[index]!
      fill(target, places.weights[index]!)
      const checksum = toHex(createHash('sha256').update(target).digest())
      if (checksum !== weight.checksum) fail(`weight ${weight.name} is damaged: its checksum does not fit`)
    }
    return {
      file,
      header,
      nodes,
      weightOffsets: places.weights,
      readWeightInto,
      readWeight: (index) => {
        const bytes = new Uint8Array(tensorBytes(header.weights[index]!))
        readWeightInto(index, bytes)
        return bytes
      },
      readPageRoots: (index) => {
        const weight = header.weights[index]!
        const roots = take(places.pageRoots[index]!, pageRootsBytes(weight))
        if ((tensorRootOfPages(roots) as Hash) !== weight.root)
          fail(`weight ${weight.name} is damaged: its page roots do not lead to its root`)
        return roots
      },
      close: () => closeSync(descriptor),
    }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

const readHead = (
  size: number,
  take: (offset: number, length: number) => Bytes,
  fail: (reason: string) => never,
) => {
  if (size < PREFIX_BYTES) fail(`truncated: ${size} bytes`)
  const prefix = take(0, PREFIX_BYTES)
  if (!MAGIC.every((byte, i) => prefix[i] === byte)) fail('not a model file: it does not begin with OPML')
  const version = wordAt(prefix, 4)
  if (version !== VERSION) {
    const remedy = version < VERSION ? ': convert, fetch or synthesise it again' : ''
    fail(`format version ${version}; this program reads version ${VERSION}${remedy}`)
  }
  const headerBytes = wordAt(prefix, 8)
  if (headerBytes > MAX_HEADER_BYTES) fail(`a header of ${headerBytes} bytes; at most ${MAX_HEADER_BYTES}`)
  if (PREFIX_BYTES + headerBytes > size) fail('truncated: the header runs over the end of the file')
  const header = parseHeader(take(PREFIX_BYTES, headerBytes), fail)
  const fault = headerFault(header)
  if (fault !== undefined) fail(fault)
  const places = layOutWeights(headerBytes, header.nodes.length, header.weights)
  const { end } = places
  if (size < end) fail(`truncated: ${size} bytes where the header asks for ${end}`)
  if (size > end) fail(`${size} bytes where the header asks for ${end}`)

  const content = take(PREFIX_BYTES, headerBytes + DESCRIPTOR_BYTES * header.nodes.length)
  const checksum = keccak_256(content)
  if (!checksum.every((byte, i) => prefix[12 + i] === byte))
    fail('damaged: the checksum does not fit header and descriptors')
  const nodes = header.nodes.map((name, i): GraphNode => {
    const start = headerBytes + DESCRIPTOR_BYTES * i
    const node = nodeFromDescriptor(name, content.slice(start, start + DESCRIPTOR_BYTES))
    return node ?? fail(`node ${name} has an operator that this program does not know`)
  })
  return { header, nodes, places }
}

const parseHeader = (bytes: Bytes, fail: (reason: string) => never): ModelHeader => {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fail('damaged: the header is not JSON')
  }
  const parsed = headerSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  return fail(`header field ${issue.path.join('.') || '(all)'}: ${issue.message}`)
}

/** Reads a whole model into memory. @throws ModelFileError where the file is missing, truncated or damaged */
export const readModelFile = (file: string): StoredModel => {
  const open = openModelFile(file)
  try {
    const { header, nodes } = open
    const { name, valueHeight, weightHeight, inputSlot, inputBytes, outputSlot } = header
    const weights = header.weights.map((_, index) => open.readWeight(index))
    const pageRoots = header.weights.map((_, index) => open.readPageRoots(index))
    return {
      name,
      nodes,
      weights,
      header,
      pageRoots,
      valueHeight,
      weightHeight,
      inputSlot,
      inputBytes,
      outputSlot,
    }
  } finally {
    open.close()
  }
}
