import type { Block, Region } from './controlFlow.ts'
import { ALL_REGISTERS, NO_REGISTERS, only, type RegisterSet, reads, writes } from './registers.ts'

/**
 * Which registers a function may load from or store to the register file, itself or through what it calls. A caller
 * keeps the others in locals across the call.
 */

const registersOf = ({ body, end }: Block): RegisterSet => {
  let used = NO_REGISTERS
  for (const instruction of body) used |= reads(instruction) | writes(instruction)
  if ('jump' in end) used |= reads(end.jump) | writes(end.jump)
  if (end.kind === 'branch') used |= reads(end.condition)
  if (end.kind === 'call') used |= only(end.link)
  return used
}

/** Registers that the instructions of a region read or write. */
export const usedRegisters = (region: Region): RegisterSet =>
  region.blocks.reduce((used, block) => used | registersOf(block), NO_REGISTERS)

/** What a block ends with calling, or going on as; undefined where it is not known. */
const calleeOf = ({ end }: Block): number | undefined =>
  end.kind === 'call' || end.kind === 'leave' ? end.target : undefined

const hasCallee = ({ end }: Block): boolean =>
  end.kind === 'call' || end.kind === 'leave' || end.kind === 'indirectCall' || end.kind === 'indirectJump'

/** What each of the regions touches, by entry. Whatever is not among them may touch everything. */
export const touchedRegisters = (regions: ReadonlyMap<number, Region>): ReadonlyMap<number, RegisterSet> => {
  const touched = new Map<number, RegisterSet>()
  const callees = new Map<number, readonly (number | undefined)[]>()
  for (const [entry, region] of regions) {
    touched.set(entry, usedRegisters(region))
    callees.set(entry, region.blocks.filter(hasCallee).map(calleeOf))
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const [entry, called] of callees) {
      const before = touched.get(entry)!
      const after = called.reduce<RegisterSet>(
        (set, callee) =>
          set | (callee === undefined ? ALL_REGISTERS : (touched.get(callee) ?? ALL_REGISTERS)),
        before,
      )
      if (after === before) continue
      touched.set(entry, after)
      changed = true
    }
  }
  return touched
}
