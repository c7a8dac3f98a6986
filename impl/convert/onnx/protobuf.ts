import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { utf8 } from '../sourceFile.ts'

/** Bytes that are no message. */
export class ProtobufError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ProtobufError'
  }
}

/** A field of a message: a number, or bytes (a text, a message, packed numbers). */
interface Field {
  /** Of a varint; 64 bits. */
  readonly integer?: bigint
  readonly bytes?: Bytes
}

/** Of a message, and in a list of numbers that do not stand as raw bytes: what a file's size allows would not fit memory. */
const [MAX_FIELDS, MAX_NUMBERS] = [2 ** 18, 2 ** 24]

const VARINT = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5

const varint = (bytes: Bytes, start: number): readonly [bigint, number] => {
  let [value, shift, at] = [0n, 0n, start]
  for (;;) {
    const byte = bytes[at++]
    if (byte === undefined) throw new ProtobufError('truncated inside of a number')
    if (shift >= 70n) throw new ProtobufError('a number is longer than 64 bits')
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return [BigInt.asUintN(64, value), at]
    shift += 7n
  }
}

/**
 * A message of protocol buffers, its fields by their numbers. Nothing is copied, and inner messages are parsed when they
 * are asked for, so depth costs nothing.
 *
 * @throws ProtobufError where the bytes are no message
 */
export class Message {
  private readonly fields = new Map<number, Field[]>()

  constructor(bytes: Bytes) {
    let count = 0
    for (let at = 0; at < bytes.length; ) {
      if (++count > MAX_FIELDS) throw new ProtobufError(`a message has more than ${MAX_FIELDS} fields`)
      const [tag, afterTag] = varint(bytes, at)
      const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)]
      if (number === 0) throw new ProtobufError('a field has the number 0')
      const [field, end] = read(bytes, afterTag, wire)
      at = end
      const known = this.fields.get(number)
      if (known === undefined) this.fields.set(number, [field])
      else known.push(field)
    }
  }

  has(number: number): boolean {
    return this.fields.has(number)
  }

  /** All bytes under a number, in order. */
  allBytes(number: number): readonly Bytes[] {
    return (this.fields.get(number) ?? []).map(({ bytes }) => {
      if (bytes === undefined) throw new ProtobufError(`field ${number} is a number where bytes belong`)
      return bytes
    })
  }

  messages(number: number): readonly Message[] {
    return this.allBytes(number).map((bytes) => new Message(bytes))
  }

  message(number: number): Message | undefined {
    const last = this.allBytes(number).at(-1)
    return last === undefined ? undefined : new Message(last)
  }

  texts(number: number): readonly string[] {
    return this.allBytes(number).map((bytes) => {
      const text = utf8(bytes)
      if (text === undefined) throw new ProtobufError(`the text in field ${number} is not UTF-8`)
      return text
    })
  }

  text(number: number): string {
    return this.texts(number).at(-1) ?? ''
  }

  /** Signed 64-bit integers, packed or one by one. @throws ProtobufError beyond 2^53 */
  integers(number: number): readonly number[] {
    return (this.fields.get(number) ?? []).flatMap(({ integer, bytes }) => {
      if (integer !== undefined) return [toNumber(integer)]
      const list: number[] = []
      for (let at = 0; at < bytes!.length; ) {
        if (list.length === MAX_NUMBERS)
          throw new ProtobufError(`field ${number} lists more than ${MAX_NUMBERS} numbers`)
        const [value, end] = varint(bytes!, at)
        list.push(toNumber(value))
        at = end
      }
      return list
    })
  }

  integer(number: number): number | undefined {
    return this.integers(number).at(-1)
  }

  /** Single- or double-precision numbers, packed or one by one. */
  floats(number: number, width: 4 | 8 = 4): readonly number[] {
    return this.allBytes(number).flatMap((bytes) => {
      if (bytes.length % width !== 0) throw new ProtobufError(`field ${number} is no list of numbers`)
      if (bytes.length / width > MAX_NUMBERS)
        throw new ProtobufError(`field ${number} lists more than ${MAX_NUMBERS} numbers`)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      return Array.from({ length: bytes.length / width }, (_, i) =>
        width === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
      )
    })
  }
}

const toNumber = (value: bigint): number => {
  const signed = Number(BigInt.asIntN(64, value))
  if (!Number.isSafeInteger(signed)) throw new ProtobufError(`the integer ${signed} is too large`)
  return signed
}

/** The value behind a tag, and where it ends. Fixed numbers are kept as their bytes. */
const read = (bytes: Bytes, start: number, wire: number): readonly [Field, number] => {
  const take = (from: number, length: number): readonly [Field, number] => {
    if (from + length > bytes.length)
      throw new ProtobufError(`truncated: ${length} bytes at ${from} of ${bytes.length}`)
    return [{ bytes: bytes.subarray(from, from + length) }, from + length]
  }
  switch (wire) {
    case VARINT: {
      const [integer, end] = varint(bytes, start)
      return [{ integer }, end]
    }
    case FIXED_64:
      return take(start, 8)
    case FIXED_32:
      return take(start, 4)
    case BYTES: {
      const [length, from] = varint(bytes, start)
      if (length > BigInt(bytes.length))
        throw new ProtobufError(`truncated: ${length} bytes of ${bytes.length}`)
      return take(from, Number(length))
    }
    default:
      throw new ProtobufError(`a field has the wire type ${wire}`)
  }
}

/** What a field is written from. */
export type FieldValue = number | string | Uint8Array | readonly FieldValue[]

const encodeVarint = (value: number): number[] => {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    const more = rest > 127n
    bytes.push(Number(rest & 127n) | (more ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return bytes
}

/** Writes a message: numbers as varints, texts and bytes as they are, lists field by field. */
export const message = (fields: Readonly<Record<number, FieldValue>>): Uint8Array => {
  const bytes: number[] = []
  const put = (number: number, value: FieldValue): void => {
    if (typeof value === 'number') bytes.push(...encodeVarint(number * 8), ...encodeVarint(value))
    else if (typeof value === 'string' || value instanceof Uint8Array) {
      const data = typeof value === 'string' ? new TextEncoder().encode(value) : value
      bytes.push(...encodeVarint(number * 8 + 2), ...encodeVarint(data.length), ...data)
    } else for (const each of value) put(number, each)
  }
  for (const [number, value] of Object.entries(fields)) put(Number(number), value)
  return new Uint8Array(bytes)
}
