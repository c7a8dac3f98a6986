import { isAccess, operationOf, type PredecodedCode, rdOf, rs1Of } from '../predecode.ts'
import { type Block, isCall, type Region } from './controlFlow.ts'
import type { BlockFlow, DataFlow } from './dataFlow.ts'
import { emitAccess, emitComputation, emitCondition, emitSum } from './emitInstruction.ts'
import { ADDRESS, BUDGET, DEPTH, FunctionWriter } from './functionWriter.ts'
import { MISSED_ADDRESS, PROCESSOR_MEMORY } from './layout.ts'
import { NO_REGISTERS, type RegisterSet, writes } from './registers.ts'
import { structureOf } from './structure.ts'
import { StructureWriter } from './structureWriter.ts'
import { usedRegisters } from './touched.ts'
import { type ByteWriter, OP } from './wasm.ts'

/** Function, in the module that is being built, of the region that starts at an index; undefined if there is none. */
export type FunctionOf = (index: number) => number | undefined

class RegionEmitter {
  private readonly code: PredecodedCode
  private readonly region: Region
  private readonly flow: DataFlow
  private readonly functionOf: FunctionOf
  private readonly w: FunctionWriter
  private readonly structure: StructureWriter
  // At the instruction that is being written: its index, what is dirty before it, and how many instructions of its
  // block are not executed where it is not.
  private index = 0
  private dirty: RegisterSet = NO_REGISTERS
  private uncounted = 0
  private readonly fault = (): void => this.w.leave(this.address(this.index), this.dirty, this.uncounted)

  constructor(to: ByteWriter, code: PredecodedCode, region: Region, flow: DataFlow, functionOf: FunctionOf) {
    this.code = code
    this.region = region
    this.flow = flow
    this.functionOf = functionOf
    this.w = new FunctionWriter(to, usedRegisters(region))
    this.structure = new StructureWriter(this.w, region, (block) => this.emitBlock(block))
  }

  emit(): void {
    const { w } = this
    if (this.region.blocks.some(isCall)) {
      w.localGet(DEPTH)
      w.op(OP.i32Eqz)
      w.open(OP.if)
      w.leave(this.address(this.region.entry), 0)
      w.close()
    }
    w.reload(this.flow.blocks[0]!.liveIn)
    this.structure.emit(structureOf(this.region, this.flow))
    w.op(OP.end)
  }

  /** Address of the word at `index`, as signed 32-bit. */
  private address(index: number): number {
    return (this.code.base + 4 * index) | 0
  }

  private emitBlock(number: number): void {
    const { w } = this
    const { unchecked } = this.flow
    const { packed, operands } = this.code
    const block = this.region.blocks[number]!
    const flow = this.flow.blocks[number]!
    this.emitGuard(block, flow)
    if (block.steps > 0) {
      w.localGet(BUDGET)
      w.constant(block.steps)
      w.op(OP.i32Sub)
      w.localSet(BUDGET)
    }
    this.dirty = flow.dirtyIn
    for (let index = block.start; index < block.bodyEnd; index++) {
      const word = packed[index]!
      const operand = operands[index]!
      const operation = operationOf(word)
      if (isAccess(operation)) {
        this.index = index
        this.uncounted = block.steps - (index - block.start)
        emitAccess(w, word, operand, unchecked[index]!, this.fault)
      } else emitComputation(w, word, operand)
      this.dirty |= writes(word)
    }
    this.index = block.bodyEnd
    this.uncounted = 1
    this.emitEnd(block, flow)
  }

  /** Leaves before a block that the budget does not allow, or that would trap at a misaligned address. */
  private emitGuard(block: Block, flow: BlockFlow): void {
    const { w } = this
    let conditions = 0
    if (flow.need !== undefined) {
      w.localGet(BUDGET)
      w.constant(flow.need)
      w.op(OP.i32LtS)
      conditions++
    }
    if (this.emitCheck(flow.checkedTo4, 3, conditions > 0)) conditions++
    if (this.emitCheck(flow.checkedTo2 & ~flow.checkedTo4, 1, conditions > 0)) conditions++
    if (conditions === 0) return
    w.open(OP.if)
    w.leave(this.address(block.start), flow.dirtyIn)
    w.close()
  }

