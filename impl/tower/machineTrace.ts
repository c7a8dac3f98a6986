import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import type { LastTrace } from '../../spec/tower/tower.ts'
import { type Job, jobContents } from '../inference/contents.ts'
import { endOf, lastTrace } from '../inference/machineRuns.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { VmTrace } from '../vm/trace.ts'
import { elementBytes } from './elementLie.ts'
import type { HeldModel } from './heldModel.ts'

/** A run of the machine over tiles of a node. */
export interface MachineRun {
  readonly trace: LastTrace
  /** Pre-image of the last state, and the roots of its eight memory slots. */
  readonly preimage: Bytes
  readonly slots: readonly Hash[]
}

/** Tiles of a node that one run of the machine computes. */
export interface TileRun {
  readonly node: GraphNode
  readonly job: Job
  readonly firstTile: number
  readonly tileCount: number
  /** The output behind the run, as it was computed natively. */
  readonly output: Bytes
  /** The element of `output` that is false, if one is. */
  readonly falseElement: number | undefined
}

/**
 * The machine's run over tiles, true, or false from the instruction on that stores the false element last.
 *
 * @throws Error where the false element is never stored, or the machine does not come to the output
 */
export const machineRun = ({ guest, model, graph }: HeldModel, tiles: TileRun): MachineRun => {
  const { node, job, firstTile, tileCount, output, falseElement } = tiles
  const honest = new VmTrace({
    code: guest.code,
    entry: guest.program.entry,
    contents: [...guest.segments, ...jobContents(job, firstTile, tileCount)],
    stepLimit: model.stepLimit,
  })
  const run = falseElement === undefined ? honest : falseRun(honest, tiles, falseElement)
  const end = endOf(run)
  // Whoever plays on although machine and native run differ would lose.
  if (end.slots[OUTPUT_SLOT] !== (tensorRoot(output) as Hash))
    throw new Error(`${graph.name}: the machine's run of ${node.name} does not come to the native output`)
  return { trace: lastTrace(run), ...end }
}

const falseRun = (honest: VmTrace, { node, output }: TileRun, element: number): VmTrace => {
  const width = elementBytes(node)
  const address = slotAddress(OUTPUT_SLOT) + element * width
  const store = honest.lastStoreTo(address, width)
  if (store === undefined) throw new Error(`${node.name} never stores element ${element}`)
  return honest.patched(store + 1, {
    address,
    bytes: output.subarray(element * width, (element + 1) * width),
  })
}
