import { decode } from '../../spec/machine/decode.ts'

/** ABI names of x0 to x31 (RISC-V psABI, chapter "Register Convention"). */
export const REGISTER_NAMES = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1'],
  ...['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'],
  ...['s2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11'],
  ...['t3', 't4', 't5', 't6'],
] as const

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`

/** One instruction as assembly, without pseudo-instructions; targets of jumps as addresses. */
export const disassemble = (word: number, pc: number): string => {
  const instruction = decode(word)
  const name = (register: number): string => REGISTER_NAMES[register]!
  switch (instruction.kind) {
    case 'register': {
      const { operation, rd, rs1, rs2 } = instruction
      return `${operation} ${name(rd)}, ${name(rs1)}, ${name(rs2)}`
    }
    case 'immediate': {
      const { operation, rd, rs1, immediate } = instruction
      const mnemonic = operation === 'sltu' ? 'sltiu' : `${operation}i`
      return `${mnemonic} ${name(rd)}, ${name(rs1)}, ${immediate}`
    }
    case 'load': {
      const { operation, rd, rs1, immediate } = instruction
      return `${operation} ${name(rd)}, ${immediate}(${name(rs1)})`
    }
    case 'store': {
      const { operation, rs1, rs2, immediate } = instruction
      return `${operation} ${name(rs2)}, ${immediate}(${name(rs1)})`
    }
    case 'branch': {
      const { operation, rs1, rs2, immediate } = instruction
      return `${operation} ${name(rs1)}, ${name(rs2)}, ${hex(pc + immediate)}`
    }
    case 'lui':
    case 'auipc':
      return `${instruction.kind} ${name(instruction.rd)}, ${hex(instruction.immediate >>> 12)}`
    case 'jal':
      return `jal ${name(instruction.rd)}, ${hex(pc + instruction.immediate)}`
    case 'jalr':
      return `jalr ${name(instruction.rd)}, ${instruction.immediate}(${name(instruction.rs1)})`
    case 'illegal':
      return `illegal ${hex(word)}`
    case 'fence':
    case 'ecall':
    case 'ebreak':
      return instruction.kind
    default:
      return instruction satisfies never
  }
}
