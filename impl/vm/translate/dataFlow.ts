import { type Alignment, aligned, alignedAfter, NOTHING_ALIGNED } from './alignment.ts'
import type { Block, Region } from './controlFlow.ts'
import { ALL_REGISTERS, NO_REGISTERS, only, type RegisterSet, reads, writes } from './registers.ts'

/**
 * What is known of the registers at each block. A function of translated code keeps registers in locals; the register
 * file in memory is brought up to date where control leaves the function.
 */
export interface DataFlow {
  /** Blocks that can be reached, in reverse postorder: all predecessors first but for back edges. */
  readonly order: readonly number[]
  readonly blocks: readonly BlockFlow[]
}

export interface BlockFlow {
  /** Position in `order`; -1 for a block that no edge leads to. */
  readonly rank: number
  readonly predecessors: readonly number[]
  /** Registers whose local may be newer than the register file, at the start and at the end of the body. */
  readonly dirtyIn: RegisterSet
  readonly dirtyEnd: RegisterSet
  /** Registers whose local must hold the value at the start. */
  readonly liveIn: RegisterSet
  /** What is known of alignment at the start. */
  readonly alignment: Alignment
  /**
   * Instructions to the next block with such a number, the longest way; the block runs only where so many may be
   * executed. Undefined where the block is not asked.
   */
  readonly need: number | undefined
  /** Where the block ends with a call: what the callee may load or store. */
  readonly calleeTouches: RegisterSet
}

interface Draft {
  rank: number
  predecessors: number[]
  used: RegisterSet
  defined: RegisterSet
  dirtyIn: RegisterSet
  liveIn: RegisterSet
  alignment: Alignment
  isCheckpoint: boolean
  distance: number
  calleeTouches: RegisterSet
}

/** Reverse postorder, and the targets of back edges: every cycle goes through one of these. */
const depthFirst = (
  blocks: readonly Block[],
): { readonly order: readonly number[]; readonly heads: ReadonlySet<number> } => {
  const order: number[] = []
  const heads = new Set<number>()
  const state = new Uint8Array(blocks.length)
  const [NEW, OPEN, DONE] = [0, 1, 2]
  const stack: { readonly block: number; readonly next: readonly number[]; done: number }[] = []
  const open = (block: number): void => {
    state[block] = OPEN
    stack.push({ block, next: blocks[block]!.successors, done: 0 })
  }
  open(0)
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const successor = top.next[top.done++]
    if (successor === undefined) {
      state[top.block] = DONE
      order.push(top.block)
      stack.pop()
    } else if (state[successor] === NEW) open(successor)
    else if (state[successor] === OPEN) heads.add(successor)
  }
  return { order: order.reverse(), heads }
}

const isCall = ({ end }: Block): boolean => end.kind === 'call' || end.kind === 'indirectCall'

const draftOf = (block: Block, callee: (block: Block) => RegisterSet): Draft => {
  let used = NO_REGISTERS
  let defined = NO_REGISTERS
  for (const instruction of block.body) {
    used |= reads(instruction) & ~defined
    defined |= writes(instruction)
  }
  const { end } = block
  if (end.kind === 'branch') used |= reads(end.condition) & ~defined
  if ('jump' in end) used |= reads(end.jump) & ~defined
  if (end.kind === 'call') defined |= only(end.link)
  if (end.kind === 'indirectCall') defined |= writes(end.jump)
  return {
    rank: -1,
    predecessors: [],
    used,
    defined,
    dirtyIn: NO_REGISTERS,
    liveIn: NO_REGISTERS,
    alignment: NOTHING_ALIGNED,
    isCheckpoint: false,
    distance: 0,
    calleeTouches: callee(block),
  }
}

/** Repeats `step` over `order` until nothing changes. */
const untilStable = (order: readonly number[], step: (block: number) => boolean): void => {
  for (let changed = true; changed; ) {
    changed = false
    for (const block of order) if (step(block)) changed = true
  }
}

/**
 * Analyses a region.
 *
 * @param calleeTouches registers that a callee may load from or store to the register file, for blocks that end in a call
 */
