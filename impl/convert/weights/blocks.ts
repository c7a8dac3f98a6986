import { halfAt } from './scalars.ts'
import { groupFormat } from './weightFormat.ts'

/**
 * GGUF's plain formats: blocks of 32 weights that are groups at the same time.
 *
 *   Q8_0  d f16 | 32 x int8                   d q
 *   Q4_0  d f16 | 16 bytes                    d (q - 8)
 *   Q4_1  d f16 | m f16 | 16 bytes            d q + m
 *   Q5_0  d f16 | fifth bits u32 | 16 bytes   d (q - 16)
 *   Q5_1  d f16 | m f16 | u32 | 16 bytes      d q + m
 *
 * Byte i of the 16 holds weight i in its lower and weight 16 + i in its upper half. Quants are kept around zero, so a
 * minimum here is that of the middle: d (q - 8) + (m + 8 d).
 */
const GROUP = 32

export const Q8_0 = groupFormat('Q8_0', [GROUP, 34, GROUP], (bytes) => {
  const blocks = bytes.length / 34
  const quants = new Int8Array(blocks * GROUP)
  const scales = new Float64Array(blocks)
  for (let block = 0; block < blocks; block++) {
    const start = block * 34
    scales[block] = halfAt(bytes, start)
    quants.set(new Int8Array(bytes.buffer, bytes.byteOffset + start + 2, GROUP), block * GROUP)
  }
  return { quants, scales }
})

/** A format of 4 or 5 bits, with a minimum or without. */
const nibbles = (name: string, hasMinimum: boolean, hasFifthBit: boolean) => {
  const fifthAt = hasMinimum ? 4 : 2
  const nibblesAt = fifthAt + (hasFifthBit ? 4 : 0)
  const blockBytes = nibblesAt + GROUP / 2
  const middle = hasFifthBit ? 16 : 8
  return groupFormat(name, [GROUP, blockBytes, GROUP], (bytes) => {
    const blocks = bytes.length / blockBytes
    const quants = new Int8Array(blocks * GROUP)
    const scales = new Float64Array(blocks)
    const minimums = new Float64Array(blocks)
    for (let block = 0; block < blocks; block++) {
      const start = block * blockBytes
      scales[block] = halfAt(bytes, start)
      if (hasMinimum) minimums[block] = halfAt(bytes, start + 2) + middle * scales[block]!
      for (let i = 0; i < GROUP; i++) {
        const byte = bytes[start + nibblesAt + (i % 16)]!
        const low = i < 16 ? byte & 15 : byte >> 4
        const fifth = hasFifthBit ? (bytes[start + fifthAt + (i >> 3)]! >> (i & 7)) & 1 : 0
        quants[block * GROUP + i] = low + 16 * fifth - middle
      }
    }
    return hasMinimum ? { quants, scales, minimums } : { quants, scales }
  })
}

export const Q4_0 = nibbles('Q4_0', false, false)
export const Q4_1 = nibbles('Q4_1', true, false)
export const Q5_0 = nibbles('Q5_0', false, true)
export const Q5_1 = nibbles('Q5_1', true, true)