  /** Pushes whether any of the registers has one of these bits set, or what was pushed before holds. */
  private emitCheck(registers: RegisterSet, mask: number, isSecond: boolean): boolean {
    const { w } = this
    if (registers === NO_REGISTERS) return false
    w.getUnion(registers)
    w.constant(mask)
    w.op(OP.i32And)
    if (isSecond) w.op(OP.i32Or)
    return true
  }

  /** Registers that a link is written to are dirty on top of those after the body. */
  private emitEnd(block: Block, flow: BlockFlow): void {
    const { w } = this
    const { end } = block
    const pc = this.address(block.bodyEnd)
    switch (end.kind) {
      case 'jump':
        this.structure.jump(end.to)
        return
      case 'branch':
        emitCondition(w, this.code.packed[block.bodyEnd]!)
        this.structure.jumpIf(end.taken)
        this.structure.jump(end.next)
        return
      case 'stop':
        w.leave(pc, this.dirty)
        return
      case 'leave':
        this.emitLeave(end.target)
        return
      case 'return':
        this.emitTarget()
        this.stayWhereMisaligned()
        w.spill(this.dirty)
        this.leaveForAddress()
        return
      case 'indirectJump':
        this.emitTarget()
        this.leaveWhereMisaligned()
        w.spill(this.dirty)
        this.emitLookUp(false)
        this.pass(0)
        w.callEntry(OP.returnCallIndirect)
        return
      case 'switch':
        this.emitTarget()
        this.structure.switchOn(end.targets, (index) => this.address(index))
        this.stayWhereMisaligned()
        w.spill(this.dirty)
        this.emitMiss()
        this.leaveForAddress()
        return
      case 'call':
        this.emitCall(end.target, end.back, block, flow)
        return
      case 'indirectCall':
        this.emitTarget()
        this.leaveWhereMisaligned()
        this.link(block, flow.dirtyEnd)
        this.emitLookUp(true)
        this.pass(1)
        w.callEntry(OP.callIndirect)
        this.comeBack(end.back, flow)
        return
      default:
        end satisfies never
    }
  }

  /** Sets ADDRESS to the target of the JALR here, which may be misaligned. */
  private emitTarget(): void {
    emitSum(this.w, rs1Of(this.code.packed[this.index]!), this.code.operands[this.index]!)
    this.w.localSet(ADDRESS)
  }

  /** Pushes whether ADDRESS is no multiple of 4. @returns false, and pushes nothing, where it is known to be one */
  private pushIsMisaligned(): boolean {
    const { w } = this
    const mask = this.flow.unchecked[this.index]!
    if (mask === 0) return false
    w.localGet(ADDRESS)
    w.constant(mask)
    w.op(OP.i32And)
    return true
  }

  /** Leaves the jump here to the interpreter if ADDRESS is misaligned. */
  private leaveWhereMisaligned(): void {
    if (!this.pushIsMisaligned()) return
    this.w.open(OP.if)
    this.fault()
    this.w.close()
  }

  /** Where control leaves for ADDRESS in any case: for the jump itself, not counted, if ADDRESS is misaligned. */
  private stayWhereMisaligned(): void {
    const { w } = this
    if (!this.pushIsMisaligned()) return
    w.open(OP.if)
    w.constant(this.address(this.index))
    w.localSet(ADDRESS)
    w.localGet(BUDGET)
    w.constant(1)
    w.op(OP.i32Add)
    w.localSet(BUDGET)
    w.close()
  }

  /** The register file is up to date. */
  private leaveForAddress(): void {
    const { w } = this
    w.localGet(ADDRESS)
    w.localGet(BUDGET)
    w.op(OP.return)
  }

