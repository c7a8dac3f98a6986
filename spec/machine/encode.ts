import type { AluOperation, BranchOperation, Instruction, LoadOperation, StoreOperation } from './decode.ts'

/**
 * The encoder, the decoder's inverse: what small programs in properties and vectors are assembled with. Fields that
 * do not fit are cut to their width.
 */
const FUNCT3: Readonly<Record<AluOperation | LoadOperation | StoreOperation | BranchOperation, number>> = {
  add: 0,
  sub: 0,
  sll: 1,
  slt: 2,
  sltu: 3,
  xor: 4,
  srl: 5,
  sra: 5,
  or: 6,
  and: 7,
  mul: 0,
  mulh: 1,
  mulhsu: 2,
  mulhu: 3,
  div: 4,
  divu: 5,
  rem: 6,
  remu: 7,
  lb: 0,
  lh: 1,
  lw: 2,
  lbu: 4,
  lhu: 5,
  sb: 0,
  sh: 1,
  sw: 2,
  beq: 0,
  bne: 1,
  blt: 4,
  bge: 5,
  bltu: 6,
  bgeu: 7,
}

const funct7 = (operation: AluOperation): number => {
  switch (operation) {
    case 'sub':
    case 'sra':
      return 0x20
    case 'mul':
    case 'mulh':
    case 'mulhsu':
    case 'mulhu':
    case 'div':
    case 'divu':
    case 'rem':
    case 'remu':
      return 0x01
    default:
      return 0x00
  }
}

/** Bits `high` to `low` of `value`, moved to start at bit `to`. */
const field = (value: number, high: number, low: number, to: number): number =>
  ((value >>> low) & (2 ** (high - low + 1) - 1)) << to

const shifts: readonly string[] = ['sll', 'srl', 'sra']

const bits = (instruction: Instruction): number => {
  switch (instruction.kind) {
    case 'register': {
      const { operation, rd, rs1, rs2 } = instruction
      return (
        0x33 | (rd << 7) | (FUNCT3[operation] << 12) | (rs1 << 15) | (rs2 << 20) | (funct7(operation) << 25)
      )
    }
    case 'immediate': {
      const { operation, rd, rs1, immediate } = instruction
      const upper = shifts.includes(operation)
        ? field(immediate, 4, 0, 20) | (funct7(operation) << 25)
        : field(immediate, 11, 0, 20)
      return 0x13 | (rd << 7) | (FUNCT3[operation] << 12) | (rs1 << 15) | upper
    }
    case 'load': {
      const { operation, rd, rs1, immediate } = instruction
      return 0x03 | (rd << 7) | (FUNCT3[operation] << 12) | (rs1 << 15) | field(immediate, 11, 0, 20)
    }
    case 'store': {
      const { operation, rs1, rs2, immediate } = instruction
      const offset = field(immediate, 4, 0, 7) | field(immediate, 11, 5, 25)
      return 0x23 | (FUNCT3[operation] << 12) | (rs1 << 15) | (rs2 << 20) | offset
    }
    case 'branch': {
      const { operation, rs1, rs2, immediate } = instruction
      const offset =
        field(immediate, 11, 11, 7) |
        field(immediate, 4, 1, 8) |
        field(immediate, 10, 5, 25) |
        field(immediate, 12, 12, 31)
      return 0x63 | (FUNCT3[operation] << 12) | (rs1 << 15) | (rs2 << 20) | offset
    }
    case 'lui':
      return 0x37 | (instruction.rd << 7) | (instruction.immediate & ~0xfff)
    case 'auipc':
      return 0x17 | (instruction.rd << 7) | (instruction.immediate & ~0xfff)
    case 'jal': {
      const { rd, immediate } = instruction
      const offset =
        field(immediate, 19, 12, 12) |
        field(immediate, 11, 11, 20) |
        field(immediate, 10, 1, 21) |
        field(immediate, 20, 20, 31)
      return 0x6f | (rd << 7) | offset
    }
    case 'jalr':
      return 0x67 | (instruction.rd << 7) | (instruction.rs1 << 15) | field(instruction.immediate, 11, 0, 20)
    case 'fence':
      return 0x0000_000f
    case 'ecall':
      return 0x0000_0073
    case 'ebreak':
      return 0x0010_0073
    case 'illegal':
      return 0
    default:
      return instruction satisfies never
  }
}

/** A word that decodes to `instruction`, as unsigned 32-bit. */
export const encode = (instruction: Instruction): number => bits(instruction) >>> 0
