import {
  isAccess,
  isBranch,
  isLinked,
  MISALIGNED,
  OPERATION,
  operationOf,
  type PredecodedCode,
  packedAt,
  rdOf,
  rs1Of,
  wordIndex,
} from '../predecode.ts'
import { baseBits, isStepBy4 } from './alignment.ts'
import { jumpTableTargets } from './jumpTable.ts'
import type { Profile } from './profile.ts'
import { NO_REGISTERS, only, type RegisterSet, reads, writes } from './registers.ts'

/**
 * What becomes one function: the basic blocks that are reached from an entry without leaving through a call, a return
 * or a jump through a register. Words of the code are named by their index; index i stands at base + 4 i, addresses
 * outside the code have indices at or beyond its count.
 */
export interface Region {
  readonly entry: number
  /** The first one starts at the entry. */
  readonly blocks: readonly Block[]
}

/** A straight line of instructions. Numbers of blocks are positions in `Region.blocks`. */
export interface Block {
  /** Index of the first instruction. */
  readonly start: number
  /** Index after the body: the instructions that neither jump nor stop, one after the other. */
  readonly bodyEnd: number
  /** What comes after the body: nothing or, for all but `jump`, `leave` and `stop`, the instruction at `bodyEnd`. */
  readonly end: Terminator
  /** Blocks that may come next. */
  readonly successors: readonly number[]
  /** Instructions that the block executes where nothing goes wrong. */
  readonly steps: number
  /** Registers that are read before they are written, the terminator included. */
  readonly used: RegisterSet
  /** Registers that are written, a link included. */
  readonly defined: RegisterSet
  /** Registers that are read or written. */
  readonly touched: RegisterSet
  /** Registers whose last two bits may be others after the block than before it. */
  readonly moved: RegisterSet
  /** Registers that must hold multiples of 2 and of 4 at the start, or an instruction of the body traps. */
  readonly mustBeTo2: RegisterSet
  readonly mustBeTo4: RegisterSet
}

export type Terminator =
  /** To another block, by falling through or by a JAL. */
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'branch'; readonly taken: number; readonly next: number }
  /** To a function whose index is known, and on at `back` when it returns. */
  | { readonly kind: 'call'; readonly target: number; readonly back: number }
  | { readonly kind: 'indirectCall'; readonly back: number }
  /** On in another region: a sibling call, or more code than one function should hold. */
  | { readonly kind: 'leave'; readonly target: number }
  /** To where a link register points: most likely where this function was called. */
  | { readonly kind: 'return' }
  | { readonly kind: 'indirectJump' }
  /** To one of these blocks, where such a jump is known to go to, or somewhere else. */
  | { readonly kind: 'switch'; readonly targets: readonly number[] }
  /** What only the interpreter does: an exit, a trap. */
  | { readonly kind: 'stop' }

/** Whether the block ends with a call. */
export const isCall = ({ end }: Block): boolean => end.kind === 'call' || end.kind === 'indirectCall'

const RETURN: Terminator = { kind: 'return' }
const INDIRECT_JUMP: Terminator = { kind: 'indirectJump' }
const STOP: Terminator = { kind: 'stop' }

/** Instructions of a region at most: beyond some thousands V8's optimizing compiler gives up or takes long. */
export const REGION_STEPS = 2000

/** Words that the cases of a switch are away from it at most; what is farther is another function. */
const SWITCH_REACH = 4096

const NO_BLOCKS: readonly number[] = []

/** Whether an instruction jumps or stops. */
const endsLine = (operation: number): boolean => operation >= OPERATION.beq || operation === OPERATION.trap

const successorsOf = (end: Terminator): readonly number[] => {
  switch (end.kind) {
    case 'jump':
      return [end.to]
    case 'branch':
      return [end.next, end.taken]
    case 'call':
    case 'indirectCall':
      return [end.back]
    case 'switch':
      return end.targets
    default:
      return NO_BLOCKS
  }
}

