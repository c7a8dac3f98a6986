import type { Bytes } from '../../commitments/bytes.ts'

/**
 * Tensors as typed arrays of `count` elements, zeros behind the bytes that are there. A view where the bytes allow
 * it, else a copy: weights are read once a node, so a copy of them at every node would cost more than the sums.
 * Typed arrays have the byte order of the host, and every host that runs this is little-endian, as tensors are.
 */
const aligned = (bytes: Bytes, count: number, width: number): Bytes => {
  if (bytes.length >= count * width && bytes.byteOffset % width === 0) return bytes
  const copy = new Uint8Array(count * width)
  copy.set(bytes.subarray(0, count * width))
  return copy
}

export const uint8Elements = (bytes: Bytes, count: number): Uint8Array => aligned(bytes, count, 1)

export const int8Elements = (bytes: Bytes, count: number): Int8Array => {
  const { buffer, byteOffset } = aligned(bytes, count, 1)
  return new Int8Array(buffer, byteOffset, count)
}

export const int16Elements = (bytes: Bytes, count: number): Int16Array => {
  const { buffer, byteOffset } = aligned(bytes, count, 2)
  return new Int16Array(buffer, byteOffset, count)
}

export const int32Elements = (bytes: Bytes, count: number): Int32Array => {
  const { buffer, byteOffset } = aligned(bytes, count, 4)
  return new Int32Array(buffer, byteOffset, count)
}

/** The bytes of a tensor, in place. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Int8Array | Int16Array | Int32Array): Bytes =>
  new Uint8Array(buffer, byteOffset, byteLength)
