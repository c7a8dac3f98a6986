import { createHash } from 'node:crypto'
import { decode } from '../../../spec/machine/decode.ts'

/** What the decoder says of all words, in the keys that `vm decode --all --json` prints. */
export interface DecoderReport {
  /** How many words are legal instructions. */
  readonly legal: number
  /** SHA-256 of the 2^29 bytes of the bitmap in hex. */
  readonly bitmapSha256: string
}

const WORDS = 2 ** 32
/** A bitmap of 128 KiB at a time. */
const BLOCK_WORDS = 2 ** 20

/**
 * Which of the words from `first` on are legal instructions: bit w & 7 of byte w >> 3 is set where the word at offset
 * w is, whatever its operands or target do at run time. `ebreak` decodes, but to nothing else than a trap, so it is
 * not among them; `ecall` and `fence` are. `count` is a multiple of 8.
 */
export const legalBitmap = (first: number, count: number): Uint8Array => {
  const bitmap = new Uint8Array(count / 8)
  for (let offset = 0; offset < count; offset++) {
    // To the decoder a word is 32 bits, signed or not; signed ones are small integers to JavaScript.
    const { kind } = decode((first + offset) | 0)
    if (kind !== 'illegal' && kind !== 'ebreak') bitmap[offset >>> 3]! |= 1 << (offset & 7)
  }
  return bitmap
}

const setBits = (bytes: Uint8Array): number => {
  let count = 0
  for (const byte of bytes) for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Runs the specification's decoder over all 2^32 words: about half a minute. */
export const decodeAll = (onProgress: (words: number) => void = () => {}): DecoderReport => {
  const hash = createHash('sha256')
  let legal = 0
  for (let first = 0; first < WORDS; first += BLOCK_WORDS) {
    const bitmap = legalBitmap(first, BLOCK_WORDS)
    hash.update(bitmap)
    legal += setBits(bitmap)
    onProgress(first + BLOCK_WORDS)
  }
  return { legal, bitmapSha256: hash.digest('hex') }
}
