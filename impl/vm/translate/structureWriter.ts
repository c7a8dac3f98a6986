import type { Block, Region } from './controlFlow.ts'
import { ADDRESS, type FunctionWriter, type Label, SELECTED } from './functionWriter.ts'
import type { Item, Sequence } from './structure.ts'
import { OP } from './wasm.ts'

/** How control comes to a block: bits. */
const BACK = 1
/** The loop there chooses among its entries by the number of the block. */
const CHOSEN = 2

type Loop = Extract<Item, { kind: 'loop' }>

/** Writes the structure of a region, and the ways from block to block in it. */
export class StructureWriter {
  private readonly w: FunctionWriter
  private readonly blocks: readonly Block[]
  /** Writes what a block does, which ends with going on or leaving the function. */
  private readonly emitBlock: (block: number) => void
  /**
   * By block: the label that a branch to it takes where the writer is now, and bits. All edges but those back to a head
   * go forward, so that what an inner sequence overwrites is not asked again outside.
   */
  private readonly labels: Int32Array
  private readonly ways: Uint8Array

  constructor(w: FunctionWriter, { blocks }: Region, emitBlock: (block: number) => void) {
    this.w = w
    this.blocks = blocks
    this.emitBlock = emitBlock
    this.labels = new Int32Array(blocks.length)
    this.ways = new Uint8Array(blocks.length)
  }

  /** Writes all blocks of the structure; control does not come out at its end. */
  emit(structure: Sequence): void {
    this.sequence(structure, undefined)
    this.w.op(OP.unreachable)
  }

  private sequence(items: Sequence, loop: Loop | undefined): void {
    const { w } = this
    // The first item is come to from before the sequence, or back to the head of the loop that it is the body of.
    for (let i = items.length - 1; i > 0; i--) this.come(items[i]!, w.open(OP.block))
    if (loop !== undefined && loop.entries.length > 1) this.emitChoice(loop.entries)
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!
      if (i > 0) w.close()
      if (item.kind === 'block') this.emitBlock(item.block)
      else this.emitLoop(item)
    }
  }

  /** Lets branches to an item take `label`. */
  private come(item: Item, label: Label): void {
    if (item.kind === 'block') this.way(item.block, label, 0)
    else for (const entry of item.entries) this.way(entry, label, item.entries.length > 1 ? CHOSEN : 0)
  }

  private way(block: number, label: Label, bits: number): void {
    this.labels[block] = label
    this.ways[block] = bits
  }

  private emitLoop(item: Loop): void {
    const label = this.w.open(OP.loop)
    this.way(item.head, label, item.entries.length > 1 ? BACK | CHOSEN : BACK)
    this.sequence(item.body, item)
    this.w.close()
    this.w.op(OP.unreachable)
  }

  /** At the start of a loop with several entries: on to the one that is selected, the head being the first item. */
  private emitChoice(entries: readonly number[]): void {
    const { w } = this
    for (const entry of entries.slice(1)) {
      w.localGet(SELECTED)
      w.constant(entry)
      w.op(OP.i32Eq)
      w.branch(OP.brIf, this.labels[entry]!)
    }
  }

  private select(block: number): void {
    if ((this.ways[block]! & CHOSEN) === 0) return
    this.w.constant(block)
    this.w.localSet(SELECTED)
  }

  /** Goes to `block`, as the last thing that a block does. */
  jump(block: number): void {
    this.select(block)
    const isNext = this.labels[block] === this.w.nesting && (this.ways[block]! & BACK) === 0
    if (!isNext) this.w.branch(OP.br, this.labels[block]!)
  }

  /** Goes to `block` from inside blocks of WebAssembly. */
  private jumpFar(block: number): void {
    this.select(block)
    this.w.branch(OP.br, this.labels[block]!)
  }

  /** Consumes a condition, and goes to `block` where it holds. */
  jumpIf(block: number): void {
    const { w } = this
    if ((this.ways[block]! & CHOSEN) === 0) {
      w.branch(OP.brIf, this.labels[block]!)
      return
    }
    w.open(OP.if)
    this.jumpFar(block)
    w.close()
  }

  /**
   * On at the target that ADDRESS is, if it is one of them; they are in ascending order. Where it is not, or is no
   * multiple of 4, what is written next is executed.
   */
  switchOn(targets: readonly number[], address: (index: number) => number): void {
    const { w, blocks } = this
    if (targets.length === 0) return
    const outside = w.open(OP.block)
    const first = blocks[targets[0]!]!.start
    const labels = new Array<Label>(blocks[targets.at(-1)!]!.start - first + 1).fill(outside)
    // What has to be selected is come to through a block of its own.
    const chosen = targets.filter((target) => (this.ways[target]! & CHOSEN) !== 0)
    for (const target of targets) labels[blocks[target]!.start - first] = this.labels[target]!
    for (const target of chosen.toReversed()) labels[blocks[target]!.start - first] = w.open(OP.block)
    w.localGet(ADDRESS)
    w.constant(address(first))
    w.op(OP.i32Sub)
    w.constant(2)
    // What is misaligned becomes a large number.
    w.op(OP.i32Rotr)
    w.branchTable(labels, outside)
    for (const target of chosen) {
      w.close()
      this.jumpFar(target)
    }
    w.close()
  }
}
