import { type Region, successors } from './controlFlow.ts'
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

/** Strongly connected components of the blocks in `members`, edges to `head` left out, in topological order (Tarjan). */
const components = (
  region: Region,
  members: readonly number[],
  inside: ReadonlySet<number>,
  head: number | undefined,
): readonly (readonly number[])[] => {
  const found: number[][] = []
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const pending: number[] = []
  const isPending = new Set<number>()
  const path: { readonly block: number; readonly next: readonly number[]; done: number }[] = []
  const open = (block: number): void => {
    index.set(block, index.size)
    low.set(block, index.get(block)!)
    pending.push(block)
    isPending.add(block)
    const next = successors(region.blocks[block]!).filter((s) => s !== head && inside.has(s))
    path.push({ block, next, done: 0 })
  }
  const lower = (block: number, to: number): void => {
    low.set(block, Math.min(low.get(block)!, to))
  }
  for (const root of members) {
    if (index.has(root)) continue
    open(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { block } = top
      const successor = top.next[top.done++]
      if (successor !== undefined) {
        if (!index.has(successor)) open(successor)
        else if (isPending.has(successor)) lower(block, index.get(successor)!)
        continue
      }
      path.pop()
      const above = path.at(-1)
      if (above !== undefined) lower(above.block, low.get(block)!)
      if (low.get(block) !== index.get(block)) continue
      const component = pending.splice(pending.indexOf(block))
      for (const member of component) isPending.delete(member)
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
  return components(region, members, new Set(blocks), head).map((component): Item => {
    const first = component[0]!
    const isLoop =
      component.length > 1 || (first !== head && successors(region.blocks[first]!).includes(first))
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
