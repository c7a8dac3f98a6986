/**
 * The decoder of RV32IM: total, so that each of the 2^32 words is exactly one instruction, `illegal` being one of
 * them. Encodings: The RISC-V Instruction Set Manual, volume I, chapters RV32I 2.1 and M 2.0, and chapter "RV32/64G
 * Instruction Set Listings".
 *
 * What the manual leaves to the implementer is settled so: ECALL and EBREAK are the two exact words; every word of
 * opcode MISC-MEM with funct3 0 is FENCE; FENCE.I, the CSR instructions and all that is reserved or belongs to
 * another extension are illegal; HINTs (an x0 destination) are legal and do what they say.
 */

export type AluOperation =
  | 'add'
  | 'sub'
  | 'sll'
  | 'slt'
  | 'sltu'
  | 'xor'
  | 'srl'
  | 'sra'
  | 'or'
  | 'and'
  | 'mul'
  | 'mulh'
  | 'mulhsu'
  | 'mulhu'
  | 'div'
  | 'divu'
  | 'rem'
  | 'remu'

export type LoadOperation = 'lb' | 'lh' | 'lw' | 'lbu' | 'lhu'
export type StoreOperation = 'sb' | 'sh' | 'sw'
export type BranchOperation = 'beq' | 'bne' | 'blt' | 'bge' | 'bltu' | 'bgeu'

/** Register numbers are 0 to 31, immediates signed and in bytes, `lui` and `auipc` already shifted. */
export type Instruction =
  | { readonly kind: 'illegal' | 'fence' | 'ecall' | 'ebreak' }
  | {
      readonly kind: 'register'
      readonly operation: AluOperation
      readonly rd: number
      readonly rs1: number
      readonly rs2: number
    }
  | {
      readonly kind: 'immediate'
      readonly operation: AluOperation
      readonly rd: number
      readonly rs1: number
      readonly immediate: number
    }
  | {
      readonly kind: 'load'
      readonly operation: LoadOperation
      readonly rd: number
      readonly rs1: number
      readonly immediate: number
    }
  | {
      readonly kind: 'store'
      readonly operation: StoreOperation
      readonly rs1: number
      readonly rs2: number
      readonly immediate: number
    }
  | {
      readonly kind: 'branch'
      readonly operation: BranchOperation
      readonly rs1: number
      readonly rs2: number
      readonly immediate: number
    }
  | { readonly kind: 'lui' | 'auipc' | 'jal'; readonly rd: number; readonly immediate: number }
  | { readonly kind: 'jalr'; readonly rd: number; readonly rs1: number; readonly immediate: number }

const ILLEGAL: Instruction = { kind: 'illegal' }

const ECALL = 0x0000_0073
const EBREAK = 0x0010_0073

// By funct3.
const BASE = ['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'or', 'and'] as const
const MULTIPLY = ['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'] as const
const LOADS = ['lb', 'lh', 'lw', undefined, 'lbu', 'lhu', undefined, undefined] as const
const STORES = ['sb', 'sh', 'sw', undefined, undefined, undefined, undefined, undefined] as const
const BRANCHES = ['beq', 'bne', undefined, undefined, 'blt', 'bge', 'bltu', 'bgeu'] as const

// The immediates of the five formats, sign bit always at bit 31.
const immediateI = (word: number): number => word >> 20
const immediateS = (word: number): number => ((word >> 25) << 5) | ((word >>> 7) & 0x1f)
const immediateB = (word: number): number =>
  ((word >> 31) << 12) | ((word << 4) & 0x800) | ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e)
const immediateU = (word: number): number => word & ~0xfff
const immediateJ = (word: number): number =>
  ((word >> 31) << 20) | (word & 0xf_f000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe)

const registerOperation = (funct3: number, funct7: number): AluOperation | undefined => {
  switch (funct7) {
    case 0x00:
      return BASE[funct3]
    case 0x01:
      return MULTIPLY[funct3]
    case 0x20:
      return funct3 === 0 ? 'sub' : funct3 === 5 ? 'sra' : undefined
    default:
      return undefined
  }
}

/** A shift's funct7 is part of its encoding; in the others the same bits belong to the immediate. */
const immediateOperation = (funct3: number, funct7: number): AluOperation | undefined => {
  switch (funct3) {
    case 1:
      return funct7 === 0 ? 'sll' : undefined
    case 5:
      return funct7 === 0 ? 'srl' : funct7 === 0x20 ? 'sra' : undefined
    default:
      return BASE[funct3]
  }
}

const isShift = (funct3: number): boolean => funct3 === 1 || funct3 === 5

/** The instruction that `word` encodes. */
export const decode = (word: number): Instruction => {
  const rd = (word >>> 7) & 0x1f
  const funct3 = (word >>> 12) & 0x7
  const rs1 = (word >>> 15) & 0x1f
  const rs2 = (word >>> 20) & 0x1f
  const funct7 = word >>> 25
  switch (word & 0x7f) {
    case 0x03: {
      const operation = LOADS[funct3]
      return operation ? { kind: 'load', operation, rd, rs1, immediate: immediateI(word) } : ILLEGAL
    }
    case 0x0f:
      return funct3 === 0 ? { kind: 'fence' } : ILLEGAL
    case 0x13: {
      const operation = immediateOperation(funct3, funct7)
      const immediate = isShift(funct3) ? rs2 : immediateI(word)
      return operation ? { kind: 'immediate', operation, rd, rs1, immediate } : ILLEGAL
    }
    case 0x17:
      return { kind: 'auipc', rd, immediate: immediateU(word) }
    case 0x23: {
      const operation = STORES[funct3]
      return operation ? { kind: 'store', operation, rs1, rs2, immediate: immediateS(word) } : ILLEGAL
    }
    case 0x33: {
      const operation = registerOperation(funct3, funct7)
      return operation ? { kind: 'register', operation, rd, rs1, rs2 } : ILLEGAL
    }
    case 0x37:
      return { kind: 'lui', rd, immediate: immediateU(word) }
    case 0x63: {
      const operation = BRANCHES[funct3]
      return operation ? { kind: 'branch', operation, rs1, rs2, immediate: immediateB(word) } : ILLEGAL
    }
    case 0x67:
      return funct3 === 0 ? { kind: 'jalr', rd, rs1, immediate: immediateI(word) } : ILLEGAL
    case 0x6f:
      return { kind: 'jal', rd, immediate: immediateJ(word) }
    case 0x73:
      return word === ECALL ? { kind: 'ecall' } : word === EBREAK ? { kind: 'ebreak' } : ILLEGAL
    default:
      return ILLEGAL
  }
}
