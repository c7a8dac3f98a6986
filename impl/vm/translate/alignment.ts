import type { Instruction } from '../../../spec/machine/decode.ts'
import type { Block } from './controlFlow.ts'
import { ALL_REGISTERS, has, NO_REGISTERS, only, type RegisterSet, writes } from './registers.ts'

/**
 * Which registers are known to hold multiples of 2 and of 4, x0 apart, which always does. A load or store through such
 * a register need not be checked for alignment; one that was checked makes its register known.
 */
export interface Alignment {
  readonly to2: RegisterSet
  readonly to4: RegisterSet
}

export const NOTHING_ALIGNED: Alignment = { to2: NO_REGISTERS, to4: NO_REGISTERS }

export const aligned = (to4: RegisterSet): Alignment => ({ to2: to4, to4 })

/** Number of low bits known to be zero: 0, 1 or 2. */
const zeroBits = ({ to2, to4 }: Alignment, register: number): number =>
  register === 0 || has(to4, register) ? 2 : has(to2, register) ? 1 : 0

const zeroBitsOf = (value: number): number => (value % 4 === 0 ? 2 : value % 2 === 0 ? 1 : 0)

const ACCESS_BITS = { lb: 0, lbu: 0, sb: 0, lh: 1, lhu: 1, sh: 1, lw: 2, sw: 2 } as const
export type Access = Extract<Instruction, { kind: 'load' | 'store' }>

/** Low bits that must be zero in the address of `access`, and are not known to be: a mask, 0, 1 or 3. */
export const uncheckedBits = (access: Access, before: Alignment): number => {
  const needed = ACCESS_BITS[access.operation]
  const known = Math.min(zeroBits(before, access.rs1), zeroBitsOf(access.immediate))
  return known >= needed ? 0 : 2 ** needed - 1
}

/** Low bits of a jump's target that are not known to be zero. */
export const uncheckedTargetBits = (
  jump: { readonly rs1: number; readonly immediate: number },
  before: Alignment,
): number => (Math.min(zeroBits(before, jump.rs1), zeroBitsOf(jump.immediate)) === 2 ? 0 : 3)

const withBits = (known: Alignment, register: number, bits: number): Alignment => {
  const { to2, to4 } = known
  const bit = only(register)
  if (((to2 & bit) !== 0) === bits >= 1 && ((to4 & bit) !== 0) === bits >= 2) return known
  return { to2: bits >= 1 ? to2 | bit : to2 & ~bit, to4: bits >= 2 ? to4 | bit : to4 & ~bit }
}

/** Low zero bits of what an instruction writes; `pc` is unknown here but a multiple of 4. */
const resultBits = (instruction: Instruction, before: Alignment): number => {
  switch (instruction.kind) {
    case 'lui':
    case 'auipc':
      return 2
    case 'register': {
      const [a, b] = [zeroBits(before, instruction.rs1), zeroBits(before, instruction.rs2)]
      switch (instruction.operation) {
        case 'add':
        case 'sub':
        case 'or':
        case 'xor':
          return Math.min(a, b)
        case 'and':
          return Math.max(a, b)
        case 'mul':
          return Math.min(2, a + b)
        case 'sll':
          return a
        default:
          return 0
      }
    }
    case 'immediate': {
      const [a, b] = [zeroBits(before, instruction.rs1), zeroBitsOf(instruction.immediate)]
      switch (instruction.operation) {
        case 'add':
        case 'or':
        case 'xor':
          return Math.min(a, b)
        case 'and':
          return Math.max(a, b)
        case 'sll':
          return Math.min(2, a + instruction.immediate)
        default:
          return 0
      }
    }
    default:
      return 0
  }
}

/** What is known after `instruction`, one that neither jumps nor stops, has been executed. */
export const stepAlignment = (instruction: Instruction, before: Alignment): Alignment => {
  let after = before
  if (instruction.kind === 'load' || instruction.kind === 'store') {
    const needed = ACCESS_BITS[instruction.operation]
    const shown = Math.min(needed, zeroBitsOf(instruction.immediate))
    if (shown > zeroBits(before, instruction.rs1)) after = withBits(before, instruction.rs1, shown)
  }
  if (writes(instruction) === NO_REGISTERS || !('rd' in instruction)) return after
  return withBits(after, instruction.rd, resultBits(instruction, before))
}

/** What is known at the start of the block that follows: a callee may have changed what it touches. */
export const alignedAfter = (block: Block, before: Alignment, calleeTouches: RegisterSet): Alignment => {
  let known = before
  for (const instruction of block.body) known = stepAlignment(instruction, known)
  const { end } = block
  // A link is the address of a word.
  const link =
    end.kind === 'call' ? only(end.link) : end.kind === 'indirectCall' ? writes(end.jump) : NO_REGISTERS
  const kept = ALL_REGISTERS & ~calleeTouches
  return { to2: (known.to2 | link) & kept, to4: (known.to4 | link) & kept }
}
