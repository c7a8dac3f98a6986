import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { ConvertError, type SourceFile, utf8 } from '../sourceFile.ts'

/** What a file's head may weigh: the vocabularies of today's models take 10 MB. */
export const MAX_HEAD_BYTES = 2 ** 26
const WINDOW_BYTES = 2 ** 16
const MAX_ARRAY_DEPTH = 4

export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** A value of the metadata. 64-bit integers are numbers here; beyond 2^53 they are refused. */
export type MetadataValue = string | number | boolean | Numbers | readonly MetadataValue[]

interface ScalarType {
  readonly bytes: number
  readonly read: (view: DataView, offset: number) => number
  readonly array: (length: number) => Numbers
}

const SCALARS: ReadonlyMap<number, ScalarType> = new Map<number, ScalarType>([
  [0, { bytes: 1, read: (view, at) => view.getUint8(at), array: (length) => new Uint8Array(length) }],
  [1, { bytes: 1, read: (view, at) => view.getInt8(at), array: (length) => new Int8Array(length) }],
  [2, { bytes: 2, read: (view, at) => view.getUint16(at, true), array: (length) => new Uint16Array(length) }],
  [3, { bytes: 2, read: (view, at) => view.getInt16(at, true), array: (length) => new Int16Array(length) }],
  [4, { bytes: 4, read: (view, at) => view.getUint32(at, true), array: (length) => new Uint32Array(length) }],
  [5, { bytes: 4, read: (view, at) => view.getInt32(at, true), array: (length) => new Int32Array(length) }],
  [
    6,
    { bytes: 4, read: (view, at) => view.getFloat32(at, true), array: (length) => new Float32Array(length) },
  ],
  [
    10,
    {
      bytes: 8,
      read: (view, at) => Number(view.getBigUint64(at, true)),
      array: (length) => new Float64Array(length),
    },
  ],
  [
    11,
    {
      bytes: 8,
      read: (view, at) => Number(view.getBigInt64(at, true)),
      array: (length) => new Float64Array(length),
    },
  ],
  [
    12,
    { bytes: 8, read: (view, at) => view.getFloat64(at, true), array: (length) => new Float64Array(length) },
  ],
])
const IS_INTEGER_64: ReadonlySet<number> = new Set([10, 11])
const BOOLEAN = 7
const STRING = 8
const ARRAY = 9

/** Reads a GGUF file's head from front to back, through a window; every length is checked before it is believed. */
export interface GgufReader {
  /** Where the next value starts. */
  readonly position: () => number
  readonly uint32: () => number
  /** @throws ConvertError beyond 2^53 */
  readonly uint64: (what: string) => number
  readonly text: (what: string) => string
  readonly value: (type: number, key: string) => MetadataValue
  /** @throws ConvertError where `count` things of at least `bytes` cannot be left */
  readonly checkCount: (count: number, bytes: number, what: string) => void
}

export const ggufReader = (source: SourceFile): GgufReader => {
  const end = Math.min(source.size, MAX_HEAD_BYTES)
  let [position, windowStart] = [0, 0]
  let window: Bytes = new Uint8Array(0)

  const fail = (place: string, reason: string): never => {
    throw new ConvertError(source.name, place, reason)
  }

  const checkLeft = (bytes: number, what: string): void => {
    if (bytes <= end - position) return
    if (end < source.size) fail(what, `the head of the file is larger than ${MAX_HEAD_BYTES} bytes`)
    fail(what, `truncated: ${bytes} bytes at byte ${position} of a file of ${source.size}`)
  }

  const take = (length: number, what: string): Bytes => {
    checkLeft(length, what)
    if (length > WINDOW_BYTES) {
      position += length
      return source.read(position - length, length)
    }
    if (position + length > windowStart + window.length) {
      windowStart = position
      window = source.read(position, Math.min(WINDOW_BYTES, source.size - position))
    }
    const from = position - windowStart
    position += length
    return window.subarray(from, from + length)
  }

  const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const uint32 = (): number => viewOf(take(4, 'the head')).getUint32(0, true)

  const uint64 = (what: string): number => {
    const value = Number(viewOf(take(8, what)).getBigUint64(0, true))
    return Number.isSafeInteger(value) ? value : fail(what, `${value} is too large`)
  }

  const checkCount = (count: number, bytes: number, what: string): void => checkLeft(count * bytes, what)

  const text = (what: string): string => {
    const bytes = take(uint64(`the length of ${what}`), what)
    return utf8(bytes) ?? fail(what, 'is not UTF-8')
  }

  const boolean = (key: string): boolean => {
    const byte = take(1, key)[0]!
    return byte < 2 ? byte === 1 : fail(key, `a boolean is ${byte}`)
  }

  const numbers = (type: number, scalar: ScalarType, count: number, key: string): Numbers => {
    const view = viewOf(take(count * scalar.bytes, key))
    const array = scalar.array(count)
    for (let i = 0; i < count; i++) {
      array[i] = scalar.read(view, i * scalar.bytes)
      if (IS_INTEGER_64.has(type) && !Number.isSafeInteger(array[i]))
        fail(key, `the integer ${array[i]} is too large`)
    }
    return array
  }

  const array = (key: string, depth: number): MetadataValue => {
    if (depth > MAX_ARRAY_DEPTH) fail(key, `arrays are nested deeper than ${MAX_ARRAY_DEPTH}`)
    const type = uint32()
    const count = uint64(`the length of ${key}`)
    const scalar = SCALARS.get(type)
    if (scalar !== undefined) {
      checkCount(count, scalar.bytes, key)
      return numbers(type, scalar, count, key)
    }
    const least = type === STRING ? 8 : type === ARRAY ? 12 : 1
    checkCount(count, least, key)
    const values: MetadataValue[] = []
    for (let i = 0; i < count; i++) values.push(value(type, key, depth))
    return values
  }

  const value = (type: number, key: string, depth = 0): MetadataValue => {
    const scalar = SCALARS.get(type)
    if (scalar !== undefined) return numbers(type, scalar, 1, key)[0]!
    switch (type) {
      case BOOLEAN:
        return boolean(key)
      case STRING:
        return text(key)
      case ARRAY:
        return array(key, depth + 1)
      default:
        return fail(key, `has the unknown type ${type}`)
    }
  }

  return {
    position: () => position,
    uint32,
    uint64,
    text,
    value: (type, key) => value(type, key),
    checkCount,
  }
}
