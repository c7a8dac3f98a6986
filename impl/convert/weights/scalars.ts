import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { WeightFormat } from './weightFormat.ts'

const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** IEEE half precision: sign, 5 bits of exponent, 10 of fraction. */
export const halfToNumber = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The half-precision number at a byte offset. */
export const halfAt = (bytes: Bytes, offset: number): number =>
  halfToNumber(bytes[offset]! | (bytes[offset + 1]! << 8))

const scalar = (
  name: string,
  blockBytes: number,
  read: (view: DataView, offset: number) => number,
): WeightFormat => ({
  name,
  blockElements: 1,
  blockBytes,
  decode: (bytes) => {
    const view = viewOf(bytes)
    const weights = new Float32Array(bytes.length / blockBytes)
    for (let i = 0; i < weights.length; i++) weights[i] = read(view, i * blockBytes)
    return weights
  },
})

export const F32 = scalar('F32', 4, (view, offset) => view.getFloat32(offset, true))
export const F64 = scalar('F64', 8, (view, offset) => view.getFloat64(offset, true))
export const F16 = scalar('F16', 2, (view, offset) => halfToNumber(view.getUint16(offset, true)))

const word = new DataView(new ArrayBuffer(4))
/** The upper half of a single-precision number. */
export const BF16 = scalar('BF16', 2, (view, offset) => {
  word.setUint16(2, view.getUint16(offset, true), true)
  return word.getFloat32(0, true)
})