  /** Tells that the jump here goes where its translation does not follow it. */
  private emitMiss(): void {
    const { w } = this
    w.constant(0)
    w.constant(this.index + 1)
    w.memory(OP.i32Store, PROCESSOR_MEMORY, MISSED_ADDRESS)
  }

  /** Leaves for ADDRESS where nothing is translated there; else the table's entry is known afterwards. */
  private emitLookUp(isCall: boolean): void {
    const { w } = this
    // Four times the word's index, since the address is aligned.
    const pushOffset = (): void => {
      w.localGet(ADDRESS)
      w.constant(this.address(0))
      w.op(OP.i32Sub)
    }
    pushOffset()
    w.constant(4 * this.code.count)
    w.op(OP.i32GeU)
    w.open(OP.if)
    this.leaveForAddress()
    w.close()
    pushOffset()
    w.lookUp()
    w.op(OP.i32Eqz)
    w.open(OP.if)
    if (isCall) this.emitMiss()
    this.leaveForAddress()
    w.close()
  }

  /** The same for a constant index. The register file is up to date. */
  private emitConstantLookUp(target: number): void {
    const { w } = this
    w.constant(4 * target)
    w.lookUp()
    w.op(OP.i32Eqz)
    w.open(OP.if)
    w.leave(this.address(target), 0)
    w.close()
  }

  /** Pushes the parameters of a region, `levels` deeper. */
  private pass(levels: number): void {
    const { w } = this
    w.localGet(BUDGET)
    w.localGet(DEPTH)
    if (levels === 0) return
    w.constant(levels)
    w.op(OP.i32Sub)
  }

  private emitLeave(target: number): void {
    const { w } = this
    w.spill(this.dirty)
    const known = this.functionOf(target)
    if (known !== undefined) {
      this.pass(0)
      w.call(OP.returnCall, known)
    } else if (target >= this.code.count) w.leave(this.address(target), 0)
    else {
      this.emitConstantLookUp(target)
      this.pass(0)
      w.callEntry(OP.returnCallIndirect)
    }
  }

  /** Writes the link of the call that ends the block, and brings the register file up to date. */
  private link(block: Block, dirty: RegisterSet): void {
    const { w } = this
    w.constant(this.address(block.bodyEnd + 1))
    w.set(rdOf(this.code.packed[block.bodyEnd]!))
    w.spill(dirty)
  }

  private emitCall(target: number, back: number, block: Block, flow: BlockFlow): void {
    const { w } = this
    this.link(block, flow.dirtyEnd & flow.calleeTouches)
    const known = this.functionOf(target)
    if (known === undefined && target >= this.code.count) {
      w.leave(this.address(target), 0)
      return
    }
    if (known === undefined) this.emitConstantLookUp(target)
    this.pass(1)
    if (known === undefined) w.callEntry(OP.callIndirect)
    else w.call(OP.call, known)
    this.comeBack(back, flow)
  }

  /** After a call: on at `back` where the callee returned to it, else out of here too. */
  private comeBack(back: number, flow: BlockFlow): void {
    const { w } = this
    w.localSet(BUDGET)
    w.localTee(ADDRESS)
    w.constant(this.address(this.region.blocks[back]!.start))
    w.op(OP.i32Ne)
    w.open(OP.if)
    w.spill(flow.dirtyEnd & ~flow.calleeTouches)
    this.leaveForAddress()
    w.close()
    w.reload(this.flow.blocks[back]!.liveIn & flow.calleeTouches)
    this.structure.jump(back)
  }
}

/** Writes the body of the function that a region becomes. */
export const emitRegion = (
  to: ByteWriter,
  code: PredecodedCode,
  region: Region,
  flow: DataFlow,
  functionOf: FunctionOf,
): void => new RegionEmitter(to, code, region, flow, functionOf).emit()
