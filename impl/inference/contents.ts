import type { Bytes } from '../../spec/commitments/bytes.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
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

/** What stands in the machine's memory when a node's run starts, beside the program. */
export const nodeContents = (
  { nodes, weights, weightHeight }: GraphModel,
  values: Values,
  index: number,
): readonly Contents[] => {
  const { descriptor } = nodes[index]!
  const { operands, outputSlot, inPlace, tileCount } = decodeHead(descriptor)
  const valueAt = (slot: number): Bytes => values[slot % values.length]!
  const weightAt = (slot: number): Bytes => weights[slot % 2 ** weightHeight] ?? UNSET
  const tensorOf = ({ kind, index: slot }: OperandReference): Bytes =>
    kind === 'value' ? valueAt(slot) : kind === 'weight' ? weightAt(slot) : UNSET
  return [
    { address: JOB_ADDRESS, bytes: descriptor },
    { address: JOB_RANGE_ADDRESS, bytes: encodeRange(0, tileCount) },
    ...operands.map((reference, i) => ({ address: slotAddress(1 + i), bytes: tensorOf(reference) })),
    ...(inPlace ? [{ address: slotAddress(OUTPUT_SLOT), bytes: valueAt(outputSlot) }] : []),
  ]
}

/** What stands there when the whole graph is to run in the machine, beside the program. */
export const graphContents = (graph: GraphModel, input: Bytes): readonly Contents[] => [
  { address: JOB_ADDRESS, bytes: WHOLE_GRAPH_JOB },
  { address: JOB_RANGE_ADDRESS, bytes: encodeRange(0, 1) },
  { address: slotAddress(INPUT_SLOT), bytes: input },
  { address: slotAddress(IMAGE_SLOT), bytes: oneImage(graph) },
]