/** Finds regions in a code. */
export class RegionFinder {
  private readonly code: PredecodedCode
  private readonly profile: Profile
  /** 1 for each index that is called somewhere in the code seen so far. */
  private readonly isCalled: Uint8Array
  private readonly tables = new Map<number, readonly number[]>()
  // For each word the number of the last search that came to it, that had a block start there, and the block's number.
  private readonly seen: Int32Array
  private readonly leads: Int32Array
  private readonly numbers: Int32Array
  private search = 0
  private entry = 0
  private seenCount = 0
  /** Starts of blocks, in the order in which they are found: for the first pass, then for the second. */
  private starts: number[] = []
  /** Blocks that start outside the code. */
  private readonly outside = new Map<number, number>()

  constructor(code: PredecodedCode, profile: Profile) {
    this.code = code
    this.profile = profile
    this.isCalled = new Uint8Array(code.count)
    this.seen = new Int32Array(code.count)
    this.leads = new Int32Array(code.count)
    this.numbers = new Int32Array(code.count)
  }

  /** Whether a function starts at an index inside the code, as far as is known. */
  isFunction(index: number): boolean {
    return this.isCalled[index] === 1 || this.profile.isCalled[index] === 1
  }

  /** The region that starts at `entry`, an index inside the code. */
  find(entry: number): Region {
    this.search++
    this.entry = entry
    this.findLeaders()
    this.starts = []
    this.outside.clear()
    this.numberOf(entry)
    const blocks: Block[] = []
    for (let i = 0; i < this.starts.length; i++) blocks.push(this.blockAt(this.starts[i]!))
    return { entry, blocks }
  }

  private packed(index: number): number {
    return packedAt(this.code, index)
  }

  /** Target of a JALR whose register was set to a constant just before: a call over a long distance. */
  private pairedTarget(index: number): number | undefined {
    if (index === 0) return undefined
    const before = this.packed(index - 1)
    if (operationOf(before) !== OPERATION.li || rdOf(before) !== rs1Of(this.packed(index))) return undefined
    const { base, operands } = this.code
    const address = (operands[index - 1]! + operands[index]!) & ~1
    return address % 4 === 0 ? wordIndex(base, address) : undefined
  }

  /** Where the switch at `index` goes to by its table, and was seen to go to; undefined if that is another function. */
  private switchTargets(index: number): readonly number[] | undefined {
    let table = this.tables.get(index)
    if (table === undefined) {
      table = jumpTableTargets(this.code, index, SWITCH_REACH)
      this.tables.set(index, table)
    }
    const targets = new Set(table)
    for (const target of this.profile.targetsOf(index)) if (target < this.code.count) targets.add(target)
    for (const target of targets)
      if (Math.abs(target - index) >= SWITCH_REACH || this.isSiblingCall(target)) return undefined
    return [...targets].sort((a, b) => a - b)
  }

  private isSiblingCall(target: number): boolean {
    return target !== this.entry && this.isFunction(target)
  }

  /** Marks first instructions of all blocks. Breadth first, so that what is left out of a large region is farthest. */
  private findLeaders(): void {
    this.starts = []
    this.seenCount = 0
    this.lead(this.entry)
    for (let i = 0; i < this.starts.length; i++) this.scanLine(this.starts[i]!)
  }

  private lead(index: number): void {
    if (index >= this.code.count || this.leads[index] === this.search) return
    this.leads[index] = this.search
    this.starts.push(index)
  }

  private scanLine(start: number): void {
    const { seen, search } = this
    const { count, operands } = this.code
    for (let index = start; index < count; index++) {
      if (seen[index] === search) {
        this.lead(index)
        return
      }
      if (this.seenCount >= REGION_STEPS) {
        // A block starts here that is not of the region.
        this.leads[index] = search
        return
      }
      this.seenCount++
      seen[index] = search
      const packed = this.packed(index)
      const operation = operationOf(packed)
      if (!endsLine(operation)) continue
      const target = operands[index]!
      if (isBranch(operation)) {
        if (target === MISALIGNED) return
        this.lead(index + 1)
        this.lead(target)
      } else if (operation === OPERATION.j) {
        if (target !== MISALIGNED && !this.isSiblingCall(target)) this.lead(target)
      } else if (operation === OPERATION.jal) {
        if (target === MISALIGNED) return
        this.isCalled[target] = 1
        this.lead(index + 1)
      } else if (operation === OPERATION.jalr && isLinked(packed)) {
        const known = this.pairedTarget(index)
        if (known !== undefined) this.isCalled[known] = 1
        this.lead(index + 1)
      } else if (operation === OPERATION.jr) {
        for (const known of this.switchTargets(index) ?? NO_BLOCKS) this.lead(known)
      }
      return
    }
  }

