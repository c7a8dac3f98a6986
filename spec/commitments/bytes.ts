import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'

/** A byte string. Never mutated once it has been handed on. */
export type Bytes = Uint8Array

/** Lower-case hex with the prefix `0x`, the form in which roots and hashes are compared and printed. */
export type Hex = `0x${string}`

export const toHex = (bytes: Bytes): Hex => `0x${bytesToHex(bytes)}`
export const fromHex = (hex: Hex): Bytes => hexToBytes(hex.slice(2))
export const concat = (...parts: readonly Bytes[]): Bytes => concatBytes(...parts)

/** `value` as `width` bytes, most significant first: the order of packed preimages, as on the chain. */
export const bigEndian = (value: number | bigint, width: number): Bytes => {
  const bytes = new Uint8Array(width)
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw new RangeError(`${value} is no integer`)
    // Division by a power of two is exact: no number needs a bigint to be taken apart. A byte takes the lowest 8 bits.
    let rest = value
    for (let i = width - 1; i >= 0; i--) {
      bytes[i] = rest
      rest = Math.floor(rest / 0x100)
    }
    return bytes
  }
  let rest = value
  for (let end = width; end > 0; end -= LIMB_BYTES) {
    // So many bytes at once are a number, whose bytes cost less than a bigint's.
    let limb = Number(BigInt.asUintN(8 * LIMB_BYTES, rest))
    for (let i = end - 1; i >= Math.max(0, end - LIMB_BYTES); i--) {
      bytes[i] = limb
      limb = Math.floor(limb / 0x100)
    }
    rest >>= BigInt(8 * LIMB_BYTES)
  }
  return bytes
}

const LIMB_BYTES = 6

export const fromBigEndian = (bytes: Bytes): bigint =>
  bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)

/** `value` as `width` bytes, least significant first: the order of tensors and of the machine's memory. */
export const littleEndian = (value: number | bigint, width: number): Bytes =>
  bigEndian(value, width).reverse()

/** The unsigned 32-bit little-endian word at `offset`; bytes beyond the end read as zero. */
export const wordAt = (bytes: Bytes, offset: number): number =>
  ((bytes[offset] ?? 0) |
    ((bytes[offset + 1] ?? 0) << 8) |
    ((bytes[offset + 2] ?? 0) << 16) |
    ((bytes[offset + 3] ?? 0) << 24)) >>>
  0

/** Whether `value` is an unsigned integer of so many bits, at most 53. */
export const isUint = (value: number, bits: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits
