import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { halfAt } from './scalars.ts'
import { groupFormat } from './weightFormat.ts'

/**
 * GGUF's formats of super-blocks: 256 weights, whose groups' scales are integers times one f16.
 *
 *   Q4_K  d f16 | dmin f16 | 12 bytes: 8 scales, 8 minimums of 6 bits | 128 bytes        d s q - dmin m
 *   Q5_K  d f16 | dmin f16 | 12 bytes | 32 bytes: fifth bits | 128 bytes                 d s q - dmin m
 *   Q6_K  128 bytes: lower 4 bits | 64 bytes: upper 2 bits | 16 x int8 scales | d f16    d s (q - 32), groups of 16
 */
const SUPER = 256

/** Scale and minimum of group j: 6 bits each, the upper 2 bits of the last four packed above the first four. */
const scaleAndMinimum = (bytes: Bytes, at: number, j: number): readonly [number, number] => {
  const byte = (i: number): number => bytes[at + i]!
  if (j < 4) return [byte(j) & 63, byte(j + 4) & 63]
  return [(byte(j + 4) & 15) | ((byte(j - 4) >> 6) << 4), (byte(j + 4) >> 4) | ((byte(j) >> 6) << 4)]
}

const withMinimums = (name: string, hasFifthBit: boolean) => {
  const nibblesAt = hasFifthBit ? 48 : 16
  const blockBytes = nibblesAt + SUPER / 2
  const middle = hasFifthBit ? 16 : 8
  return groupFormat(name, [SUPER, blockBytes, 32], (bytes) => {
    const blocks = bytes.length / blockBytes
    const quants = new Int8Array(blocks * SUPER)
    const scales = new Float64Array(blocks * 8)
    const minimums = new Float64Array(blocks * 8)
    for (let block = 0; block < blocks; block++) {
      const start = block * blockBytes
      const [d, dmin] = [halfAt(bytes, start), halfAt(bytes, start + 2)]
      for (let j = 0; j < 8; j++) {
        const [scale, minimum] = scaleAndMinimum(bytes, start + 4, j)
        scales[8 * block + j] = d * scale
        minimums[8 * block + j] = middle * d * scale - dmin * minimum
        for (let i = 0; i < 32; i++) {
          // Two groups share 32 bytes: the even one has the lower halves.
          const byte = bytes[start + nibblesAt + 32 * (j >> 1) + i]!
          const low = j % 2 === 0 ? byte & 15 : byte >> 4
          const fifth = hasFifthBit ? (bytes[start + 16 + i]! >> j) & 1 : 0
          quants[SUPER * block + 32 * j + i] = low + 16 * fifth - middle
        }
      }
    }
    return { quants, scales, minimums }
  })
}

export const Q4_K = withMinimums('Q4_K', false)
export const Q5_K = withMinimums('Q5_K', true)

const Q6_K_BYTES = 210

export const Q6_K = groupFormat('Q6_K', [SUPER, Q6_K_BYTES, 16], (bytes) => {
  const blocks = bytes.length / Q6_K_BYTES
  const quants = new Int8Array(blocks * SUPER)
  const scales = new Float64Array(blocks * 16)
  for (let block = 0; block < blocks; block++) {
    const start = block * Q6_K_BYTES
    const d = halfAt(bytes, start + 208)
    for (let group = 0; group < 16; group++)
      scales[16 * block + group] = d * ((bytes[start + 192 + group]! << 24) >> 24)
    for (let i = 0; i < SUPER; i++) {
      // Halves of 128 weights; in each, four quarters of 32 share 64 bytes of lower and 32 bytes of upper bits.
      const [half, quarter, place] = [i >> 7, (i >> 5) & 3, i & 31]
      const lower = bytes[start + 64 * half + 32 * (quarter & 1) + place]!
      const upper = (bytes[start + 128 + 32 * half + place]! >> (2 * quarter)) & 3
      quants[SUPER * block + i] = (quarter < 2 ? lower & 15 : lower >> 4) + 16 * upper - 32
    }
  }
  return { quants, scales }
})