  private numberOf(start: number): number {
    const { starts, numbers, outside } = this
    const known = start < numbers.length ? numbers[start]! : outside.get(start)
    // What another search left there is a number of no block of this one, or that of another block.
    if (known !== undefined && starts[known] === start) return known
    if (start < numbers.length) numbers[start] = starts.length
    else outside.set(start, starts.length)
    return starts.push(start) - 1
  }

  private blockAt(start: number): Block {
    const { leads, seen, search } = this
    const { count } = this.code
    let used = NO_REGISTERS
    let defined = NO_REGISTERS
    let touched = NO_REGISTERS
    let moved = NO_REGISTERS
    let mustBeTo2 = NO_REGISTERS
    let mustBeTo4 = NO_REGISTERS
    let index = start
    let end = STOP
    let endSteps = 0
    if (start < count && seen[start] !== search) end = { kind: 'leave', target: start }
    else
      for (; index < count; index++) {
        if (index !== start && leads[index] === search) {
          end = { kind: 'jump', to: this.numberOf(index) }
          break
        }
        const packed = this.packed(index)
        const operation = operationOf(packed)
        if (endsLine(operation)) {
          end = this.terminator(start, index, packed)
          if (end === STOP) break
          endSteps = 1
        }
        used |= reads(packed) & ~defined
        if (isAccess(operation)) {
          const base = only(rs1Of(packed)) & ~moved
          const bits = baseBits(operation, this.code.operands[index]!)
          if (bits >= 1) mustBeTo2 |= base
          if (bits >= 2) mustBeTo4 |= base
        }
        defined |= writes(packed)
        if (!isStepBy4(packed, this.code.operands[index]!)) moved |= writes(packed)
        touched |= reads(packed) | writes(packed)
        if (endSteps !== 0) break
      }
    const steps = index - start + endSteps
    return {
      start,
      bodyEnd: index,
      end,
      successors: successorsOf(end),
      steps,
      used,
      defined,
      touched,
      moved,
      mustBeTo2,
      mustBeTo4,
    }
  }

  /** What the instruction at `index` does, one that jumps or stops; the block starts at `start`. */
  private terminator(start: number, index: number, packed: number): Terminator {
    const operation = operationOf(packed)
    const target = this.code.operands[index]!
    if (isBranch(operation)) {
      if (target === MISALIGNED) return STOP
      const next = this.numberOf(index + 1)
      return { kind: 'branch', taken: this.numberOf(target), next }
    }
    switch (operation) {
      case OPERATION.j:
        if (target === MISALIGNED) return STOP
        if (this.isSiblingCall(target)) return { kind: 'leave', target }
        return { kind: 'jump', to: this.numberOf(target) }
      case OPERATION.jal:
        if (target === MISALIGNED) return STOP
        return { kind: 'call', target, back: this.numberOf(index + 1) }
      case OPERATION.jalr: {
        const known = start < index ? this.pairedTarget(index) : undefined
        if (!isLinked(packed)) return known === undefined ? RETURN : { kind: 'leave', target: known }
        const back = this.numberOf(index + 1)
        return known === undefined ? { kind: 'indirectCall', back } : { kind: 'call', target: known, back }
      }
      case OPERATION.jr: {
        const known = start < index ? this.pairedTarget(index) : undefined
        if (known !== undefined) return { kind: 'leave', target: known }
        const targets = this.switchTargets(index)
        if (targets === undefined) return INDIRECT_JUMP
        return { kind: 'switch', targets: targets.map((to) => this.numberOf(to)) }
      }
      default:
        return STOP
    }
  }
}
