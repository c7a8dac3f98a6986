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
      /** Blocks that are entered from outside, the head among them. */
      readonly entries: readonly number[]
      readonly blocks: readonly number[]
      /** Without the edges to the head. */
      readonly body: Sequence
    }

/**
 * Strongly connected components of the blocks in `members`, edges to `head` left out, in topological order. Source:
 * Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972, with a stack of its own instead of recursion.
 */
const components = (
  region: Region,
  members: readonly number[],
  head: number | undefined,
): readonly (readonly number[])[] => {
  const found: number[][] = []
  // By block: order of discovery counted from 1, 0 for one that was not found yet, -1 for one that is no member.
  const index = new Int32Array(region.blocks.length).fill(-1)
  const low = new Int32Array(region.blocks.length)
  const isPending = new Uint8Array(region.blocks.length)
  for (const member of members) index[member] = 0
  const pending: number[] = []
  const path: number[] = []
  /** How many of a block's successors were followed. */
  const followed = new Int32Array(region.blocks.length)
  let discovered = 0
  const open = (block: number): void => {
    index[block] = low[block] = ++discovered
    isPending[block] = 1
    pending.push(block)
    path.push(block)
  }
  for (const root of members) {
    if (index[root] !== 0) continue
    open(root)
    for (let block = path.at(-1); block !== undefined; block = path.at(-1)) {
      const successor = region.blocks[block]!.successors[followed[block]!++]
      if (successor !== undefined) {
        if (successor === head || index[successor] === -1) continue
        if (index[successor] === 0) open(successor)
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
  return found.reverse()
}

const sequenceOf = (
  region: Region,
  flow: DataFlow,
  blocks: readonly number[],
  head: number | undefined,
): Sequence => {
  const byRank = (a: number, b: number): number => flow.blocks[a]!.rank - flow.blocks[b]!.rank
  const members = [...blocks].sort(byRank)
  return components(region, members, head).map((component): Item => {
    const first = component[0]!
    const isLoop =
      component.length > 1 || (first !== head && region.blocks[first]!.successors.includes(first))
    if (!isLoop) return { kind: 'block', block: first }
    const inside = new Set(component)
    const entries = component
      .filter((block) => block === 0 || flow.blocks[block]!.predecessors.some((p) => !inside.has(p)))
      .sort(byRank)
    const loopHead = entries[0]!
    const body = sequenceOf(region, flow, component, loopHead)
    return { kind: 'loop', head: loopHead, entries, blocks: component, body }
  })
}

/** The structure of a region; its first item is, or holds, the entry block. */
export const structureOf = (region: Region, flow: DataFlow): Sequence =>
  sequenceOf(region, flow, flow.order, undefined)
