import { ENTRIES_ADDRESS, PROCESSOR_MEMORY, REGION_TYPE } from './layout.ts'
import { lowest, type RegisterSet } from './registers.ts'
import { ByteWriter, EMPTY, OP } from './wasm.ts'

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
  private readonly out = new ByteWriter()
  /** Local of each register, 0 where it has none. */
  private readonly locals = new Uint8Array(32)
  private localCount = 0
  private nesting = 0
  constructor(used: RegisterSet) {
    for (let rest = used; rest !== 0; rest &= rest - 1) {
      this.locals[lowest(rest)] = FIRST_REGISTER + this.localCount++
    }
  }

  finished(): { readonly locals: number; readonly code: Uint8Array } {
    return { locals: FIRST_REGISTER - SELECTED + this.localCount, code: this.out.written() }
  }

  op(...codes: readonly number[]): void {
    for (const code of codes) this.out.byte(code)
  }

  constant(value: number): void {
    this.out.byte(OP.i32Const)
    this.out.signed(value)
  }

  localGet(local: number): void {
    this.out.byte(OP.localGet)
    this.out.unsigned(local)
  }

  localSet(local: number): void {
    this.out.byte(OP.localSet)
    this.out.unsigned(local)
  }

  localTee(local: number): void {
    this.out.byte(OP.localTee)
    this.out.unsigned(local)
  }

  /** Pushes register `r`. */
  get(register: number): void {
    if (register === 0) this.constant(0)
    else this.localGet(this.local(register))
  }

  /** Pops into register `r`; x0 swallows it. */
  set(register: number): void {
    if (register === 0) this.op(OP.drop)
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

  /** Leaves the function: the register file is brought up to date, and control goes to `pc`. */
  leave(pc: number, dirty: RegisterSet): void {
    this.spill(dirty)
    this.constant(pc)
    this.localGet(BUDGET)
    this.op(OP.return)
  }

  open(opcode: number): Label {
    this.op(opcode, EMPTY)
    return ++this.nesting
  }

  close(): void {
    this.op(OP.end)
    this.nesting--
  }

  /** Consumes a condition; what `then` writes is executed where it holds. */
  when(then: () => void): void {
    this.open(OP.if)
    then()
    this.close()
  }

  /** `br` or `br_if`. */
  branch(opcode: number, label: Label): void {
    this.out.byte(opcode)
    this.out.unsigned(this.nesting - label)
  }

  /** Consumes a number, and goes to the label at that position, or to the other one. */
  branchTable(labels: readonly Label[], otherwise: Label): void {
    this.out.byte(OP.brTable)
    this.out.unsigned(labels.length)
    for (const label of [...labels, otherwise]) this.out.unsigned(this.nesting - label)
  }

  /** `call` or `return_call`. */
  call(opcode: number, index: number): void {
    this.out.byte(opcode)
    this.out.unsigned(index)
  }

  /** Sets ENTRY to the table's entry for a word of the code; `index`, times 4, is pushed by the caller. */
  lookUp(offset = 0): void {
    this.memory(OP.i32Load, PROCESSOR_MEMORY, ENTRIES_ADDRESS + offset)
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
