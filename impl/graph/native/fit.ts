import type { GraphModel } from '../../../spec/graph/graphModel.ts'
import type { PlannedNode } from './plan.ts'

/** A graph whose nodes would find something else natively than the rules say is there. */
export class UnfitGraph extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'UnfitGraph'
  }
}

/**
 * Scratch is empty when an iteration starts, but here it is left as it was: that makes no difference where each scratch
 * slot is written once, as a whole, before it is read. And a node's output is written while its operands are read: they
 * must not be the same tensor, but for operators in place, which are made for that.
 *
 * @throws UnfitGraph
 */
export const checkFit = ({ valueHeight }: GraphModel, nodes: readonly PlannedNode[]): void => {
  const carrySlots = 2 ** (valueHeight - 1)
  const written = new Set<number>()
  for (const { index, operands, operator, outputSlot } of nodes) {
    const read = operands.flatMap((place) => (place.kind === 'value' ? [place.slot] : []))
    if (read.some((slot) => slot >= carrySlots && !written.has(slot)))
      throw new UnfitGraph(`node ${index} reads scratch that no node has written`)
    if (!operator.inPlace && read.includes(outputSlot))
      throw new UnfitGraph(`node ${index} reads the slot that it writes anew`)
    if (outputSlot < carrySlots) continue
    if (operator.inPlace || written.has(outputSlot))
      throw new UnfitGraph(`node ${index} writes scratch that is not empty`)
    written.add(outputSlot)
  }
}
