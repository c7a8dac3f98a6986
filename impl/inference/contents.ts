import type { Bytes } from '../../spec/commitments/bytes.ts'
import { slotAddress } from '../../spec/commitments/memory.ts'
import {
  decodeHead,
  encodeRange,
  JOB_ADDRESS,
  JOB_RANGE_ADDRESS,
  type OperandReference,
} from '../../spec/graph/descriptor.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { WHOLE_GRAPH_JOB } from '../../spec/graph/operators/index.ts'
import type { Values } from '../graph/executor.ts'
import { IMAGE_SLOT, INPUT_SLOT, oneImage } from '../models/oneImage.ts'
import type { Contents } from '../vm/trace.ts'

const UNSET: Bytes = new Uint8Array()

/** What a run of the machine over a node, or over tiles of it, starts from. */
export interface Job {
  readonly descriptor: Bytes
  /** Six, each empty where the node has no such operand. */
  readonly operands: readonly Bytes[]
  /** Of the operands that are weights, where they are known: roots of their pages. */
  readonly pageRoots: readonly (Bytes | undefined)[]
  /** What stands in the output slot. */
  readonly output: Bytes
}

/**
 * The job of a node, on the values that stand before it.
 *
 * @param pageRoots by weight slot, where they are known
 */
export const jobOf = (
  { nodes, weights, weightHeight }: GraphModel,
  values: Values,
  index: number,
  pageRoots: readonly Bytes[] = [],
): Job => {
  const { descriptor } = nodes[index]!
  const { operands, outputSlot, inPlace } = decodeHead(descriptor)
  const valueAt = (slot: number): Bytes => values[slot % values.length]!
  const weightAt = (slot: number): Bytes => weights[slot % 2 ** weightHeight] ?? UNSET
  const tensorOf = ({ kind, index: slot }: OperandReference): Bytes =>
    kind === 'value' ? valueAt(slot) : kind === 'weight' ? weightAt(slot) : UNSET
  return {
    descriptor,
    operands: operands.map(tensorOf),
    pageRoots: operands.map(({ kind, index: slot }) =>
      kind === 'weight' ? pageRoots[slot % 2 ** weightHeight] : undefined,
    ),
    output: inPlace ? valueAt(outputSlot) : UNSET,
  }
}

/** What stands in the machine's memory when it starts on some tiles of a job, beside the program. */
export const jobContents = (
  { descriptor, operands, pageRoots, output }: Job,
  firstTile: number,
  tileCount: number,
): readonly Contents[] => [
  { address: JOB_ADDRESS, bytes: descriptor },
  { address: JOB_RANGE_ADDRESS, bytes: encodeRange(firstTile, tileCount) },
  ...[...operands, output].map((bytes, i) => ({
    address: slotAddress(1 + i),
    bytes,
    pageRoots: pageRoots[i],
  })),
]

/** The same when it starts on a whole node. */
export const nodeContents = (graph: GraphModel, values: Values, index: number): readonly Contents[] => {
  const job = jobOf(graph, values, index)
  return jobContents(job, 0, decodeHead(job.descriptor).tileCount)
}

/** What stands there when the whole graph is to run in the machine, beside the program. */
export const graphContents = (graph: GraphModel, input: Bytes): readonly Contents[] => [
  { address: JOB_ADDRESS, bytes: WHOLE_GRAPH_JOB },
  { address: JOB_RANGE_ADDRESS, bytes: encodeRange(0, 1) },
  { address: slotAddress(INPUT_SLOT), bytes: input },
  { address: slotAddress(IMAGE_SLOT), bytes: oneImage(graph) },
]
