import type { Instruction } from '../../../spec/machine/decode.ts'

/** A set of registers x1 to x31, as bits of a 32-bit number; x0 is never in it. */
export type RegisterSet = number

export const NO_REGISTERS: RegisterSet = 0
export const ALL_REGISTERS: RegisterSet = ~1

export const only = (register: number): RegisterSet => (1 << register) & ~1

export const has = (set: RegisterSet, register: number): boolean => ((set >>> register) & 1) === 1

/** The lowest register of a set that is not empty; `set & (set - 1)` are the others. */
export const lowest = (set: RegisterSet): number => 31 - Math.clz32(set & -set)

/** Registers whose value `instruction` depends on. */
export const reads = (instruction: Instruction): RegisterSet => {
  switch (instruction.kind) {
    case 'register':
    case 'branch':
    case 'store':
      return only(instruction.rs1) | only(instruction.rs2)
    case 'immediate':
    case 'load':
    case 'jalr':
      return only(instruction.rs1)
    default:
      return NO_REGISTERS
  }
}

/** The register that `instruction` writes. */
export const writes = (instruction: Instruction): RegisterSet =>
  'rd' in instruction ? only(instruction.rd) : NO_REGISTERS
