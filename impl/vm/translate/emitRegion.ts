import { type Alignment, stepAlignment, uncheckedTargetBits } from './alignment.ts'
import type { Block, JumpRegister, Region } from './controlFlow.ts'
import type { BlockFlow, DataFlow } from './dataFlow.ts'
import { emitCondition, emitInstruction, emitSum } from './emitInstruction.ts'
import { ADDRESS, BUDGET, DEPTH, FunctionWriter } from './functionWriter.ts'
import { MISSED_ADDRESS, PROCESSOR_MEMORY } from './layout.ts'
import { type RegisterSet, writes } from './registers.ts'
import { structureOf } from './structure.ts'
import { StructureWriter } from './structureWriter.ts'
import { usedRegisters } from './touched.ts'
import { OP } from './wasm.ts'

/** What the emitter has to know of the code around the region. */
export interface Surroundings {
  /** Address of the word at an index, as signed 32-bit. */
  readonly address: (index: number) => number
  /** Words of the code. */
  readonly count: number
  /** Function, in the module that is being built, of the region that starts at an index. */
  readonly functionOf: (index: number) => number | undefined
}

class RegionEmitter {
  private readonly region: Region
  private readonly flow: DataFlow
  private readonly around: Surroundings
  private readonly w: FunctionWriter
  private readonly structure: StructureWriter

  constructor(region: Region, flow: DataFlow, around: Surroundings) {
    this.region = region
    this.flow = flow
    this.around = around
    this.w = new FunctionWriter(usedRegisters(region))
    this.structure = new StructureWriter(this.w, (block) => this.emitBlock(block))
  }

  emit(): { readonly locals: number; readonly code: Uint8Array } {
    const { w } = this
    if (this.region.blocks.some(({ end }) => end.kind === 'call' || end.kind === 'indirectCall')) {
      w.localGet(DEPTH)
      w.op(OP.i32Eqz)
      w.when(() => w.leave(this.around.address(this.region.entry), 0))
    }
    w.reload(this.flow.blocks[0]!.liveIn)
    this.structure.emit(structureOf(this.region, this.flow))
    return w.finished()
  }

  private emitBlock(number: number): void {
    const { w } = this
    const [block, flow] = [this.region.blocks[number]!, this.flow.blocks[number]!]
    const pcOf = (position: number): number => this.around.address(block.start + position)
    if (flow.need !== undefined) {
      w.localGet(BUDGET)
      w.constant(flow.need)
      w.op(OP.i32LtS)
      w.when(() => w.leave(pcOf(0), flow.dirtyIn))
    }
    if (block.steps > 0) {
      w.localGet(BUDGET)
      w.constant(block.steps)
      w.op(OP.i32Sub)
      w.localSet(BUDGET)
    }
    let alignment = flow.alignment
    let dirty = flow.dirtyIn
    for (const [position, instruction] of block.body.entries()) {
      emitInstruction(w, instruction, pcOf(position), alignment, () =>
        this.fault(pcOf(position), block.steps - position, dirty),
      )
      alignment = stepAlignment(instruction, alignment)
      dirty |= writes(instruction)
    }
    this.emitEnd(block, flow, alignment, dirty)
  }

  /** Leaves before an instruction that is left to the interpreter, `uncounted` instructions early. */
  private fault(pc: number, uncounted: number, dirty: RegisterSet): void {
    const { w } = this
    w.localGet(BUDGET)
    w.constant(uncounted)
    w.op(OP.i32Add)
    w.localSet(BUDGET)
    w.leave(pc, dirty)
  }

