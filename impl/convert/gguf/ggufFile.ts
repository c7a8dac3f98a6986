import { ConvertError, type SourceFile } from '../sourceFile.ts'
import { GGUF_FORMATS } from '../weights/formats.ts'
import { checkPlaces, type TensorPlace, tensorSize } from '../weights/tensorPlace.ts'
import { type GgufReader, ggufReader, type MetadataValue } from './ggufReader.ts'

/**
 * GGUF, versions 2 and 3, little-endian:
 *
 *   "GGUF" | version u32 | tensors u64 | keys u64
 *   each key:     name | type u32 | value               (a string is its length u64 and its bytes)
 *   each tensor:  name | dimensions u32 | each u64, innermost first | format u32 | offset u64
 *   padding to `general.alignment`, then the tensors, each aligned, offsets counted from here
 */
const MAGIC = 0x4655_4747
const VERSIONS: ReadonlySet<number> = new Set([2, 3])
const DEFAULT_ALIGNMENT = 32
const MAX_ALIGNMENT = 2 ** 16
const MAX_DIMENSIONS = 4
/** The least that a key and a tensor take in the head. */
const KEY_BYTES = 13
const TENSOR_BYTES = 32

export interface GgufFile {
  readonly source: SourceFile
  readonly metadata: ReadonlyMap<string, MetadataValue>
  readonly tensors: ReadonlyMap<string, TensorPlace>
}

/** Reads and checks the head; the tensors stay in the file. @throws ConvertError */
export const readGguf = (source: SourceFile): GgufFile => {
  const reader = ggufReader(source)
  const fail = (place: string, reason: string): never => {
    throw new ConvertError(source.name, place, reason)
  }
  if (reader.uint32() !== MAGIC) fail('', 'is no GGUF file: it does not begin with GGUF')
  const version = reader.uint32()
  if (!VERSIONS.has(version)) fail('', `GGUF version ${version}; versions 2 and 3, little-endian, are read`)
  const tensorCount = reader.uint64('the number of tensors')
  const keyCount = reader.uint64('the number of keys')
  reader.checkCount(keyCount, KEY_BYTES, 'the keys')
  reader.checkCount(tensorCount, TENSOR_BYTES, 'the tensors')

  const metadata = new Map<string, MetadataValue>()
  for (let i = 0; i < keyCount; i++) {
    const key = reader.text(`key ${i}`)
    if (metadata.has(key)) fail(`key ${key}`, 'stands there twice')
    metadata.set(key, reader.value(reader.uint32(), `key ${key}`))
  }
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT
  if (typeof alignment !== 'number' || alignment < 8 || alignment > MAX_ALIGNMENT || alignment % 8 !== 0)
    return fail('key general.alignment', `${alignment} is not a multiple of 8 up to ${MAX_ALIGNMENT}`)

  const infos = Array.from({ length: tensorCount }, (_, i) => readInfo(reader, i, fail))
  const start = Math.ceil(reader.position() / alignment) * alignment
  const tensors = new Map<string, TensorPlace>()
  for (const { name, shape, code, offset } of infos) {
    const place = `tensor ${name}`
    const format = GGUF_FORMATS.get(code)
    if (format === undefined)
      return fail(
        place,
        `has the weight format ${code}; known: ${[...GGUF_FORMATS].map(([number, known]) => `${number} ${known.name}`).join(', ')}`,
      )
    if (offset % alignment !== 0)
      fail(place, `its offset ${offset} is no multiple of the alignment ${alignment}`)
    const bytes = tensorSize(shape, format)
    if (typeof bytes === 'string') return fail(place, bytes)
    if (tensors.has(name)) fail(place, 'stands there twice')
    tensors.set(name, { name, shape, format, source, offset: start + offset, bytes })
  }
  checkPlaces(source, [...tensors.values()], start)
  return { source, metadata, tensors }
}

interface TensorInfo {
  readonly name: string
  readonly shape: readonly number[]
  readonly code: number
  readonly offset: number
}

const readInfo = (
  reader: GgufReader,
  index: number,
  fail: (place: string, reason: string) => never,
): TensorInfo => {
  const name = reader.text(`the name of tensor ${index}`)
  const dimensions = reader.uint32()
  if (dimensions > MAX_DIMENSIONS)
    fail(`tensor ${name}`, `has ${dimensions} dimensions; at most ${MAX_DIMENSIONS}`)
  const shape = Array.from({ length: dimensions }, () =>
    reader.uint64(`a dimension of tensor ${name}`),
  ).reverse()
  return { name, shape, code: reader.uint32(), offset: reader.uint64(`the offset of tensor ${name}`) }
}
