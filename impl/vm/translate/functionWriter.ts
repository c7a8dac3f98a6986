import { NOWHERE } from '../predecode.ts'
import { ENTRIES_ADDRESS, PROCESSOR_MEMORY, REGION_TYPE } from './layout.ts'
import { lowest, type RegisterSet } from './registers.ts'
import { type ByteWriter, EMPTY, OP, writeLocals } from './wasm.ts'

/** Locals of a region's function: parameters, scratch, then the registers that it uses. */
export const BUDGET = 0
export const DEPTH = 1
export const SELECTED = 2
export const ADDRESS = 3
const ENTRY = 4
const FIRST_REGISTER = 5

/** Where a branch can go to: the nesting depth inside the block or loop. */
export type Label = number

/** Writes the instructions of one function. */
export class FunctionWriter {
  private readonly out: ByteWriter
  /** Local of each register, 0 where it has none. */
  private readonly locals = new Uint8Array(32)
  private depth = 0

  /** Starts the body of a function that uses these registers. */
  constructor(out: ByteWriter, used: RegisterSet) {
    this.out = out
    let next = FIRST_REGISTER
    for (let rest = used; rest !== 0; rest &= rest - 1) this.locals[lowest(rest)] = next++
    writeLocals(out, next - SELECTED)
  }

  /** The label inside which the next instruction is written. */
  get nesting(): Label {
    return this.depth
  }

  op(code: number): void {
    this.out.byte(code)
  }

  ops(codes: readonly number[]): void {
    this.out.bytes(codes)
  }

  constant(value: number): void {
    this.out.byte(OP.i32Const)
    this.out.signed(value)
  }

  // Locals are fewer than 128, so that each is one byte.

  localGet(local: number): void {
    this.out.byte(OP.localGet)
    this.out.byte(local)
  }

  localSet(local: number): void {
    this.out.byte(OP.localSet)
    this.out.byte(local)
  }

  localTee(local: number): void {
    this.out.byte(OP.localTee)
    this.out.byte(local)
  }

  /** Pushes register `r`. */
  get(register: number): void {
    if (register === 0) this.constant(0)
    else this.localGet(this.local(register))
  }

  /** Pushes the bits that are set in any of these registers, at least one. */
  getUnion(registers: RegisterSet): void {
    this.get(lowest(registers))
    for (let rest = registers & (registers - 1); rest !== 0; rest &= rest - 1) {
      this.get(lowest(rest))
      this.op(OP.i32Or)
    }
  }

  /** Pops into register `r`; x0 and "nowhere" swallow it. */
  set(register: number): void {
    if (register === 0 || register === NOWHERE) this.op(OP.drop)
    else this.localSet(this.local(register))
  }

  /** A load or store of naturally aligned or smaller access; `opcode` says which. */
  memory(opcode: number, memory: number, offset = 0): void {
    this.out.byte(opcode)
    if (memory === 0) this.out.byte(0)
    else {
      // Bit 6 of the alignment announces the index of a memory.
      this.out.byte(0x40)
      this.out.unsigned(memory)
    }
    this.out.unsigned(offset)
  }

  /** Brings the register file up to date. */
  spill(registers: RegisterSet): void {
    for (let rest = registers; rest !== 0; rest &= rest - 1) {
      const register = lowest(rest)
      this.get(register)
      this.out.byte(OP.globalSet)
      this.out.unsigned(register - 1)
    }
  }

  reload(registers: RegisterSet): void {
    for (let rest = registers; rest !== 0; rest &= rest - 1) {
      const register = lowest(rest)
      this.out.byte(OP.globalGet)
      this.out.unsigned(register - 1)
      this.set(register)
    }
  }

  /**
   * Leaves the function: the register file is brought up to date, and control goes to `pc`.
   *
   * @param uncounted instructions that were taken off the budget and are not executed
   */
  leave(pc: number, dirty: RegisterSet, uncounted = 0): void {
    this.spill(dirty)
    this.constant(pc)
    this.localGet(BUDGET)
    if (uncounted > 0) {
      this.constant(uncounted)
      this.op(OP.i32Add)
    }
    this.op(OP.return)
  }

  /** Opens a block, a loop, or an `if` that consumes a condition. */
  open(opcode: number): Label {
    this.out.byte(opcode)
    this.out.byte(EMPTY)
    return ++this.depth
  }

  close(): void {
    this.op(OP.end)
    this.depth--
  }

  /** `br` or `br_if`. */
  branch(opcode: number, label: Label): void {
    this.out.byte(opcode)
    this.out.unsigned(this.depth - label)
  }

  /** Consumes a number, and goes to the label at that position, or to the other one. */
  branchTable(labels: readonly Label[], otherwise: Label): void {
    this.out.byte(OP.brTable)
    this.out.unsigned(labels.length)
    for (let i = 0; i < labels.length; i++) this.out.unsigned(this.depth - labels[i]!)
    this.out.unsigned(this.depth - otherwise)
  }

  /** `call` or `return_call`. */
  call(opcode: number, index: number): void {
    this.out.byte(opcode)
    this.out.unsigned(index)
  }

  /** Sets ENTRY to the table's entry for a word of the code; `index`, times 4, is pushed by the caller. */
  lookUp(): void {
    this.memory(OP.i32Load, PROCESSOR_MEMORY, ENTRIES_ADDRESS)
    this.localTee(ENTRY)
  }

  /** `call_indirect` or `return_call_indirect` of the function at ENTRY; its parameters are pushed before. */
  callEntry(opcode: number): void {
    this.localGet(ENTRY)
    this.out.byte(opcode)
    this.out.unsigned(REGION_TYPE)
    this.out.unsigned(0)
  }

  private local(register: number): number {
    const local = this.locals[register]!
    if (local === 0) throw new Error(`x${register} has no local`)
    return local
  }
}
