import { accessBytes, isAccess, OPERATION, operationOf, rdOf, rs1Of, rs2Of } from '../predecode.ts'
import { NO_REGISTERS, type RegisterSet } from './registers.ts'

/** Low bits of a value that are zero, of the two that matter. */
const zeroBitsOf = (value: number): number => ((value & 3) === 0 ? 2 : (value & 1) === 0 ? 1 : 0)

/** Low bits of an address that are zero for an access of so many bytes. */
const bitsFor = (bytes: number): number => bytes >> 1

/**
 * Low bits of the register that a load or store takes its address from, that must be zero, as far as the register alone
 * decides that: with an immediate that is no multiple itself, less is asked of it.
 */
export const baseBits = (operation: number, immediate: number): number =>
  Math.min(bitsFor(accessBytes(operation)), zeroBitsOf(immediate))

/** Whether an instruction adds a multiple of 4 to a register: a stack pointer, most likely, or one along an array. */
export const isStepBy4 = (packed: number, operand: number): boolean =>
  operationOf(packed) === OPERATION.addi && rdOf(packed) === rs1Of(packed) && (operand & 3) === 0

/**
 * Which registers are known to hold multiples of 2 and of 4, x0 apart, which always does. A load or store through such
 * a register need not be checked for alignment; one that was checked makes its register known. Changed in place.
 */
export class Alignment {
  to2: RegisterSet = NO_REGISTERS
  to4: RegisterSet = NO_REGISTERS
  /** Register of the last shift to the left, x0 if it was written since, and how far it was shifted. */
  private shifted = 0
  private shiftedBy = 0

  /** Knows that all of these, and no others, are multiples of 2 and of 4. */
  set(to2: RegisterSet, to4: RegisterSet): void {
    this.to2 = to2
    this.to4 = to4
    this.shifted = 0
  }

  /** Low bits that must be zero in the address of a load or store, and are not known to be: a mask, 0, 1 or 3. */
  uncheckedBits(packed: number, immediate: number): number {
    const needed = bitsFor(accessBytes(operationOf(packed)))
    return this.sumBits(packed, immediate) >= needed ? 0 : 2 ** needed - 1
  }

  /** Low bits of a jump's target that are not known to be zero. */
  uncheckedTargetBits(packed: number, immediate: number): number {
    return this.sumBits(packed, immediate) === 2 ? 0 : 3
  }

  /** On to what is known after an instruction that neither jumps nor stops. */
  step(packed: number, operand: number): void {
    const operation = operationOf(packed)
    if (isAccess(operation)) {
      const shown = baseBits(operation, operand)
      if (shown > this.zeroBits(rs1Of(packed))) this.know(rs1Of(packed), shown)
    }
    const rd = rdOf(packed) & 31
    if (rd === 0) return
    this.know(rd, isAccess(operation) ? 0 : this.resultBits(operation, packed, operand))
    if (operation === OPERATION.slli) {
      this.shifted = rd
      this.shiftedBy = operand
    } else if (rd === this.shifted) this.shifted = 0
  }

  /** Number of low bits known to be zero: 0, 1 or 2. */
  private zeroBits(register: number): number {
    return register === 0 ? 2 : ((this.to2 >>> register) & 1) + ((this.to4 >>> register) & 1)
  }

  /** Low zero bits of the first register and an immediate, added up. */
  private sumBits(packed: number, immediate: number): number {
    return Math.min(this.zeroBits(rs1Of(packed)), zeroBitsOf(immediate))
  }

  private know(register: number, bits: number): void {
    const bit = 1 << register
    this.to2 = bits >= 1 ? this.to2 | bit : this.to2 & ~bit
    this.to4 = bits >= 2 ? this.to4 | bit : this.to4 & ~bit
  }

  /** Low zero bits of what an instruction writes. */
  private resultBits(operation: number, packed: number, operand: number): number {
    switch (operation) {
      case OPERATION.li:
        return zeroBitsOf(operand)
      case OPERATION.add:
      case OPERATION.sub:
      case OPERATION.or:
      case OPERATION.xor:
        return Math.min(this.zeroBits(rs1Of(packed)), this.zeroBits(rs2Of(packed)))
      case OPERATION.and:
        return Math.max(this.zeroBits(rs1Of(packed)), this.zeroBits(rs2Of(packed)))
      case OPERATION.mul:
        return Math.min(2, this.zeroBits(rs1Of(packed)) + this.zeroBits(rs2Of(packed)))
      case OPERATION.sll:
        return this.zeroBits(rs1Of(packed))
      case OPERATION.addi:
      case OPERATION.ori:
      case OPERATION.xori:
        return this.sumBits(packed, operand)
      case OPERATION.andi:
        return Math.max(this.zeroBits(rs1Of(packed)), zeroBitsOf(operand))
      case OPERATION.slli:
        return Math.min(2, this.zeroBits(rs1Of(packed)) + operand)
      case OPERATION.srli:
      case OPERATION.srai:
        // To the left and less far to the right: how compilers take some bits and scale them.
        return rs1Of(packed) === this.shifted ? Math.max(0, Math.min(2, this.shiftedBy - operand)) : 0
      default:
        return 0
    }
  }
}
