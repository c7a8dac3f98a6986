import { isAccess, operationOf, type PredecodedCode } from '../predecode.ts'
import { Alignment } from './alignment.ts'
import { type Block, isCall, type Region } from './controlFlow.ts'
import { ALL_REGISTERS, NO_REGISTERS, type RegisterSet, writes } from './registers.ts'

/**
 * What is known of the registers at each block. A function of translated code keeps registers in locals; the register
 * file in memory is brought up to date where control leaves the function.
 */
export interface DataFlow {
  /** Blocks that can be reached, in reverse postorder: all predecessors first but for back edges. */
  readonly order: readonly number[]
  readonly blocks: readonly BlockFlow[]
  /**
   * For each word of the region that takes an address from a register, low bits of it that must be zero and are not
   * known to be: a mask, 0, 1 or 3. By the word's index in the code; overwritten when another region is analysed.
   */
  readonly unchecked: Uint8Array
}

export interface BlockFlow {
  /** Position in `order`; -1 for a block that no edge leads to. */
  readonly rank: number
  /** Whether an edge from a block that is not before it leads here. Every cycle goes through such a block. */
  readonly isHead: boolean
  readonly predecessors: readonly number[]
  /** Registers whose local may be newer than the register file, at the start and at the end of the body. */
  readonly dirtyIn: RegisterSet
  readonly dirtyEnd: RegisterSet
  /** Registers whose local must hold the value at the start. */
  readonly liveIn: RegisterSet
  /** Registers that are asked at the start whether they hold multiples of 2 and of 4. */
  readonly checkedTo2: RegisterSet
  readonly checkedTo4: RegisterSet
  /**
   * Instructions to the next block with such a number, the longest way; the block runs only where so many may be
   * executed. Undefined where the block is not asked.
   */
  readonly need: number | undefined
  /** Where the block ends with a call: what the callee may load or store. */
  readonly calleeTouches: RegisterSet
}

/** How far a depth-first search has come with a block. */
const NEW = 0
const OPEN = 1
const DONE = 2

class Draft implements BlockFlow {
  rank = -1
  isHead = false
  readonly predecessors: number[] = []
  dirtyIn: RegisterSet = NO_REGISTERS
  dirtyEnd: RegisterSet = NO_REGISTERS
  liveIn: RegisterSet = NO_REGISTERS
  /** Registers that hold multiples of 2 and of 4 at the start, before any is asked. */
  alignedTo2: RegisterSet = ALL_REGISTERS
  alignedTo4: RegisterSet = ALL_REGISTERS
  checkedTo2: RegisterSet = NO_REGISTERS
  checkedTo4: RegisterSet = NO_REGISTERS
  /** Whether the body was looked at with what is known at the start now. */
  isUpToDate = false
  /** Registers that must hold multiples at the start, or an instruction traps whatever way control goes. */
  mustBeTo2: RegisterSet = NO_REGISTERS
  mustBeTo4: RegisterSet = NO_REGISTERS
  need: number | undefined = undefined
  /** Whether control may leave the function because of an address that is not aligned. */
  mayFault = false
  /** Instructions to the next block that is asked, the longest way. */
  distance = 0
  readonly calleeTouches: RegisterSet

  constructor(calleeTouches: RegisterSet) {
    this.calleeTouches = calleeTouches
  }
}

/** Whether the block ends with a jump to where a register points. */
const takesTarget = ({ end }: Block): boolean =>
  end.kind === 'return' || end.kind === 'switch' || end.kind === 'indirectCall' || end.kind === 'indirectJump'

/** Whether control may leave the function at the end of the block, so that what is dirty there is stored. */
const leavesAtEnd = ({ end }: Block): boolean => end.kind !== 'jump' && end.kind !== 'branch'

/** One region's analysis: a draft for each block, completed step by step. */
class Analysis {
  order: readonly number[] = []
  private readonly postorder: number[] = []
  readonly drafts: readonly Draft[]
  private readonly code: PredecodedCode
  private readonly unchecked: Uint8Array
  private readonly blocks: readonly Block[]
  private hasLoops = false

