import type { Region } from './controlFlow.ts'
import type { DataFlow } from './dataFlow.ts'

/**
 * Loops recovered from the graph of blocks, since WebAssembly has no goto. A sequence is in topological order, so every
 * edge in it goes forward; an edge back goes to the head of a loop around it. A loop is a strongly connected component;
 * one with several entries, which compiled code rarely has, starts with a choice among them.
 */
export type Sequence = readonly Item[]

export type Item =
  | { readonly kind: 'block'; readonly block: number }
  | {
      readonly kind: 'loop'
      readonly head: number
      /** Blocks that are entered from outside, the head first. */
      readonly entries: readonly number[]
      /** Without the edges to the head. */
      readonly body: Sequence
    }

const blockItem = (block: number): Item => ({ kind: 'block', block })

/** Finds the structure of one region. */
class Structurer {
  private readonly region: Region
  private readonly flow: DataFlow
  /** By block: order of discovery counted from 1, 0 for one that was not found yet, -1 for one that is no member. */
  private readonly index: Int32Array
  private readonly low: Int32Array
  private readonly isPending: Uint8Array
  /** How many of a block's successors were followed. */
  private readonly followed: Int32Array

  constructor(region: Region, flow: DataFlow) {
    this.region = region
    this.flow = flow
    const count = region.blocks.length
    this.index = new Int32Array(count).fill(-1)
    this.low = new Int32Array(count)
    this.isPending = new Uint8Array(count)
    this.followed = new Int32Array(count)
  }

  /** The structure of `members`, which are in the order of their ranks, without the edges to `head`. */
  sequence(members: readonly number[], head: number | undefined): Sequence {
    const { blocks } = this.flow
    if (!members.some((block) => block !== head && blocks[block]!.isHead)) return members.map(blockItem)
    return this.components(members, head).map((component): Item => {
      const first = component[0]!
      if (
        component.length === 1 &&
        (first === head || !this.region.blocks[first]!.successors.includes(first))
      )
        return blockItem(first)
      component.sort((a, b) => blocks[a]!.rank - blocks[b]!.rank)
      const inside = new Set(component)
      const entries = component.filter(
        (block) => block === 0 || blocks[block]!.predecessors.some((p) => !inside.has(p)),
      )
      return { kind: 'loop', head: entries[0]!, entries, body: this.sequence(component, entries[0]) }
    })
  }

  /**
   * Strongly connected components of `members`, edges to `head` left out, in topological order. Source: Tarjan,
   * "Depth-First Search and Linear Graph Algorithms", 1972, with a stack of its own instead of recursion.
   */
  private components(members: readonly number[], head: number | undefined): readonly number[][] {
    const { index, low, isPending, followed } = this
    const found: number[][] = []
    const pending: number[] = []
    const path: number[] = []
    let discovered = 0
    for (const member of members) {
      index[member] = 0
      followed[member] = 0
    }
    for (const root of members) {
      if (index[root] !== 0) continue
      path.push(root)
      for (let block = path.at(-1); block !== undefined; block = path.at(-1)) {
        if (index[block] === 0) {
          index[block] = low[block] = ++discovered
          isPending[block] = 1
          pending.push(block)
        }
        const successor = this.region.blocks[block]!.successors[followed[block]!++]
        if (successor !== undefined) {
          if (successor === head || index[successor] === -1) continue
          if (index[successor] === 0) path.push(successor)
          else if (isPending[successor] === 1) low[block] = Math.min(low[block]!, index[successor]!)
          continue
        }
        path.pop()
        const above = path.at(-1)
        if (above !== undefined) low[above] = Math.min(low[above]!, low[block]!)
        if (low[block] !== index[block]) continue
        const component: number[] = []
        for (let member = -1; member !== block; ) {
          member = pending.pop()!
          isPending[member] = 0
          component.push(member)
        }
        found.push(component)
      }
    }
    for (const member of members) index[member] = -1
    return found.reverse()
  }
}

/** The structure of a region; its first item is, or holds, the entry block. */
export const structureOf = (region: Region, flow: DataFlow): Sequence =>
  new Structurer(region, flow).sequence(flow.order, undefined)
