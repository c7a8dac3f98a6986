import { decode, type Instruction } from '../../spec/machine/decode.ts'
import type { Code } from '../../spec/machine/program.ts'

/**
 * The code as the interpreter's loop reads it. For word i of the code:
 *
 *   packed[i]    operation (bits 0..7) | rd (8..13) | rs1 (16..20) | rs2 (24..28); rd 32 stands for "nowhere"
 *   operands[i]  immediate; for lui and auipc the value that they write, for jal and branches the index of the
 *                target's word if the target is aligned, else `MISALIGNED`
 *
 * The operation is the index in `OPERATIONS`. The loop has these numbers as literals, since only literals become a
 * jump table. A word is decoded when it is first executed: most of a large program never is.
 */
export const OPERATIONS = [
  'trap',
  'nop',
  'li',
  ...['add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'],
  ...['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'],
  ...['addi', 'slli', 'slti', 'sltui', 'xori', 'srli', 'srai', 'ori', 'andi'],
  ...['lb', 'lh', 'lw', 'lbu', 'lhu', 'sb', 'sh', 'sw'],
  ...['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'],
  'j',
  'jal',
  'jalr',
  'ecall',
  'undecoded',
  'jr',
] as const

/** No index of a word: a jump there traps. */
export const MISALIGNED = -1
/** The register that is written instead of x0. */
export const NOWHERE = 32

export interface PredecodedCode {
  readonly words: readonly number[]
  readonly base: number
  /** Words; a fetch at or beyond traps. */
  readonly count: number
  readonly packed: Int32Array
  readonly operands: Int32Array
}

const number = new Map<string, number>(OPERATIONS.map((name, i) => [name, i]))

interface Slot {
  readonly name: string
  readonly rd?: number
  readonly rs1?: number
  readonly rs2?: number
  readonly operand?: number
}

export const UNDECODED = OPERATIONS.indexOf('undecoded')

/** Index of the word at `pc`, 0 to 2^30 - 1, any address: those outside the code are at or beyond its count. */
export const wordIndex = (base: number, pc: number): number => (pc - base) >>> 2

/** Registers that hold return addresses, by the calling convention (RISC-V psABI, chapter "Register Convention"). */
const LINK_REGISTERS = [1, 5]

/** Whether a JALR is neither a call nor a return: a switch, most likely. */
export const isJump = ({ rd, rs1 }: { readonly rd: number; readonly rs1: number }): boolean =>
  rd === 0 && !LINK_REGISTERS.includes(rs1)

const target = (base: number, pc: number): number => (pc % 4 === 0 ? wordIndex(base, pc) : MISALIGNED)

const slotOf = (instruction: Instruction, base: number, pc: number): Slot => {
  switch (instruction.kind) {
    case 'register': {
      const { operation, rd, rs1, rs2 } = instruction
      return rd === 0 ? { name: 'nop' } : { name: operation, rd, rs1, rs2 }
    }
    case 'immediate': {
      const { operation, rd, rs1, immediate } = instruction
      return rd === 0 ? { name: 'nop' } : { name: `${operation}i`, rd, rs1, operand: immediate }
    }
    case 'lui':
      return { name: 'li', rd: instruction.rd, operand: instruction.immediate }
    case 'auipc':
      return { name: 'li', rd: instruction.rd, operand: pc + instruction.immediate }
    case 'load':
      return { name: instruction.operation, ...instruction, operand: instruction.immediate }
    case 'store':
      return { name: instruction.operation, ...instruction, operand: instruction.immediate }
    case 'branch': {
      const { operation, rs1, rs2, immediate } = instruction
      return { name: operation, rs1, rs2, operand: target(base, (pc + immediate) >>> 0) }
    }
    case 'jal':
      return {
        name: instruction.rd === 0 ? 'j' : 'jal',
        rd: instruction.rd,
        operand: target(base, (pc + instruction.immediate) >>> 0),
      }
    case 'jalr':
      return {
        name: isJump(instruction) ? 'jr' : 'jalr',
        rd: instruction.rd,
        rs1: instruction.rs1,
        operand: instruction.immediate,
      }
    case 'fence':
      return { name: 'nop' }
    case 'ecall':
      return { name: 'ecall' }
    case 'ebreak':
    case 'illegal':
      return { name: 'trap' }
    default:
      return instruction satisfies never
  }
}

/** The code with no word decoded yet. */
export const predecode = (code: Code): PredecodedCode => {
  const count = Math.min(code.words.length, 8 * 2 ** code.height)
  const packed = new Int32Array(count).fill(UNDECODED)
  return { words: code.words, base: code.base, count, packed, operands: new Int32Array(count) }
}

/** Decodes word `index` of the code. */
export const predecodeWord = ({ words, base, packed, operands }: PredecodedCode, index: number): void => {
  const pc = (base + 4 * index) >>> 0
  const { name, rd = 0, rs1 = 0, rs2 = 0, operand = 0 } = slotOf(decode(words[index] ?? 0), base, pc)
  packed[index] = number.get(name)! | ((rd === 0 ? NOWHERE : rd) << 8) | (rs1 << 16) | (rs2 << 24)
  operands[index] = operand
}