  /** `dirty` are the registers after the body; those that a link is written to come on top. */
  private emitEnd(block: Block, flow: BlockFlow, alignment: Alignment, dirty: RegisterSet): void {
    const { w } = this
    const { end } = block
    const pc = this.around.address(block.start + block.body.length)
    switch (end.kind) {
      case 'jump':
        this.structure.jump(end.to)
        return
      case 'branch':
        emitCondition(w, end.condition)
        this.structure.jumpIf(end.taken)
        this.structure.jump(end.next)
        return
      case 'stop':
        w.leave(pc, dirty)
        return
      case 'leave':
        this.emitLeave(end.target, dirty)
        return
      case 'return':
        this.emitTarget(end.jump, pc, alignment, dirty)
        w.spill(dirty)
        w.localGet(ADDRESS)
        w.localGet(BUDGET)
        w.op(OP.return)
        return
      case 'indirectJump':
        this.emitTarget(end.jump, pc, alignment, dirty)
        w.spill(dirty)
        this.emitLookUp()
        this.pass(0)
        w.callEntry(OP.returnCallIndirect)
        return
      case 'switch':
        this.emitTarget(end.jump, pc, alignment, dirty)
        this.structure.switchOn(
          end.targets,
          (target) => this.region.blocks[target]!.start,
          this.around.address,
        )
        w.spill(dirty)
        w.constant(0)
        w.constant(block.start + block.body.length + 1)
        w.memory(OP.i32Store, PROCESSOR_MEMORY, MISSED_ADDRESS)
        w.localGet(ADDRESS)
        w.localGet(BUDGET)
        w.op(OP.return)
        return
      case 'call':
        this.emitCall(end.target, end.link, end.back, flow)
        return
      case 'indirectCall':
        this.emitTarget(end.jump, pc, alignment, dirty)
        this.link(end.jump.rd, this.around.address(block.start + block.body.length + 1), flow.dirtyEnd)
        this.emitLookUp()
        this.pass(1)
        w.callEntry(OP.callIndirect)
        this.comeBack(end.back, flow)
        return
      default:
        end satisfies never
    }
  }

  /** Sets ADDRESS to the target of a JALR. One that is not a multiple of 4 is left to the interpreter. */
  private emitTarget(jump: JumpRegister, pc: number, alignment: Alignment, dirty: RegisterSet): void {
    const { w } = this
    const mask = uncheckedTargetBits(jump, alignment)
    emitSum(w, jump.rs1, jump.immediate)
    w.localSet(ADDRESS)
    if (mask === 0) return
    w.localGet(ADDRESS)
    w.constant(mask)
    w.op(OP.i32And)
    w.when(() => this.fault(pc, 1, dirty))
  }

  /** Leaves for ADDRESS where nothing is translated there; else the table's entry is known afterwards. */
  private emitLookUp(): void {
    const { w } = this
    const leave = (): void => {
      w.localGet(ADDRESS)
      w.localGet(BUDGET)
      w.op(OP.return)
    }
    // Four times the word's index, since the address is aligned.
    w.localGet(ADDRESS)
    w.constant(this.around.address(0))
    w.op(OP.i32Sub)
    w.constant(4 * this.around.count)
    w.op(OP.i32GeU)
    w.when(leave)
    w.localGet(ADDRESS)
    w.constant(this.around.address(0))
    w.op(OP.i32Sub)
    w.lookUp()
    w.op(OP.i32Eqz)
    w.when(leave)
  }

  /** The same for a constant index. The register file is up to date. */
  private emitConstantLookUp(target: number): void {
    const { w } = this
    w.constant(4 * target)
    w.lookUp()
    w.op(OP.i32Eqz)
    w.when(() => w.leave(this.around.address(target), 0))
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

  private emitLeave(target: number, dirty: RegisterSet): void {
    const { w } = this
    w.spill(dirty)
    const known = this.around.functionOf(target)
    if (known !== undefined) {
      this.pass(0)
      w.call(OP.returnCall, known)
    } else if (target >= this.around.count) w.leave(this.around.address(target), 0)
    else {
      this.emitConstantLookUp(target)
      this.pass(0)
      w.callEntry(OP.returnCallIndirect)
    }
  }

  private link(register: number, address: number, dirty: RegisterSet): void {
    const { w } = this
    if (register !== 0) {
      w.constant(address)
      w.set(register)
    }
    w.spill(dirty)
  }

  private emitCall(target: number, register: number, back: number, flow: BlockFlow): void {
    const { w } = this
    const address = this.around.address(this.region.blocks[back]!.start)
    this.link(register, address, flow.dirtyEnd & flow.calleeTouches)
    const known = this.around.functionOf(target)
    if (known === undefined && target >= this.around.count) {
      w.leave(this.around.address(target), 0)
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
    w.constant(this.around.address(this.region.blocks[back]!.start))
    w.op(OP.i32Ne)
    w.when(() => {
      w.spill(flow.dirtyEnd & ~flow.calleeTouches)
      w.localGet(ADDRESS)
      w.localGet(BUDGET)
      w.op(OP.return)
    })
    w.reload(this.flow.blocks[back]!.liveIn & flow.calleeTouches)
    this.structure.jump(back)
  }
}

/** Writes the function of a region. @returns the number of its locals besides the parameters, and its instructions */
export const emitRegion = (
  region: Region,
  flow: DataFlow,
  around: Surroundings,
): { readonly locals: number; readonly code: Uint8Array } => new RegionEmitter(region, flow, around).emit()
