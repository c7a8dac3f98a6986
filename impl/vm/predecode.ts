import { decode } from '../../spec/machine/decode.ts'
import type { Code } from '../../spec/machine/program.ts'

/**
 * The code as both tiers read it. For word i of the code:
 *
 *   packed[i]    operation (bits 0..7) | rd (8..13) | rs1 (16..20) | rs2 (24..28); a field that an operation does not
 *                have is x0, and rd 32 stands for "nowhere"
 *   operands[i]  immediate; for lui and auipc the value that they write, for jal and branches the index of the
 *                target's word if the target is aligned, else `MISALIGNED`
 *
 * The interpreter's loop has the operations' numbers as literals, since only literals become a jump table. A word is
 * decoded when it is first looked at: most of a large program never is.
 */
export const OPERATION = {
  trap: 0,
  nop: 1,
  li: 2,
  add: 3,
  sub: 4,
  sll: 5,
  slt: 6,
  sltu: 7,
  xor: 8,
  srl: 9,
  sra: 10,
  or: 11,
  and: 12,
  mul: 13,
  mulh: 14,
  mulhsu: 15,
  mulhu: 16,
  div: 17,
  divu: 18,
  rem: 19,
  remu: 20,
  addi: 21,
  slli: 22,
  slti: 23,
  sltui: 24,
  xori: 25,
  srli: 26,
  srai: 27,
  ori: 28,
  andi: 29,
  lb: 30,
  lh: 31,
  lw: 32,
  lbu: 33,
  lhu: 34,
  sb: 35,
  sh: 36,
  sw: 37,
  beq: 38,
  bne: 39,
  blt: 40,
  bge: 41,
  bltu: 42,
  bgeu: 43,
  j: 44,
  jal: 45,
  jalr: 46,
  ecall: 47,
  undecoded: 48,
  jr: 49,
} as const

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

/** Index of the word at `pc`, 0 to 2^30 - 1, any address: those outside the code are at or beyond its count. */
export const wordIndex = (base: number, pc: number): number => (pc - base) >>> 2

export const operationOf = (packed: number): number => packed & 0xff
export const rdOf = (packed: number): number => (packed >>> 8) & 63
export const rs1Of = (packed: number): number => (packed >>> 16) & 31
export const rs2Of = (packed: number): number => packed >>> 24

export const isLoad = (operation: number): boolean => operation >= OPERATION.lb && operation <= OPERATION.lhu
export const isStore = (operation: number): boolean => operation >= OPERATION.sb && operation <= OPERATION.sw
export const isAccess = (operation: number): boolean => isLoad(operation) || isStore(operation)
export const isBranch = (operation: number): boolean =>
  operation >= OPERATION.beq && operation <= OPERATION.bgeu

/** Whether a JALR is a call, rather than a return. */
export const isLinked = (packed: number): boolean => rdOf(packed) !== NOWHERE

/** Bytes that a load or store moves. */
export const accessBytes = (operation: number): 1 | 2 | 4 => {
  switch (operation) {
    case OPERATION.lw:
    case OPERATION.sw:
      return 4
    case OPERATION.lh:
    case OPERATION.lhu:
    case OPERATION.sh:
      return 2
    default:
      return 1
  }
}

/** Registers that hold return addresses, by the calling convention (RISC-V psABI, chapter "Register Convention"). */
const isLink = (register: number): boolean => register === 1 || register === 5

const target = (base: number, pc: number): number => (pc % 4 === 0 ? wordIndex(base, pc) : MISALIGNED)

const pack = (operation: number, rd: number, rs1: number, rs2: number): number =>
  operation | ((rd === 0 ? NOWHERE : rd) << 8) | (rs1 << 16) | (rs2 << 24)

/** The same operations with an immediate instead of a second register. */
const IMMEDIATE_OPERATION: Readonly<Record<string, number>> = {
  add: OPERATION.addi,
  sll: OPERATION.slli,
  slt: OPERATION.slti,
  sltu: OPERATION.sltui,
  xor: OPERATION.xori,
  srl: OPERATION.srli,
  sra: OPERATION.srai,
  or: OPERATION.ori,
  and: OPERATION.andi,
}

/** The code with no word decoded yet. */
export const predecode = (code: Code): PredecodedCode => {
  const count = Math.min(code.words.length, 8 * 2 ** code.height)
  const packed = new Int32Array(count).fill(OPERATION.undecoded)
  return { words: code.words, base: code.base, count, packed, operands: new Int32Array(count) }
}

/** Decodes word `index` of the code. */
export const predecodeWord = (code: PredecodedCode, index: number): void => {
  const { words, base, packed, operands } = code
  const pc = (base + 4 * index) >>> 0
  const instruction = decode(words[index] ?? 0)
  switch (instruction.kind) {
    case 'register': {
      const { operation, rd, rs1, rs2 } = instruction
      packed[index] = rd === 0 ? pack(OPERATION.nop, 0, 0, 0) : pack(OPERATION[operation], rd, rs1, rs2)
      break
    }
    case 'immediate': {
      const { operation, rd, rs1, immediate } = instruction
      packed[index] =
        rd === 0 ? pack(OPERATION.nop, 0, 0, 0) : pack(IMMEDIATE_OPERATION[operation]!, rd, rs1, 0)
      operands[index] = immediate
      break
    }
    case 'lui':
      packed[index] = pack(OPERATION.li, instruction.rd, 0, 0)
      operands[index] = instruction.immediate
      break
    case 'auipc':
      packed[index] = pack(OPERATION.li, instruction.rd, 0, 0)
      operands[index] = pc + instruction.immediate
      break
    case 'load':
      packed[index] = pack(OPERATION[instruction.operation], instruction.rd, instruction.rs1, 0)
      operands[index] = instruction.immediate
      break
    case 'store':
      packed[index] = pack(OPERATION[instruction.operation], 0, instruction.rs1, instruction.rs2)
      operands[index] = instruction.immediate
      break
    case 'branch':
      packed[index] = pack(OPERATION[instruction.operation], 0, instruction.rs1, instruction.rs2)
      operands[index] = target(base, (pc + instruction.immediate) >>> 0)
      break
    case 'jal':
      packed[index] = pack(instruction.rd === 0 ? OPERATION.j : OPERATION.jal, instruction.rd, 0, 0)
      operands[index] = target(base, (pc + instruction.immediate) >>> 0)
      break
    case 'jalr': {
      // Neither a call nor a return: a switch, most likely.
      const isJump = instruction.rd === 0 && !isLink(instruction.rs1)
      packed[index] = pack(isJump ? OPERATION.jr : OPERATION.jalr, instruction.rd, instruction.rs1, 0)
      operands[index] = instruction.immediate
      break
    }
    case 'fence':
      packed[index] = pack(OPERATION.nop, 0, 0, 0)
      break
    case 'ecall':
      packed[index] = pack(OPERATION.ecall, 0, 0, 0)
      break
    case 'ebreak':
    case 'illegal':
      packed[index] = pack(OPERATION.trap, 0, 0, 0)
      break
    default:
      instruction satisfies never
  }
}

/** Word `index` of the code, decoded now if it was not before. */
export const packedAt = (code: PredecodedCode, index: number): number => {
  if (code.packed[index] === OPERATION.undecoded) predecodeWord(code, index)
  return code.packed[index]!
}
