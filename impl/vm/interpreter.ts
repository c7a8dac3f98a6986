import { EXIT_CALL } from '../../spec/machine/execute.ts'
import { EXITED, RUNNING, TRAPPED } from '../../spec/machine/state.ts'
import type { PagedMemory } from './pagedMemory.ts'
import { MISALIGNED, NOWHERE, type PredecodedCode, predecodeWord, wordIndex } from './predecode.ts'
import type { Profile } from './translate/profile.ts'

/**
 * The first tier: a plain interpreter over predecoded code, with the same states as the specification's `step` after
 * any number of instructions. It starts at once, counts how often it comes to where a translation could start, and does
 * what translated code does not: exits, traps, and the last instructions before a stop. Registers are signed 32-bit
 * numbers here.
 */

const highUnsigned = (a: number, b: number): number => {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  // Each of the two sums is below 2^32, so that `>>> 16` is exact.
  const middle = aHigh * bLow + (Math.imul(aLow, bLow) >>> 16)
  const carried = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (carried >>> 16)) | 0
}
// A negative factor is 2^32 too large when it is read as unsigned.
const highSignedUnsigned = (a: number, b: number): number => (highUnsigned(a, b) - (a < 0 ? b : 0)) | 0
const highSigned = (a: number, b: number): number => (highSignedUnsigned(a, b) - (b < 0 ? a : 0)) | 0

const quotient = (a: number, b: number): number => (b === 0 ? -1 : (a / b) | 0)
const quotientUnsigned = (a: number, b: number): number => (b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0)
const remainder = (a: number, b: number): number => (b === 0 ? a : (a % b) | 0)
const remainderUnsigned = (a: number, b: number): number => (b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0)

export class Interpreter {
  pc: number
  status: number = RUNNING
  private readonly code: PredecodedCode
  private readonly memory: PagedMemory
  /** x0 to x31, the register that is written instead of x0, and unused ones up to a power of two. */
  private readonly x: Int32Array

  /** Works on `registers`, 64 words, the register file. */
  constructor(code: PredecodedCode, memory: PagedMemory, registers: Int32Array, entry: number) {
    this.code = code
    this.memory = memory
    this.x = registers
    this.pc = entry
  }

