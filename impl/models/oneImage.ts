import { type Bytes, littleEndian } from '../../spec/commitments/bytes.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../spec/graph/graphModel.ts'

/** Where a whole graph finds things in the machine (k = 1). */
export const INPUT_SLOT = 1
export const IMAGE_SLOT = 2
const VALUES_SLOT = 3

/** Tensors start at leaves of the memory tree. */
const ALIGNMENT = 32
const PREFIX_WORDS = 4

const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT

/** Start of each of some tensors of these sizes, laid out one behind the other from `start`, and the end. */
const layOut = (start: number, sizes: readonly number[]): { offsets: number[]; end: number } => {
  const offsets: number[] = []
  let end = align(start)
  for (const size of sizes) {
    offsets.push(end)
    end = align(end + size)
  }
  return { offsets, end }
}

/**
 * Address of each value slot: the input in slot 1, the output in slot 7, all other values in slot 3, in the order of
 * the nodes that write them. Slots that no node writes share the end of slot 3's values: they read as zero.
 *
 * All values lie in one memory here, so a node must not read the slot that it writes unless element by element, and a
 * slot that is written twice must be written in place the second time: a later node does not find it zero.
 */
export const valueAddresses = (model: GraphModel): readonly number[] => {
  const slots = 2 ** model.valueHeight
  const sizes = new Map<number, number>()
  for (const { descriptor, outputElements, outputType } of model.nodes) {
    const slot = decodeHead(descriptor).outputSlot % slots
    sizes.set(slot, Math.max(sizes.get(slot) ?? 0, outputElements * ELEMENT_TYPES[outputType].bytes))
  }
  sizes.delete(model.inputSlot)
  sizes.delete(model.outputSlot)
  const written = [...sizes.keys()]
  const { offsets, end } = layOut(slotAddress(VALUES_SLOT), [...sizes.values()])
  return Array.from({ length: slots }, (_, slot) => {
    if (slot === model.inputSlot) return slotAddress(INPUT_SLOT)
    if (slot === model.outputSlot) return slotAddress(OUTPUT_SLOT)
    return offsets[written.indexOf(slot)] ?? end
  })
}

/**
 * Graph and weights as one tensor, for the machine's slot 2: what the guest's runtime.c reads where the job page asks
 * for a whole graph. In 32-bit words, little-endian:
 *
 *   0..3   node count | value slots | weight slots | zero
 *   4..    address of each value slot | address of each weight slot | descriptors (128 words each) | weights
 *
 * Weight slots that the model does not have point behind the image, where memory is zero.
 */
export const oneImage = (model: GraphModel): Bytes => {
  const values = valueAddresses(model)
  const weightSlots = 2 ** model.weightHeight
  const tablesEnd = 4 * (PREFIX_WORDS + values.length + weightSlots)
  const descriptorsEnd = model.nodes.reduce((end, { descriptor }) => end + descriptor.length, tablesEnd)
  const { offsets, end } = layOut(
    descriptorsEnd,
    model.weights.map((weight) => weight.length),
  )
  const words = [model.nodes.length, values.length, weightSlots, 0, ...values]
  for (let slot = 0; slot < weightSlots; slot++) words.push(slotAddress(IMAGE_SLOT) + (offsets[slot] ?? end))

  const image = new Uint8Array(end)
  words.forEach((word, i) => {
    image.set(littleEndian(word, 4), 4 * i)
  })
  model.nodes.forEach(({ descriptor }, i) => {
    image.set(descriptor, tablesEnd + i * descriptor.length)
  })
  model.weights.forEach((weight, i) => {
    image.set(weight, offsets[i]!)
  })
  return image
}
