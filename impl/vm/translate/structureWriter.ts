import { ADDRESS, type FunctionWriter, type Label, SELECTED } from './functionWriter.ts'
import type { Item, Sequence } from './structure.ts'
import { OP } from './wasm.ts'

/** A sequence that is being written. */
interface Frame {
  readonly items: Sequence
  /** Block -> position of the item that holds it. */
  readonly positions: ReadonlyMap<number, number>
  /** Label before the item at a position; there is none before the first. */
  readonly labels: Label[]
  current: number
  /** The loop whose body this is. */
  readonly loop:
    | {
        readonly head: number
        readonly label: Label
        readonly isChoice: boolean
        readonly entries: readonly number[]
      }
    | undefined
}

interface Target {
  readonly label: Label
  /** The loop there chooses among its entries by the number of the block. */
  readonly isChosen: boolean
  /** It comes next: no branch is needed at the end of a block. */
  readonly isNext: boolean
}

const isChoice = (item: Item): boolean => item.kind === 'loop' && item.entries.length > 1

const blocksOf = (item: Item): readonly number[] => (item.kind === 'block' ? [item.block] : item.blocks)

/** Writes the structure of a region, and the ways from block to block in it. */
export class StructureWriter {
  private readonly w: FunctionWriter
  /** Writes what a block does, which ends with going on or leaving the function. */
  private readonly emitBlock: (block: number) => void
  private readonly frames: Frame[] = []

  constructor(w: FunctionWriter, emitBlock: (block: number) => void) {
    this.w = w
    this.emitBlock = emitBlock
  }

  /** Writes all blocks of the structure; control does not come out at its end. */
  emit(structure: Sequence): void {
    this.sequence(structure, undefined)
    this.w.op(OP.unreachable)
  }

  private sequence(items: Sequence, loop: Frame['loop']): void {
    const { w } = this
    const positions = new Map<number, number>()
    for (const [i, item] of items.entries()) for (const block of blocksOf(item)) positions.set(block, i)
    const frame: Frame = { items, positions, labels: [], current: 0, loop }
    for (let i = items.length - 1; i > 0; i--) frame.labels[i] = w.open(OP.block)
    this.frames.push(frame)
    if (loop?.isChoice) this.emitChoice(loop.entries, frame)
    for (const [i, item] of items.entries()) {
      if (i > 0) w.close()
      frame.current = i
      if (item.kind === 'block') this.emitBlock(item.block)
      else this.emitLoop(item)
    }
    this.frames.pop()
  }

  private emitLoop(item: Extract<Item, { kind: 'loop' }>): void {
    const label = this.w.open(OP.loop)
    this.sequence(item.body, { head: item.head, label, isChoice: isChoice(item), entries: item.entries })
    this.w.close()
    this.w.op(OP.unreachable)
  }

  /** At the start of a loop with several entries: on to the one that is selected, the head being the first item. */
  private emitChoice(entries: readonly number[], { positions, labels }: Frame): void {
    const { w } = this
    for (const entry of entries.slice(1)) {
      w.localGet(SELECTED)
      w.constant(entry)
      w.op(OP.i32Eq)
      w.branch(OP.brIf, labels[positions.get(entry)!]!)
    }
  }

  /** Where control goes for an edge to `block`. */
  private target(block: number): Target {
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const { items, positions, labels, current, loop } = this.frames[i]!
      if (loop?.head === block) return { label: loop.label, isChosen: loop.isChoice, isNext: false }
      const position = positions.get(block)
      if (position === undefined || position <= current) continue
      const isNext = i === this.frames.length - 1 && position === current + 1
      return { label: labels[position]!, isChosen: isChoice(items[position]!), isNext }
    }
    throw new Error(`no way to block ${block}`)
  }

  private select(block: number): void {
    this.w.constant(block)
    this.w.localSet(SELECTED)
  }

  /** Goes to `block`, as the last thing that a block does. */
  jump(block: number): void {
    const { label, isChosen, isNext } = this.target(block)
    if (isChosen) this.select(block)
    if (!isNext) this.w.branch(OP.br, label)
  }

  /** Goes to `block` from inside blocks of WebAssembly. */
  private jumpFar(block: number): void {
    const { label, isChosen } = this.target(block)
    if (isChosen) this.select(block)
    this.w.branch(OP.br, label)
  }

  /** Consumes a condition, and goes to `block` where it holds. */
  jumpIf(block: number): void {
    const { label, isChosen } = this.target(block)
    if (!isChosen) this.w.branch(OP.brIf, label)
    else this.w.when(() => this.jumpFar(block))
  }

  /** On at the target that ADDRESS is, if it is one of them; they are in ascending order. */
  switchOn(
    targets: readonly number[],
    startOf: (block: number) => number,
    address: (index: number) => number,
  ): void {
    const { w } = this
    const [first, last] = [targets[0], targets.at(-1)]
    if (first === undefined || last === undefined) return
    const labels = new Map<number, Label>()
    const outside = w.open(OP.block)
    for (const target of targets.toReversed()) labels.set(startOf(target), w.open(OP.block))
    w.localGet(ADDRESS)
    w.constant(address(startOf(first)))
    w.op(OP.i32Sub)
    w.constant(2)
    w.op(OP.i32ShrU)
    const span = startOf(last) - startOf(first) + 1
    w.branchTable(
      Array.from({ length: span }, (_, i) => labels.get(startOf(first) + i) ?? outside),
      outside,
    )
    for (const target of targets) {
      w.close()
      this.jumpFar(target)
    }
    w.close()
  }
}
