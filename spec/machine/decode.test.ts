import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { codeWord, instruction, opcodeWord } from './machine.arbitrary.ts'

describe('decoder', () => {
  // Rationale: a field read from a wrong bit would make two encodings one, or one two.
  test('VM-1 a legal word other than FENCE is the encoding of what it decodes to', () => {
    fc.assert(
      fc.property(fc.oneof(codeWord, opcodeWord), (word) => {
        const decoded = decode(word)
        if (decoded.kind === 'illegal' || decoded.kind === 'fence') return
        expect(encode(decoded)).toBe(word)
      }),
      { numRuns: 3000 },
    )
  })

  // Rationale: VM-1 alone would hold for a decoder that calls everything illegal.
  test('VM-2 every instruction is decoded from its encoding', () => {
    fc.assert(
      fc.property(instruction, (given) => {
        expect(decode(encode(given))).toEqual(given)
      }),
      { numRuns: 3000 },
    )
  })

  test('VM-66 an instruction without fields has one encoding, and a field that does not fit is cut', () => {
    for (const kind of ['fence', 'ecall', 'ebreak', 'illegal'] as const)
      expect(decode(encode({ kind }))).toEqual({ kind })
    for (const operation of ['sll', 'srl', 'sra'] as const) {
      const shift = (immediate: number) => encode({ kind: 'immediate', operation, rd: 1, rs1: 2, immediate })
      expect(shift(33)).toBe(shift(1))
    }
  })

  // Rationale: these are the encodings that implementations disagree about.
  test.each([
    ['ECALL is one exact word', 0x0000_0073, 'ecall'],
    ['ECALL with an rd is illegal', 0x0000_00f3, 'illegal'],
    ['ECALL with an rs1 is illegal', 0x0000_8073, 'illegal'],
    ['EBREAK is one exact word', 0x0010_0073, 'ebreak'],
    ['EBREAK with an rd is illegal', 0x0010_00f3, 'illegal'],
    ['MRET is illegal', 0x3020_0073, 'illegal'],
    ['WFI is illegal', 0x1050_0073, 'illegal'],
    ['CSRRW is illegal', 0x0000_1073, 'illegal'],
    ['CSRRS cycle (RDCYCLE) is illegal', 0xc000_2573, 'illegal'],
    ['SYSTEM with funct3 4 is illegal', 0x0000_4073, 'illegal'],
    ['FENCE', 0x0ff0_000f, 'fence'],
    ['FENCE.TSO', 0x8330_000f, 'fence'],
    ['FENCE with rd, rs1 and reserved fm', 0xffff_8f8f, 'fence'],
    ['FENCE.I is illegal', 0x0000_100f, 'illegal'],
    ['MISC-MEM with funct3 7 is illegal', 0x0000_700f, 'illegal'],
    ['the zero word is illegal', 0x0000_0000, 'illegal'],
    ['the all-ones word is illegal', 0xffff_ffff, 'illegal'],
    ['a compressed NOP is illegal', 0x0000_0001, 'illegal'],
    ['the HINT ADDI x0, x0, 1 is legal', 0x0010_0013, 'immediate'],
    ['the HINT SLTI x0, x1, -1 is legal', 0xfff0_a013, 'immediate'],
    ['the HINT LUI x0 is legal', 0xffff_f037, 'lui'],
    ['the HINT AUIPC x0 is legal', 0x0000_1017, 'auipc'],
    ['the HINT ADD x0 is legal', 0x0020_8033, 'register'],
    ['a load to x0 is legal', 0x0000_2003, 'load'],
    ['LD (funct3 3) is illegal on RV32', 0x0000_3003, 'illegal'],
    ['LWU (funct3 6) is illegal on RV32', 0x0000_6003, 'illegal'],
    ['load funct3 7 is illegal', 0x0000_7003, 'illegal'],
    ['SD (funct3 3) is illegal on RV32', 0x0000_3023, 'illegal'],
    ['store funct3 4 is illegal', 0x0000_4023, 'illegal'],
    ['branch funct3 2 is illegal', 0x0000_2063, 'illegal'],
    ['branch funct3 3 is illegal', 0x0000_3063, 'illegal'],
    ['JALR with funct3 1 is illegal', 0x0000_1067, 'illegal'],
    ['SLLI by 31', 0x01f0_9093, 'immediate'],
    ['SLLI by 32 is illegal on RV32', 0x0200_9093, 'illegal'],
    ['SLLI with the bit of SRAI is illegal', 0x4000_9093, 'illegal'],
    ['SRLI by 32 is illegal on RV32', 0x0200_d093, 'illegal'],
    ['SRAI', 0x4000_d093, 'immediate'],
    ['SRAI by 32 is illegal on RV32', 0x4200_d093, 'illegal'],
    ['OP funct7 0x20 with funct3 1 is illegal', 0x4000_1033, 'illegal'],
    ['OP funct7 0x02 is illegal', 0x0400_0033, 'illegal'],
    ['ANDN (Zbb) is illegal', 0x4000_7033, 'illegal'],
    ['LR.W (A) is illegal', 0x1000_202f, 'illegal'],
    ['FLW (F) is illegal', 0x0000_2007, 'illegal'],
    ['ADDIW (RV64) is illegal', 0x0000_001b, 'illegal'],
  ] as const)('VM-3 %s', (_, word, kind) => {
    expect(decode(word).kind).toBe(kind)
  })

  // Rationale: an immediate that is wrong in the same way in encoder and decoder passes VM-1 and VM-2. These words
  // were assembled by GNU as.
  test.each([
    ['beq x1, x2, .-4', 0xfe20_8ee3, { kind: 'branch', operation: 'beq', rs1: 1, rs2: 2, immediate: -4 }],
    [
      'bgeu x8, x9, .+2048',
      0x0094_70e3,
      { kind: 'branch', operation: 'bgeu', rs1: 8, rs2: 9, immediate: 2048 },
    ],
    ['jal x1, .-2', 0xffff_f0ef, { kind: 'jal', rd: 1, immediate: -2 }],
    ['jal x0, .+2048', 0x0010_006f, { kind: 'jal', rd: 0, immediate: 2048 }],
    ['jal x5, .+0xff000', 0x000f_f2ef, { kind: 'jal', rd: 5, immediate: 0xf_f000 }],
    ['sw x3, -20(x4)', 0xfe32_2623, { kind: 'store', operation: 'sw', rs1: 4, rs2: 3, immediate: -20 }],
    ['lbu x6, -1(x7)', 0xfff3_c303, { kind: 'load', operation: 'lbu', rd: 6, rs1: 7, immediate: -1 }],
    ['jalr x1, 2047(x2)', 0x7ff1_00e7, { kind: 'jalr', rd: 1, rs1: 2, immediate: 2047 }],
    [
      'mulhsu x10, x11, x12',
      0x02c5_a533,
      { kind: 'register', operation: 'mulhsu', rd: 10, rs1: 11, rs2: 12 },
    ],
    ['lui x31, 0x80000', 0x8000_0fb7, { kind: 'lui', rd: 31, immediate: -(2 ** 31) }],
  ] as const)('VM-4 %s', (_, word, expected) => {
    expect(decode(word)).toEqual(expected)
  })
})
