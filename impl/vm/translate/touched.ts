import type { Block, Region } from './controlFlow.ts'
import { ALL_REGISTERS, NO_REGISTERS, type RegisterSet } from './registers.ts'

/**
 * Which registers a function may load from or store to the register file, itself or through what it calls. A caller
 * keeps the others in locals across the call.
 */

/** Registers that the instructions of a region read or write. */
export const usedRegisters = ({ blocks }: Region): RegisterSet => {
  let used = NO_REGISTERS
  for (let i = 0; i < blocks.length; i++) used |= blocks[i]!.touched
  return used
}

/** What a block ends with calling, or going on as; undefined where it is not known. */
const calleeOf = ({ end }: Block): number | undefined =>
  end.kind === 'call' || end.kind === 'leave' ? end.target : undefined

const hasCallee = ({ end }: Block): boolean =>
  end.kind === 'call' || end.kind === 'leave' || end.kind === 'indirectCall' || end.kind === 'indirectJump'

/** What each of the regions touches, by entry. Whatever is not among them may touch everything. */
export const touchedRegisters = (regions: ReadonlyMap<number, Region>): ReadonlyMap<number, RegisterSet> => {
  const touched = new Map<number, RegisterSet>()
  /** Of the regions that call anything, the blocks that do. */
  const callers = new Map<number, readonly Block[]>()
  for (const [entry, region] of regions) {
    touched.set(entry, usedRegisters(region))
    const calling = region.blocks.filter(hasCallee)
    if (calling.length > 0) callers.set(entry, calling)
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const [entry, calling] of callers) {
      const before = touched.get(entry)!
      let after = before
      for (const block of calling) after |= touched.get(calleeOf(block) ?? -1) ?? ALL_REGISTERS
      if (after === before) continue
      touched.set(entry, after)
      changed = true
    }
  }
  return touched
}
