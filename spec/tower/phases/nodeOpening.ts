import { type Bytes, fromBigEndian, fromHex } from '../../commitments/bytes.ts'
import { type Hash, type StateRoot, type TensorRoot, ZERO_HASH } from '../../commitments/hash.ts'
import { climb } from '../../commitments/merkle.ts'
import { inOrder, openLeaves, readWords } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT, UNSET_TENSOR } from '../../commitments/tensor.ts'
import {
  DESCRIPTOR_HEIGHT,
  type DescriptorHead,
  decodeHead,
  OPERAND_COUNT,
  type OperandReference,
} from '../../graph/descriptor.ts'
import { accept, type Result, reject } from '../../result.ts'
import { graphHeight, type Model } from '../model.ts'
import { graphStateRoot } from './graphState.ts'

/**
 * A node as a descent into it opens it, once for both ends of the run below. The first part of its witness:
 *
 *   node index (4 bytes, big-endian)
 *   | the descriptor's head, its siblings in the descriptor, the descriptor's siblings in the graph, as `readWords`
 *   | proof of the value slots that the node reads and the one that it writes
 *   | proof of the weight slots that it reads, where there are any
 *
 * Neither the descriptor's root nor that of the values is sent: they come out of the proofs.
 */
export interface NodeOpening {
  readonly node: number
  readonly head: DescriptorHead
  /** The descriptor's root. */
  readonly descriptor: Hash
  /** Six, each unset where the node has no such operand. */
  readonly operands: readonly TensorRoot[]
  /** What the output starts as: unset, or in place the value that is there. */
  readonly output: TensorRoot
  /** The state behind the node, whose output then stands in its slot, all else as it was. */
  readonly stateWith: (output: TensorRoot) => StateRoot
  /** Where the opening ends in the witness. */
  readonly end: number
}

export const INDEX_BYTES = 4

/** Levels of the words between a descriptor's head and the graph's root, the head's own first. */
export const descriptorLevels = (nodeCount: number): readonly number[] => [
  0,
  ...Array.from({ length: DESCRIPTOR_HEIGHT + graphHeight(nodeCount) }, (_, level) => level),
]

/** Indices of a descriptor are taken modulo the size of the tree that they point into. */
const slotIndex = (index: number, height: number): number => index % 2 ** height

/** The slot that a node writes. */
export const outputIndex = ({ outputSlot }: DescriptorHead, { valueHeight }: Pick<Model, 'valueHeight'>) =>
  slotIndex(outputSlot, valueHeight)

/** The slots that a node reads of one tree, by operand; undefined where the operand is not in it. */
const readSlots = (
  { operands }: DescriptorHead,
  kind: OperandReference['kind'],
  height: number,
): readonly (number | undefined)[] =>
  operands.map((operand) => (operand.kind === kind ? slotIndex(operand.index, height) : undefined))

const isSlot = (slot: number | undefined): slot is number => slot !== undefined

/** What a witness opens for a node: slots of the values and of the weights, ascending. */
export const openedSlots = (
  head: DescriptorHead,
  model: Pick<Model, 'valueHeight' | 'weightHeight'>,
): { readonly values: readonly number[]; readonly weights: readonly number[] } => ({
  values: inOrder([...readSlots(head, 'value', model.valueHeight).filter(isSlot), outputIndex(head, model)]),
  weights: inOrder(readSlots(head, 'weight', model.weightHeight).filter(isSlot)),
})

interface OpenedDescriptor {
  readonly node: number
  readonly head: DescriptorHead
  readonly descriptor: Hash
  readonly end: number
}

const openDescriptor = (model: Model, witness: Bytes): Result<OpenedDescriptor> => {
  if (witness.length < INDEX_BYTES)
    return reject('WitnessMalformed', { expected: INDEX_BYTES, actual: witness.length })
  const node = Number(fromBigEndian(witness.subarray(0, INDEX_BYTES)))
  const read = readWords(witness, INDEX_BYTES, descriptorLevels(model.nodeCount))
  if (!read.ok) return read
  const [head, ...siblings] = read.value.words
  const descriptor = climb(head!, 0, siblings.slice(0, DESCRIPTOR_HEIGHT))!
  // GRAPH-2, keeps (1): the job comes from the committed graph, at the index that the state holds.
  const graph = climb(descriptor, node, siblings.slice(DESCRIPTOR_HEIGHT)) ?? ZERO_HASH
  return graph === (model.graphRoot as Hash)
    ? accept({ node, head: decodeHead(fromHex(head!)), descriptor, end: read.value.end })
    : reject('DescriptorMismatch', { expected: model.graphRoot, actual: graph })
}

export const openNode = (model: Model, preState: StateRoot, witness: Bytes): Result<NodeOpening> => {
  const opened = openDescriptor(model, witness)
  if (!opened.ok) return opened
  const { node, head, descriptor, end } = opened.value
  const slots = openedSlots(head, model)
  const values = openLeaves(witness, end, slots.values, model.valueHeight, SLOT_HEIGHT)
  if (!values.ok) return values
  // GRAPH-1, keeps (1): the node and its operands come from the agreed pre-state.
  const actual = graphStateRoot(node, values.value.root)
  if (actual !== preState) return reject('PreStateMismatch', { expected: preState, actual })
  const weights = openWeights(model, slots.weights, witness, values.value.end)
  if (!weights.ok) return weights

  const read = [
    readSlots(head, 'value', model.valueHeight).map((slot) =>
      leafAt(values.value.leaves, slots.values, slot),
    ),
    readSlots(head, 'weight', model.weightHeight).map((slot) =>
      leafAt(weights.value.leaves, slots.weights, slot),
    ),
  ] as const
  const written = outputIndex(head, model)
  return accept({
    node,
    head,
    descriptor,
    operands: Array.from({ length: OPERAND_COUNT }, (_, i) => read[0][i] ?? read[1][i] ?? UNSET_TENSOR),
    output: head.inPlace ? leafAt(values.value.leaves, slots.values, written)! : UNSET_TENSOR,
    stateWith: (output) => graphStateRoot(node + 1, values.value.rootWith(written, output)),
    end: weights.value.end,
  })
}

const leafAt = (
  leaves: readonly Hash[],
  indices: readonly number[],
  slot: number | undefined,
): TensorRoot | undefined => (slot === undefined ? undefined : (leaves[indices.indexOf(slot)] as TensorRoot))

interface OpenedWeights {
  readonly leaves: readonly Hash[]
  readonly end: number
}

const openWeights = (
  model: Model,
  slots: readonly number[],
  witness: Bytes,
  at: number,
): Result<OpenedWeights> => {
  if (slots.length === 0) return accept({ leaves: [], end: at })
  const opened = openLeaves(witness, at, slots, model.weightHeight, SLOT_HEIGHT)
  if (!opened.ok) return opened
  // GRAPH-12, keeps (1): weights come from the committed model.
  return opened.value.root === model.weightsRoot
    ? opened
    : reject('OperandMismatch', { expected: model.weightsRoot, actual: opened.value.root })
}
