import { decode, type Instruction } from '../../../spec/machine/decode.ts'
import type { Code } from '../../../spec/machine/program.ts'
import { isJump } from '../predecode.ts'
import type { Profile } from './profile.ts'

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
  /** Instructions that neither jump nor stop, one after the other. */
  readonly body: readonly Instruction[]
  readonly end: Terminator
  /** Instructions that the block executes where nothing goes wrong. */
  readonly steps: number
}

export type Branch = Extract<Instruction, { kind: 'branch' }>
export type JumpRegister = Extract<Instruction, { kind: 'jalr' }>

export type Terminator =
  /** To another block, by falling through or by a JAL. */
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'branch'; readonly condition: Branch; readonly taken: number; readonly next: number }
  /** To a function whose index is known, and on at `back` when it returns. */
  | { readonly kind: 'call'; readonly link: number; readonly target: number; readonly back: number }
  | { readonly kind: 'indirectCall'; readonly jump: JumpRegister; readonly back: number }
  /** On in another region: a sibling call, or more code than one function should hold. */
  | { readonly kind: 'leave'; readonly target: number }
  /** To where a link register points: most likely where this function was called. */
  | { readonly kind: 'return'; readonly jump: JumpRegister }
  | { readonly kind: 'indirectJump'; readonly jump: JumpRegister }
  /** To one of these blocks, where such a jump was seen to go to, or somewhere else. */
  | { readonly kind: 'switch'; readonly jump: JumpRegister; readonly targets: readonly number[] }
  /** What only the interpreter does: an exit, a trap. */
  | { readonly kind: 'stop' }

/** Instructions of a region at most: beyond some thousands V8's optimizing compiler gives up or takes long. */
const REGION_STEPS = 2000

/** Words that the cases of a switch are away from it at most; what is farther is another function. */
const SWITCH_REACH = 4096

export const successors = (block: Block): readonly number[] => {
  const { end } = block
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
      return []
  }
}

/** Decodes words of a code once, and finds regions in it. */
export class RegionFinder {
  readonly code: Code
  readonly count: number
  /** Indices that are called somewhere in the code seen so far. */
  private readonly called = new Set<number>()
  private readonly decoded: Instruction[] = []

  private readonly profile: Profile

  constructor(code: Code, count: number, profile: Profile) {
    this.code = code
    this.profile = profile
    this.count = count
  }

  /** Address of the word at `index`, as signed 32-bit. */
  address(index: number): number {
    return (this.code.base + 4 * index) | 0
  }

  /** The region that starts at `entry`, an index inside the code. */
  find(entry: number): Region {
    const leaders = this.leadersFrom(entry)
    const blocks: Block[] = []
    const numbers = new Map<number, number>()
    const starts: number[] = []
    const numberOf = (start: number): number => {
      const known = numbers.get(start)
      if (known !== undefined) return known
      numbers.set(start, starts.length)
      starts.push(start)
      return starts.length - 1
    }
    numberOf(entry)
    for (let i = 0; i < starts.length; i++) blocks.push(this.blockAt(starts[i]!, entry, leaders, numberOf))
    return { entry, blocks }
  }

  private instruction(index: number): Instruction {
    const known = this.decoded[index]
    if (known !== undefined) return known
    const instruction = decode(this.code.words[index] ?? 0)
    this.decoded[index] = instruction
    return instruction
  }

  /** Index that a jump or branch at `index` goes to; undefined where that is misaligned, so that it traps. */
  private target(index: number, offset: number): number | undefined {
    return offset % 4 === 0 ? (index + (offset >> 2)) & 0x3fff_ffff : undefined
  }

  /** Target of a JALR whose register was set by an AUIPC just before: a call over a long distance. */
  private pairedTarget(index: number, jump: JumpRegister): number | undefined {
    const before = index > 0 ? this.instruction(index - 1) : undefined
    if (before?.kind !== 'auipc' || before.rd !== jump.rs1 || before.rd === 0) return undefined
    const address = (this.address(index - 1) + before.immediate + jump.immediate) & ~1
    return address % 4 === 0 ? (address - this.code.base) >>> 2 : undefined
  }

  /** Where the jump at `index` was seen to go to; undefined if that is another function. */
  private switchTargets(index: number, jump: JumpRegister, entry: number): readonly number[] | undefined {
    if (!isJump(jump)) return []
    const targets = [...this.profile.targetsOf(index)].filter((target) => target < this.count)
    const isCase = (target: number): boolean =>
      Math.abs(target - index) < SWITCH_REACH && !this.isSiblingCall(target, entry)
    return targets.every(isCase) ? targets.sort((a, b) => a - b) : undefined
  }