  /**
   * Runs at most `limit` steps, less where the machine gets stable; gives the steps made, a trap counted as one.
   *
   * @param profile told of jumps; the loop is left where a place gets hot that is come to by a jump backwards, by a
   * call or through a register
   */
  run(limit: number, profile: Profile): number {
    if (this.status !== RUNNING || limit <= 0) return 0
    if (this.pc % 4 !== 0) {
      this.status = TRAPPED
      return 1
    }
    const { x, memory, code } = this
    const { base, count, packed, operands } = code
    const { heat } = profile
    const { words, marks, readPages } = memory
    let at = wordIndex(base, this.pc)
    let left = limit
    // What the status becomes where the loop is left from within.
    let halted: number = TRAPPED
    loop: while (at < count) {
      const word = packed[at]!
      let next = at + 1
      // The numbers are those of OPERATION. To leave the loop here is to halt: nothing else may have changed.
      switch (word & 0xff) {
        case 0: // trap
          break loop
        case 1: // nop
          break
        case 2: // li
          x[(word >>> 8) & 63] = operands[at]!
          break
        case 3: // add
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! + x[word >>> 24]!
          break
        case 4: // sub
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! - x[word >>> 24]!
          break
        case 5: // sll
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! << x[word >>> 24]!
          break
        case 6: // slt
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! < x[word >>> 24]! ? 1 : 0
          break
        case 7: // sltu
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! >>> 0 < x[word >>> 24]! >>> 0 ? 1 : 0
          break
        case 8: // xor
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! ^ x[word >>> 24]!
          break
        case 9: // srl
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! >>> x[word >>> 24]!
          break
        case 10: // sra
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! >> x[word >>> 24]!
          break
        case 11: // or
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! | x[word >>> 24]!
          break
        case 12: // and
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! & x[word >>> 24]!
          break
        case 13: // mul
          x[(word >>> 8) & 63] = Math.imul(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 14: // mulh
          x[(word >>> 8) & 63] = highSigned(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 15: // mulhsu
          x[(word >>> 8) & 63] = highSignedUnsigned(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 16: // mulhu
          x[(word >>> 8) & 63] = highUnsigned(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 17: // div
          x[(word >>> 8) & 63] = quotient(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 18: // divu
          x[(word >>> 8) & 63] = quotientUnsigned(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 19: // rem
          x[(word >>> 8) & 63] = remainder(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 20: // remu
          x[(word >>> 8) & 63] = remainderUnsigned(x[(word >>> 16) & 31]!, x[word >>> 24]!)
          break
        case 21: // addi
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! + operands[at]!
          break
        case 22: // slli
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! << operands[at]!
          break
        case 23: // slti
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! < operands[at]! ? 1 : 0
          break
        case 24: // sltui
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! >>> 0 < operands[at]! >>> 0 ? 1 : 0
          break
        case 25: // xori
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! ^ operands[at]!
          break
        case 26: // srli
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! >>> operands[at]!
          break
        case 27: // srai
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! >> operands[at]!
          break
        case 28: // ori
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! | operands[at]!
          break
        case 29: // andi
          x[(word >>> 8) & 63] = x[(word >>> 16) & 31]! & operands[at]!
          break
        case 30: {
          // lb
          const address = x[(word >>> 16) & 31]! + operands[at]!
          readPages[address >>> 12] = 1
          x[(word >>> 8) & 63] = (words[address >>> 2]! << (24 - ((address & 3) << 3))) >> 24
          break
        }
        case 31: {
          // lh
          const address = x[(word >>> 16) & 31]! + operands[at]!
          if ((address & 1) !== 0) break loop
          readPages[address >>> 12] = 1
          x[(word >>> 8) & 63] = (words[address >>> 2]! << (16 - ((address & 3) << 3))) >> 16
          break
        }
        case 32: {
          // lw
          const address = x[(word >>> 16) & 31]! + operands[at]!
          if ((address & 3) !== 0) break loop
          readPages[address >>> 12] = 1
          x[(word >>> 8) & 63] = words[address >>> 2]!
          break
        }
        case 33: {
          // lbu
          const address = x[(word >>> 16) & 31]! + operands[at]!
          readPages[address >>> 12] = 1
          x[(word >>> 8) & 63] = (words[address >>> 2]! >>> ((address & 3) << 3)) & 0xff
          break
        }
        case 34: {
          // lhu
          const address = x[(word >>> 16) & 31]! + operands[at]!
          if ((address & 1) !== 0) break loop
          readPages[address >>> 12] = 1
          x[(word >>> 8) & 63] = (words[address >>> 2]! >>> ((address & 3) << 3)) & 0xffff
          break
        }
        case 35: {
          // sb
          const address = x[(word >>> 16) & 31]! + operands[at]!
          if (marks[address >>> 12] === 0) memory.mark(address >>> 12)
          const index = address >>> 2
          const shift = (address & 3) << 3
          words[index] = (words[index]! & ~(0xff << shift)) | ((x[word >>> 24]! & 0xff) << shift)
          break
        }
        case 36: {
          // sh
          const address = x[(word >>> 16) & 31]! + operands[at]!
          if ((address & 1) !== 0) break loop
          if (marks[address >>> 12] === 0) memory.mark(address >>> 12)
          const index = address >>> 2
          const shift = (address & 3) << 3
          words[index] = (words[index]! & ~(0xffff << shift)) | ((x[word >>> 24]! & 0xffff) << shift)
          break
        }
        case 37: {
          // sw
          const address = x[(word >>> 16) & 31]! + operands[at]!
          if ((address & 3) !== 0) break loop
          if (marks[address >>> 12] === 0) memory.mark(address >>> 12)
          words[address >>> 2] = x[word >>> 24]!
          break
        }
        case 38: // beq
          if (x[(word >>> 16) & 31]! === x[word >>> 24]!) {
            next = operands[at]!
            if (next === MISALIGNED) break loop
          }
          break
        case 39: // bne
          if (x[(word >>> 16) & 31]! !== x[word >>> 24]!) {
            next = operands[at]!
            if (next === MISALIGNED) break loop
          }
          break
        case 40: // blt
          if (x[(word >>> 16) & 31]! < x[word >>> 24]!) {
            next = operands[at]!
            if (next === MISALIGNED) break loop
          }
          break
        case 41: // bge
          if (x[(word >>> 16) & 31]! >= x[word >>> 24]!) {
            next = operands[at]!
            if (next === MISALIGNED) break loop
          }
          break
        case 42: // bltu
          if (x[(word >>> 16) & 31]! >>> 0 < x[word >>> 24]! >>> 0) {
            next = operands[at]!
            if (next === MISALIGNED) break loop
          }
          break
        case 43: // bgeu
          if (x[(word >>> 16) & 31]! >>> 0 >= x[word >>> 24]! >>> 0) {
            next = operands[at]!
            if (next === MISALIGNED) break loop
          }
          break
        case 44: // j
          next = operands[at]!
          if (next === MISALIGNED) break loop
          break
        case 45: // jal
          next = operands[at]!
          if (next === MISALIGNED) break loop
          x[(word >>> 8) & 63] = base + 4 * at + 4
          profile.noteCall(next)
          break
        case 46: {
          // jalr
          const address = (x[(word >>> 16) & 31]! + operands[at]!) & ~1
          if ((address & 3) !== 0) break loop
          next = (address - base) >>> 2
          x[(word >>> 8) & 63] = base + 4 * at + 4
          if (((word >>> 8) & 63) !== NOWHERE) profile.noteCall(next)
          break
        }
        case 47: // ecall
          if (x[17] === EXIT_CALL) halted = EXITED
          break loop
        case 48: // undecoded
          predecodeWord(code, at)
          continue
        case 49: {
          // jr
          const address = (x[(word >>> 16) & 31]! + operands[at]!) & ~1
          if ((address & 3) !== 0) break loop
          next = (address - base) >>> 2
          profile.noteJump(at, next)
          break
        }
        default:
          throw new Error(`operation ${word & 0xff} is not implemented`)
      }
      const isCold = (next > at && (word & 0xff) < 45) || next >= count || --heat[next]! >= 0
      at = next
      if (--left === 0 || !isCold) {
        halted = RUNNING
        break
      }
    }
    this.pc = (base + 4 * at) >>> 0
    this.status = halted
    return halted === RUNNING ? limit - left : limit - left + 1
  }
}
