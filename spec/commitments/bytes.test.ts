import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigEndian, concat, fromBigEndian, fromHex, isUint, littleEndian, toHex, wordAt } from './bytes.ts'
import { keccak } from './hash.ts'

const bytes = fc.uint8Array({ maxLength: 40, size: 'max' })

// Rationale: preimages and witnesses are put together from these; an order or a width that is off by one is another
// commitment on the chain.
describe('bytes', () => {
  test('BYTES-1 big-endian and little-endian are each other reversed, and the number comes back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 8, max: 12 }),
        (value, width) => {
          const big = bigEndian(value, width)
          expect(big).toHaveLength(width)
          expect(fromBigEndian(big)).toBe(value)
          expect(littleEndian(value, width)).toEqual(big.toReversed())
        },
      ),
    )
    expect(bigEndian(0x01_02_03, 4)).toEqual(Uint8Array.of(0, 1, 2, 3))
    expect(littleEndian(0x01_02_03, 4)).toEqual(Uint8Array.of(3, 2, 1, 0))
    // Beyond the width the number is taken modulo 2^(8 width).
    expect(bigEndian(0x1_02, 1)).toEqual(Uint8Array.of(2))
    expect(bigEndian(-1, 4)).toEqual(Uint8Array.of(255, 255, 255, 255))
  })

  test('BYTES-1 what is no integer is a mistake of whoever asks', () => {
    for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => bigEndian(value, 4)).toThrow(new RangeError(`${value} is no integer`))
  })

  test('BYTES-2 hex goes there and back', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        expect(fromHex(toHex(given))).toEqual(given)
      }),
    )
    expect(toHex(Uint8Array.of(0, 10, 255))).toBe('0x000aff')
  })

  test('BYTES-3 a word is four bytes, little-endian; beyond the end they are zero', () => {
    fc.assert(
      fc.property(bytes, fc.nat({ max: 50 }), (given, offset) => {
        const four = Uint8Array.from({ length: 4 }, (_, i) => given[offset + i] ?? 0)
        expect(wordAt(given, offset)).toBe(new DataView(four.buffer).getUint32(0, true))
      }),
    )
  })

  test('BYTES-4 concat joins, and the hash of parts is the hash of their concatenation', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (parts) => {
        const whole = concat(...parts)
        expect([...whole]).toEqual(parts.flatMap((part) => [...part]))
        expect(keccak(...parts)).toBe(keccak(whole))
        expect(keccak(...parts.map(toHex))).toBe(keccak(whole))
      }),
    )
    // keccak-256 of nothing: Ethereum's, which is not the later SHA3-256.
    expect(keccak()).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
  })

  test('BYTES-5 an unsigned integer of some bits is one', () => {
    for (const [value, bits] of [
      [0, 1],
      [1, 1],
      [2 ** 32 - 1, 32],
      [2 ** 53 - 1, 53],
    ] as const)
      expect(isUint(value, bits)).toBe(true)
    for (const [value, bits] of [
      [2, 1],
      [-1, 8],
      [0.5, 8],
      [2 ** 32, 32],
      [2 ** 53, 60],
      [Number.NaN, 8],
      [Number.POSITIVE_INFINITY, 8],
    ] as const)
      expect(isUint(value, bits)).toBe(false)
  })
})