  constructor(
    code: PredecodedCode,
    { blocks }: Region,
    calleeTouches: (block: Block) => RegisterSet,
    unchecked: Uint8Array,
  ) {
    this.code = code
    this.unchecked = unchecked
    this.blocks = blocks
    this.drafts = blocks.map((block) => new Draft(isCall(block) ? calleeTouches(block) : NO_REGISTERS))
  }

  /** Finds the reverse postorder, and the targets of edges back. */
  sort(): void {
    const { blocks, drafts, postorder } = this
    const state = new Uint8Array(blocks.length)
    const followed = new Int32Array(blocks.length)
    const path = [0]
    state[0] = OPEN
    for (let block = path.at(-1); block !== undefined; block = path.at(-1)) {
      const successor = blocks[block]!.successors[followed[block]!++]
      if (successor === undefined) {
        state[block] = DONE
        postorder.push(block)
        path.pop()
      } else if (state[successor] === NEW) {
        state[successor] = OPEN
        path.push(successor)
      } else if (state[successor] === OPEN) {
        drafts[successor]!.isHead = true
        this.hasLoops = true
      }
    }
    this.order = postorder.toReversed()
    for (let rank = 0; rank < this.order.length; rank++) {
      const block = this.order[rank]!
      drafts[block]!.rank = rank
      const { successors } = blocks[block]!
      for (let i = 0; i < successors.length; i++) drafts[successors[i]!]!.predecessors.push(block)
    }
  }

  /** The blocks at which the budget is asked: the first, heads of loops, and where a call comes back. */
  setNeeds(): void {
    const { blocks, drafts, postorder } = this
    drafts[0]!.need = 0
    for (let i = 0; i < blocks.length; i++) {
      if (drafts[i]!.isHead) drafts[i]!.need = 0
      if (isCall(blocks[i]!)) drafts[blocks[i]!.successors[0]!]!.need = 0
    }
    for (const block of postorder) {
      const draft = drafts[block]!
      const { successors, steps } = blocks[block]!
      let onwards = 0
      for (let i = 0; i < successors.length; i++) {
        const next = drafts[successors[i]!]!
        if (next.need === undefined && next.distance > onwards) onwards = next.distance
      }
      draft.distance = steps + onwards
      if (draft.need !== undefined) draft.need = draft.distance
    }
  }

  setDirty(): void {
    const { drafts } = this
    this.forwards((block, draft) => {
      draft.dirtyEnd = draft.dirtyIn | block.defined
      const out = draft.dirtyEnd & ~draft.calleeTouches
      const { successors } = block
      let changed = false
      for (let i = 0; i < successors.length; i++) {
        const after = drafts[successors[i]!]!
        if ((out & ~after.dirtyIn) === 0) continue
        after.dirtyIn |= out
        changed = true
      }
      return changed
    })
  }

  /** What must be aligned is asked early, where the budget is asked too, if it must be on every way from there. */
  setMustBeAligned(): void {
    const { drafts } = this
    this.backwards((block, draft) => {
      const { successors } = block
      let to2 = successors.length > 0 ? ALL_REGISTERS : NO_REGISTERS
      let to4 = to2
      for (let i = 0; i < successors.length; i++) {
        to2 &= drafts[successors[i]!]!.mustBeTo2
        to4 &= drafts[successors[i]!]!.mustBeTo4
      }
      to2 = block.mustBeTo2 | (to2 & ~block.moved & ~draft.calleeTouches)
      to4 = block.mustBeTo4 | (to4 & ~block.moved & ~draft.calleeTouches)
      const changed = to2 !== draft.mustBeTo2 || to4 !== draft.mustBeTo4
      draft.mustBeTo2 = to2
      draft.mustBeTo4 = to4
      return changed
    })
  }

