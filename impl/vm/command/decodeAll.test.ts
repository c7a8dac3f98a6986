import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { legalBitmap } from './decodeAll.ts'

/**
 * Every instruction of RV32IM as the bits that its encoding fixes and what they are: the "RV32/64G Instruction Set
 * Listings" of the manual once more, written as a table instead of as a decoder. EBREAK is not in it.
 */
const opcode = (value: number): readonly [number, number] => [0x7f, value]
const withFunct3 = (value: number, ...funct3: readonly number[]): (readonly [number, number])[] =>
  funct3.map((code) => [0x707f, value | (code << 12)])
const withFunct7 = (
  value: number,
  funct7: number,
  ...funct3: readonly number[]
): (readonly [number, number])[] =>
  funct3.map((code) => [0xfe00_707f, (value | (code << 12) | (funct7 << 25)) >>> 0])

const ENCODINGS: readonly (readonly [mask: number, match: number])[] = [
  opcode(0x37),
  opcode(0x17),
  opcode(0x6f),
  ...withFunct3(0x67, 0),
  ...withFunct3(0x63, 0, 1, 4, 5, 6, 7),
  ...withFunct3(0x03, 0, 1, 2, 4, 5),
  ...withFunct3(0x23, 0, 1, 2),
  ...withFunct3(0x13, 0, 2, 3, 4, 6, 7),
  ...withFunct7(0x13, 0, 1, 5),
  ...withFunct7(0x13, 0x20, 5),
  ...withFunct7(0x33, 0, 0, 1, 2, 3, 4, 5, 6, 7),
  ...withFunct7(0x33, 0x20, 0, 5),
  ...withFunct7(0x33, 1, 0, 1, 2, 3, 4, 5, 6, 7),
  ...withFunct3(0x0f, 0),
  [0xffff_ffff, 0x73],
]

const isListed = (word: number): boolean => ENCODINGS.some(([mask, match]) => (word & mask) >>> 0 === match)

const isLegal = (word: number): boolean => ((legalBitmap(word - (word % 8), 8)[0]! >> (word % 8)) & 1) === 1

describe('decoder over all words', () => {
  // Rationale: one word that decodes otherwise than the manual says is a program that runs otherwise.
  test('VMCLI-4 the bitmap is that of the listings of the manual, on every opcode, funct3 and funct7', () => {
    fc.assert(
      fc.property(fc.nat(0x1f), fc.nat(0x3ff), (rd, registers) => {
        for (let funct7 = 0; funct7 < 128; funct7++) {
          for (let funct3 = 0; funct3 < 8; funct3++) {
            const first = ((funct7 << 25) | (registers << 15) | (funct3 << 12) | (rd << 7)) >>> 0
            const bitmap = legalBitmap(first, 128)
            for (let low = 0; low < 128; low++) {
              if ((((bitmap[low >> 3]! >> (low & 7)) & 1) === 1) !== isListed(first + low))
                expect.fail(`word 0x${(first + low).toString(16)}`)
            }
          }
        }
      }),
      { numRuns: 5, examples: [[0, 0]] },
    )
  })

  test.each([
    ['ecall', 0x0000_0073, true],
    ['ebreak', 0x0010_0073, false],
    ['ecall with a destination', 0x0000_00f3, false],
    ['wfi', 0x1050_0073, false],
    ['csrrw', 0x3000_1073, false],
    ['fence', 0x0ff0_000f, true],
    ['fence.i', 0x0000_100f, false],
    ['all bits clear', 0, false],
    ['all bits set', 0xffff_ffff, false],
  ])('VMCLI-5 %s', (_, word, legal) => {
    expect(isLegal(word)).toBe(legal)
    expect(isListed(word)).toBe(legal)
  })

  // Rationale: the encodings are apart from each other, so that their sizes add up to what the whole run must count.
  test('VMCLI-6 the listings hold 193,626,113 words', () => {
    const bits = (mask: number): number => [...mask.toString(2)].filter((bit) => bit === '1').length
    expect(ENCODINGS.reduce((sum, [mask]) => sum + 2 ** (32 - bits(mask)), 0)).toBe(193_626_113)
  })
})
