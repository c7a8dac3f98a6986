import { OPERAND_COUNT } from '../../../spec/graph/descriptor.ts'
import { type Layout, TASK_BYTES } from './layout.ts'
import { type Place, type PlannedNode, waitsOf } from './plan.ts'
import type { PromptPlan } from './prompt.ts'

/** Writes descriptors and tasks where the kernels find them. */
export const writeTasks = (
  memory: WebAssembly.Memory,
  layout: Layout,
  nodes: readonly PlannedNode[],
  prompt: PromptPlan | undefined,
): void => {
  const bytes = new Uint8Array(memory.buffer)
  nodes.forEach(({ descriptor }, i) => {
    bytes.set(descriptor, layout.descriptors[i]!)
    // Tiles of one element: a share is a range of tiles.
    new DataView(memory.buffer, layout.descriptors[i]).setUint32(36, 1, true)
  })
  const addressOf = (place: Place): number => {
    if (place.kind === 'value') return layout.values.get(place.slot)!
    return place.kind === 'weight' ? (layout.weights[place.slot] ?? layout.zeros) : layout.zeros
  }
  const whole = waitsOf(nodes, (slot) => layout.values.get(slot)!)
  nodes.forEach((node, i) => {
    const output = { address: layout.values.get(node.outputSlot)!, stride: 0 }
    const operands = node.operands.map((place) => ({ address: addressOf(place), stride: 0 }))
    writeTask(memory, layout.tasks + i * TASK_BYTES, node, layout, operands, output, whole[i]!)
  })
  const batch = layout.prompt
  if (batch === undefined || prompt === undefined) return
  const inBatch = (place: Place): Location => {
    if (place.kind !== 'value') return { address: addressOf(place), stride: 0 }
    if (place.slot === prompt.positionSlot) return { address: batch.positions, stride: 4 }
    const address = batch.values.get(place.slot)
    return address === undefined
      ? { address: addressOf(place), stride: 0 }
      : { address, stride: layout.valueBytes.get(place.slot)! }
  }
  const waits = waitsOf(prompt.nodes, (slot) => inBatch({ kind: 'value', slot }).address)
  prompt.nodes.forEach((node, i) => {
    const output = inBatch({ kind: 'value', slot: node.outputSlot })
    writeTask(
      memory,
      batch.tasks + i * TASK_BYTES,
      node,
      layout,
      node.operands.map(inBatch),
      output,
      waits[i]!,
    )
  })
}

interface Location {
  readonly address: number
  /** Bytes from one token's value to the next one's. */
  readonly stride: number
}

/** The struct task of native.c. */
const writeTask = (
  memory: WebAssembly.Memory,
  at: number,
  { index, elements, granule }: PlannedNode,
  layout: Layout,
  operands: readonly Location[],
  output: Location,
  waits: boolean,
): void => {
  const words = new BigUint64Array(memory.buffer, at, TASK_BYTES / 8)
  words[0] = BigInt(layout.descriptors[index]!)
  const locations = [...operands, output]
  for (const [i, { address, stride }] of locations.entries()) {
    words[1 + i] = BigInt(address)
    words[2 + OPERAND_COUNT + i] = BigInt(stride)
  }
  new Uint32Array(memory.buffer, at + TASK_BYTES - 16, 4).set([elements, granule, waits ? 1 : 0, 0])
}