export const analyse = (region: Region, calleeTouches: (block: Block) => RegisterSet): DataFlow => {
  const { blocks } = region
  const { order, heads } = depthFirst(blocks)
  const drafts = blocks.map((block) => draftOf(block, (b) => (isCall(b) ? calleeTouches(b) : NO_REGISTERS)))
  order.forEach((block, rank) => {
    drafts[block]!.rank = rank
    for (const successor of blocks[block]!.successors) drafts[successor]!.predecessors.push(block)
  })
  markCheckpoints(blocks, drafts, order, heads)
  spreadDirty(blocks, drafts, order)
  spreadLive(blocks, drafts, [...order].reverse())
  spreadAlignment(blocks, drafts, order)

  return {
    order,
    blocks: drafts.map((draft) => ({
      rank: draft.rank,
      predecessors: draft.predecessors,
      dirtyIn: draft.dirtyIn,
      dirtyEnd: draft.dirtyIn | draft.defined,
      liveIn: draft.liveIn,
      alignment: draft.alignment,
      need: draft.isCheckpoint ? draft.distance : undefined,
      calleeTouches: draft.calleeTouches,
    })),
  }
}

const markCheckpoints = (
  blocks: readonly Block[],
  drafts: readonly Draft[],
  order: readonly number[],
  heads: ReadonlySet<number>,
): void => {
  drafts[0]!.isCheckpoint = true
  for (const head of heads) drafts[head]!.isCheckpoint = true
  for (const block of blocks)
    if (isCall(block)) for (const back of block.successors) drafts[back]!.isCheckpoint = true
  for (const i of [...order].reverse()) {
    const onwards = blocks[i]!.successors.map((s) => (drafts[s]!.isCheckpoint ? 0 : drafts[s]!.distance))
    drafts[i]!.distance = blocks[i]!.steps + Math.max(0, ...onwards)
  }
}

const spreadDirty = (blocks: readonly Block[], drafts: readonly Draft[], order: readonly number[]): void => {
  untilStable(order, (i) => {
    const draft = drafts[i]!
    const out = (draft.dirtyIn | draft.defined) & ~draft.calleeTouches
    let changed = false
    for (const s of blocks[i]!.successors) {
      const before = drafts[s]!.dirtyIn
      drafts[s]!.dirtyIn |= out
      if (drafts[s]!.dirtyIn !== before) changed = true
    }
    return changed
  })
}

/** Whether control may leave the function at the end of the block, so that what is dirty there is stored. */
const leavesAtEnd = ({ end }: Block): boolean => end.kind !== 'jump' && end.kind !== 'branch'

/** Whether an instruction of the body can trap. */
const mayFault = ({ body }: Block): boolean => body.some(({ kind }) => kind === 'load' || kind === 'store')

const spreadLive = (
  blocks: readonly Block[],
  drafts: readonly Draft[],
  backwards: readonly number[],
): void => {
  untilStable(backwards, (i) => {
    const [block, draft] = [blocks[i]!, drafts[i]!]
    let out = leavesAtEnd(block) ? draft.dirtyIn | draft.defined : NO_REGISTERS
    for (const s of block.successors) out |= drafts[s]!.liveIn & ~draft.calleeTouches
    let live = draft.used | (out & ~draft.defined)
    // What is dirty is stored where the budget ends or an instruction traps.
    if (draft.isCheckpoint || mayFault(block)) live |= draft.dirtyIn
    const changed = draft.liveIn !== live
    draft.liveIn = live
    return changed
  })
}

const spreadAlignment = (
  blocks: readonly Block[],
  drafts: readonly Draft[],
  order: readonly number[],
): void => {
  for (const i of order) if (i !== 0) drafts[i]!.alignment = aligned(ALL_REGISTERS)
  untilStable(order, (i) => {
    const draft = drafts[i]!
    const out = alignedAfter(blocks[i]!, draft.alignment, draft.calleeTouches)
    let changed = false
    for (const s of blocks[i]!.successors) {
      const before = drafts[s]!.alignment
      const both = { to2: before.to2 & out.to2, to4: before.to4 & out.to4 }
      if (both.to2 === before.to2 && both.to4 === before.to4) continue
      drafts[s]!.alignment = both
      changed = true
    }
    return changed
  })
}
