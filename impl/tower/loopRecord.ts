import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { UNSET_TENSOR } from '../../spec/commitments/tensor.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { once } from '../inference/evaluate.ts'
import { alterElement, type ElementLie } from './elementLie.ts'
import type { NodeEngine, Written } from './nodeEngine.ts'
import { TensorTree } from './tensorTree.ts'

/** A lie in an iteration of a loop. */
export interface LoopLie extends ElementLie {
  readonly iteration: number
}

/** What a run of a loop leaves behind: all that was written into the carry, from which every state of it follows. */
export interface LoopRecord {
  readonly iterations: number
  /** What each iteration wrote into the carry, in order. */
  readonly writes: readonly (readonly Written[])[]
  /** The carry before an iteration, or behind the last: the slots that have something in them. */
  readonly carryAt: (iteration: number) => ReadonlyMap<number, Bytes>
  /** Its roots, by slot. */
  readonly rootsAt: (iteration: number) => readonly TensorRoot[]
}

/**
 * Runs one node, and where it is the lie's, alters the element in what it wrote.
 *
 * @throws RangeError where the node does not write the element
 */
export const runWithLie = (
  engine: NodeEngine,
  index: number,
  node: GraphNode,
  lie: ElementLie | undefined,
): Written => {
  const written = engine.runNode(index)
  if (lie?.node !== index) return written
  const bytes = alterElement(node, written.bytes, lie, written.offset)
  engine.alter(written.slot, written.offset, bytes)
  return { ...written, bytes }
}

/** Runs the iteration that the engine's carry stands at. @returns what was written into the carry */
const runIteration = (engine: NodeEngine, lie: ElementLie | undefined): readonly Written[] => {
  const { nodes, valueHeight } = engine.graph
  const writes: Written[] = []
  let first = 0
  for (const [index, node] of nodes.entries()) {
    const isCarry = engine.isCarry(node.outputSlot % 2 ** valueHeight)
    if (!isCarry && lie?.node !== index) continue
    engine.runScratch(first, index)
    const written = runWithLie(engine, index, node, lie)
    if (isCarry) writes.push(written)
    first = index + 1
  }
  engine.runScratch(first, nodes.length)
  return writes
}

/**
 * Runs a loop.
 *
 * @param honest a record of the same run without the lie, whose iterations before the lie are taken over
 */
export const recordLoop = (
  engine: NodeEngine,
  input: Bytes,
  iterations: number,
  lie?: LoopLie,
  honest?: LoopRecord,
): LoopRecord => {
  const same = lie === undefined || honest === undefined ? 0 : lie.iteration
  const writes = honest === undefined ? [] : honest.writes.slice(0, same)
  const start = new Map([[engine.graph.inputSlot, input]])
  engine.load(same === 0 ? start : honest!.carryAt(same))
  for (let iteration = same; iteration < iterations; iteration++)
    writes.push(runIteration(engine, iteration === lie?.iteration ? lie : undefined))

  const carryAt = (iteration: number): ReadonlyMap<number, Bytes> =>
    carryOf(start, writes.slice(0, iteration))
  const roots = once(() => carryRoots(start, writes, 2 ** (engine.graph.valueHeight - 1)))
  return { iterations, writes, carryAt, rootsAt: (iteration) => roots()[iteration]! }
}

/** The carry behind some iterations: each slot is put together once, however often it was written into. */
const carryOf = (
  start: ReadonlyMap<number, Bytes>,
  writes: readonly (readonly Written[])[],
): ReadonlyMap<number, Bytes> => {
  const bySlot = Map.groupBy(writes.flat(), ({ slot }) => slot)
  const carry = new Map(start)
  for (const [slot, all] of bySlot) {
    const whole = all.findLastIndex(({ inPlace }) => !inPlace)
    const before = whole === -1 ? (start.get(slot) ?? new Uint8Array(0)) : all[whole]!.bytes
    const later = all.slice(whole + 1)
    const end = later.reduce(
      (most, { offset, bytes }) => Math.max(most, offset + bytes.length),
      before.length,
    )
    const tensor = new Uint8Array(end)
    tensor.set(before)
    for (const { offset, bytes } of later) tensor.set(bytes, offset)
    carry.set(slot, tensor)
  }
  return carry
}

/** The roots of the carry before each iteration and behind the last, each from the one before. */
const carryRoots = (
  start: ReadonlyMap<number, Bytes>,
  writes: readonly (readonly Written[])[],
  carrySlots: number,
): readonly (readonly TensorRoot[])[] => {
  const trees = new Map<number, TensorTree>()
  const treeOf = (slot: number, afresh: boolean): TensorTree => {
    const tree = (afresh ? undefined : trees.get(slot)) ?? new TensorTree()
    trees.set(slot, tree)
    return tree
  }
  for (const [slot, bytes] of start) treeOf(slot, true).write(0, bytes)
  const rootsWith = (before: readonly TensorRoot[], slots: Iterable<number>): readonly TensorRoot[] => {
    const roots = [...before]
    for (const slot of slots) roots[slot] = trees.get(slot)!.root()
    return roots
  }
  const unset = Array.from({ length: carrySlots }, () => UNSET_TENSOR)
  const states = [rootsWith(unset, start.keys())]
  for (const iteration of writes) {
    for (const { slot, offset, bytes, inPlace } of iteration) treeOf(slot, !inPlace).write(offset, bytes)
    states.push(rootsWith(states.at(-1)!, new Set(iteration.map(({ slot }) => slot))))
  }
  return states
}
