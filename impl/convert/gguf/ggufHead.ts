import { type Bytes, concat } from '../../../spec/commitments/bytes.ts'
import { GGUF_FORMATS } from '../weights/formats.ts'
import { tensorSize } from '../weights/tensorPlace.ts'
import type { WeightFormat } from '../weights/weightFormat.ts'

/** What a written file says of itself. */
export type WrittenValue =
  | { readonly kind: 'uint32' | 'float32'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'int32s'; readonly value: readonly number[] }

export interface WrittenTensor {
  readonly name: string
  /** Outermost dimension first. */
  readonly shape: readonly number[]
  readonly format: WeightFormat
}

/** A file's head, and where each tensor is to stand behind it. */
export interface GgufHead {
  /** To the first tensor. */
  readonly bytes: Bytes
  /** Start of each tensor, from the start of the file. */
  readonly offsets: readonly number[]
  /** Of the whole file. */
  readonly size: number
}

const ALIGNMENT = 32
const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT

const fixed = (length: number, write: (view: DataView) => void): Bytes => {
  const bytes = new Uint8Array(length)
  write(new DataView(bytes.buffer))
  return bytes
}
const uint32 = (value: number): Bytes => fixed(4, (view) => view.setUint32(0, value, true))
const uint64 = (value: number): Bytes => fixed(8, (view) => view.setBigUint64(0, BigInt(value), true))
const float32 = (value: number): Bytes => fixed(4, (view) => view.setFloat32(0, value, true))
const text = (value: string): Bytes => {
  const bytes = new TextEncoder().encode(value)
  return concat(uint64(bytes.length), bytes)
}
const array = (type: number, items: readonly Bytes[]): Bytes =>
  concat(uint32(9), uint32(type), uint64(items.length), ...items)

const encodeValue = (written: WrittenValue): Bytes => {
  switch (written.kind) {
    case 'uint32':
      return concat(uint32(4), uint32(written.value))
    case 'float32':
      return concat(uint32(6), float32(written.value))
    case 'boolean':
      return concat(uint32(7), new Uint8Array([written.value ? 1 : 0]))
    case 'string':
      return concat(uint32(8), text(written.value))
    case 'strings':
      return array(8, written.value.map(text))
    case 'int32s':
      return array(
        5,
        written.value.map((value) => uint32(value >>> 0)),
      )
  }
}

const codeOf = (format: WeightFormat): number => [...GGUF_FORMATS].find(([, known]) => known === format)![0]

/** The head of a GGUF file, version 3. @throws RangeError where a tensor cannot have its shape in its format */
export const ggufHead = (
  metadata: Readonly<Record<string, WrittenValue>>,
  tensors: readonly WrittenTensor[],
): GgufHead => {
  let end = 0
  const starts = tensors.map(({ name, shape, format }) => {
    const size = tensorSize(shape, format)
    if (typeof size === 'string') throw new RangeError(`tensor ${name}: ${size}`)
    const start = end
    end = align(end + size)
    return start
  })
  const head = concat(
    new TextEncoder().encode('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(Object.keys(metadata).length),
    ...Object.entries(metadata).map(([key, value]) => concat(text(key), encodeValue(value))),
    ...tensors.map(({ name, shape, format }, i) =>
      concat(
        text(name),
        uint32(shape.length),
        ...[...shape].reverse().map(uint64),
        uint32(codeOf(format)),
        uint64(starts[i]!),
      ),
    ),
  )
  const bytes = new Uint8Array(align(head.length))
  bytes.set(head)
  return { bytes, offsets: starts.map((start) => bytes.length + start), size: bytes.length + end }
}