  private isSiblingCall(target: number, entry: number): boolean {
    return this.called.has(target) && target !== entry
  }

  /** First instructions of all blocks, and `true` for those whose code belongs to the region. */
  private leadersFrom(entry: number): ReadonlyMap<number, boolean> {
    const leaders = new Map<number, boolean>([[entry, true]])
    const seen = new Set<number>()
    const waiting = [entry]
    const lead = (index: number): void => {
      if (leaders.has(index)) return
      leaders.set(index, true)
      waiting.push(index)
    }
    // Breadth first, so that what is left out where the region is too large is what is farthest away.
    for (let i = 0; i < waiting.length; i++) {
      const start = waiting[i]!
      if (seen.size >= REGION_STEPS && !seen.has(start)) leaders.set(start, false)
      else this.scanLine(start, entry, seen, lead, leaders)
    }
    return leaders
  }

  private scanLine(
    start: number,
    entry: number,
    seen: Set<number>,
    lead: (index: number) => void,
    leaders: Map<number, boolean>,
  ): void {
    for (let index = start; index < this.count; index++) {
      if (seen.has(index)) {
        lead(index)
        return
      }
      if (seen.size >= REGION_STEPS) {
        leaders.set(index, false)
        return
      }
      seen.add(index)
      const instruction = this.instruction(index)
      switch (instruction.kind) {
        case 'branch': {
          const target = this.target(index, instruction.immediate)
          if (target !== undefined) {
            lead(index + 1)
            lead(target)
          }
          return
        }
        case 'jal': {
          const target = this.target(index, instruction.immediate)
          if (target === undefined) return
          if (instruction.rd !== 0) {
            this.called.add(target)
            lead(index + 1)
          } else if (!this.isSiblingCall(target, entry)) lead(target)
          return
        }
        case 'jalr': {
          if (instruction.rd === 0) {
            for (const target of this.switchTargets(index, instruction, entry) ?? []) lead(target)
            return
          }
          const target = this.pairedTarget(index, instruction)
          if (target !== undefined) this.called.add(target)
          lead(index + 1)
          return
        }
        case 'ecall':
        case 'ebreak':
        case 'illegal':
          return
        default:
      }
    }
  }

  private blockAt(
    start: number,
    entry: number,
    leaders: ReadonlyMap<number, boolean>,
    numberOf: (start: number) => number,
  ): Block {
    const body: Instruction[] = []
    const block = (end: Terminator, steps: number): Block => ({
      start,
      body,
      end,
      steps: body.length + steps,
    })
    if (start < this.count && leaders.get(start) !== true) return block({ kind: 'leave', target: start }, 0)
    for (let index = start; index < this.count; index++) {
      if (index !== start && leaders.has(index)) return block({ kind: 'jump', to: numberOf(index) }, 0)
      const instruction = this.instruction(index)
      switch (instruction.kind) {
        case 'branch': {
          const target = this.target(index, instruction.immediate)
          if (target === undefined) return block({ kind: 'stop' }, 0)
          const next = numberOf(index + 1)
          return block({ kind: 'branch', condition: instruction, taken: numberOf(target), next }, 1)
        }
        case 'jal': {
          const target = this.target(index, instruction.immediate)
          if (target === undefined) return block({ kind: 'stop' }, 0)
          if (instruction.rd !== 0)
            return block({ kind: 'call', link: instruction.rd, target, back: numberOf(index + 1) }, 1)
          if (this.isSiblingCall(target, entry)) return block({ kind: 'leave', target }, 1)
          return block({ kind: 'jump', to: numberOf(target) }, 1)
        }
        case 'jalr': {
          const target = start < index ? this.pairedTarget(index, instruction) : undefined
          if (instruction.rd !== 0) {
            const back = numberOf(index + 1)
            return target === undefined
              ? block({ kind: 'indirectCall', jump: instruction, back }, 1)
              : block({ kind: 'call', link: instruction.rd, target, back }, 1)
          }
          if (target !== undefined) return block({ kind: 'leave', target }, 1)
          if (!isJump(instruction)) return block({ kind: 'return', jump: instruction }, 1)
          const targets = this.switchTargets(index, instruction, entry)
          if (targets === undefined) return block({ kind: 'indirectJump', jump: instruction }, 1)
          return block({ kind: 'switch', jump: instruction, targets: targets.map(numberOf) }, 1)
        }
        case 'ecall':
        case 'ebreak':
        case 'illegal':
          return block({ kind: 'stop' }, 0)
        default:
          body.push(instruction)
      }
    }
    return block({ kind: 'stop' }, 0)
  }
}