  setAlignment(): void {
    const { drafts, code, unchecked } = this
    const known = new Alignment()
    drafts[0]!.alignedTo2 = NO_REGISTERS
    drafts[0]!.alignedTo4 = NO_REGISTERS
    this.forwards((block, draft) => {
      if (draft.isUpToDate) return false
      draft.isUpToDate = true
      const { mustBeTo2, mustBeTo4 } = draft.need === undefined ? block : draft
      draft.checkedTo2 = mustBeTo2 & ~draft.alignedTo2
      draft.checkedTo4 = mustBeTo4 & ~draft.alignedTo4
      known.set(draft.alignedTo2 | mustBeTo2, draft.alignedTo4 | mustBeTo4)
      draft.mayFault = (draft.checkedTo2 | draft.checkedTo4) !== NO_REGISTERS
      for (let at = block.start; at < block.bodyEnd; at++) {
        const packed = code.packed[at]!
        const operand = code.operands[at]!
        if (isAccess(operationOf(packed))) {
          unchecked[at] = known.uncheckedBits(packed, operand)
          if (unchecked[at] !== 0) draft.mayFault = true
        }
        known.step(packed, operand)
      }
      if (takesTarget(block))
        unchecked[block.bodyEnd] = known.uncheckedTargetBits(
          code.packed[block.bodyEnd]!,
          code.operands[block.bodyEnd]!,
        )
      // A link is the address of a word; a callee may have changed what it touches.
      const link = isCall(block) ? writes(code.packed[block.bodyEnd]!) : NO_REGISTERS
      const to2 = (known.to2 | link) & ~draft.calleeTouches
      const to4 = (known.to4 | link) & ~draft.calleeTouches
      const { successors } = block
      let changed = false
      for (let i = 0; i < successors.length; i++) {
        const after = drafts[successors[i]!]!
        if ((after.alignedTo2 & ~to2) === 0 && (after.alignedTo4 & ~to4) === 0) continue
        after.alignedTo2 &= to2
        after.alignedTo4 &= to4
        after.isUpToDate = false
        changed = true
      }
      return changed
    })
  }

  setLive(): void {
    const { drafts } = this
    this.backwards((block, draft) => {
      const { successors } = block
      let out = leavesAtEnd(block) ? draft.dirtyEnd : NO_REGISTERS
      for (let i = 0; i < successors.length; i++) out |= drafts[successors[i]!]!.liveIn & ~draft.calleeTouches
      let live = block.used | (out & ~block.defined)
      // What is dirty is stored where the budget ends or an instruction traps.
      if (draft.need !== undefined || draft.mayFault) live |= draft.dirtyIn
      const changed = live !== draft.liveIn
      draft.liveIn = live
      return changed
    })
  }

  /** Does `step` for each block, predecessors first, and again until nothing changes. */
  private forwards(step: (block: Block, draft: Draft) => boolean): void {
    this.untilStable(this.order, step)
  }

  /** The same, successors first. */
  private backwards(step: (block: Block, draft: Draft) => boolean): void {
    this.untilStable(this.postorder, step)
  }

  /** Without loops once is enough. */
  private untilStable(order: readonly number[], step: (block: Block, draft: Draft) => boolean): void {
    const { blocks, drafts } = this
    for (let changed = true; changed; ) {
      changed = false
      for (let i = 0; i < order.length; i++)
        if (step(blocks[order[i]!]!, drafts[order[i]!]!)) changed = this.hasLoops
    }
  }
}

/**
 * Analyses a region.
 *
 * @param calleeTouches registers that a callee may load from or store to the register file, for blocks that end in a call
 * @param unchecked a byte for each word of the code, which is overwritten
 */
export const analyse = (
  code: PredecodedCode,
  region: Region,
  calleeTouches: (block: Block) => RegisterSet,
  unchecked: Uint8Array,
): DataFlow => {
  const analysis = new Analysis(code, region, calleeTouches, unchecked)
  analysis.sort()
  analysis.setNeeds()
  analysis.setDirty()
  analysis.setMustBeAligned()
  analysis.setAlignment()
  analysis.setLive()
  return { order: analysis.order, blocks: analysis.drafts, unchecked }
}
