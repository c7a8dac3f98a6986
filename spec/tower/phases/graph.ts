import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../../commitments/bytes.ts'
import {
  asHash,
  type Hash,
  keccak,
  type MerkleRoot,
  type StateRoot,
  type TensorRoot,
} from '../../commitments/hash.ts'
import {
  climb,
  join,
  type MerkleTree,
  merkleTree,
  packHashes,
  unpackHashes,
  zeroRoot,
} from '../../commitments/merkle.ts'
import { SLOT_HEIGHT, tensorRoot, UNSET_TENSOR } from '../../commitments/tensor.ts'
import {
  DESCRIPTOR_HEIGHT,
  type DescriptorHead,
  decodeHead,
  descriptorTree,
  jobRoot,
  OPERAND_COUNT,
  type OperandReference,
} from '../../graph/descriptor.ts'
import type { GraphModel } from '../../graph/graphModel.ts'
import { accept, type Result, reject } from '../../result.ts'
import { carryHeight, graphHeight, type Model } from '../model.ts'
import type { DescentRules, TopRules } from '../tower.ts'
import { carryWithInput, jobStartRoot, MACHINE_END_BYTES, machineEndWitness, openMachineEnd } from './vm.ts'

/**
 * One step is one node of the computation graph. The state is the index of the node to run next and one tensor a
 * value slot, of which the commitment takes the root: keccak(index as 4 bytes big-endian, root over the value slots).
 */
export interface GraphRoots {
  readonly node: number
  /** By value slot; the slots behind the last one are unset. */
  readonly valueRoots: readonly TensorRoot[]
}

export const valuesTree = (valueRoots: readonly TensorRoot[], valueHeight: number): MerkleTree =>
  merkleTree(valueRoots, valueHeight, SLOT_HEIGHT)

export const graphStateRoot = (node: number, values: Hash): StateRoot => keccak(bigEndian(node, 4), values)

/** The first state of a run: the carry beside an unset right half. */
export const graphStartRoot = (model: Model, carry: MerkleRoot): StateRoot =>
  graphStateRoot(0, join(carry, zeroRoot(SLOT_HEIGHT + carryHeight(model))))

export const commitGraph = ({ node, valueRoots }: GraphRoots, valueHeight: number): StateRoot =>
  graphStateRoot(node, valuesTree(valueRoots, valueHeight).root)

/** The trees of a model that witnesses open: computed once, held by whoever plays. */
export interface GraphTrees {
  readonly model: GraphModel
  /** One descriptor's root a leaf. */
  readonly graph: MerkleTree
  readonly descriptors: readonly MerkleTree[]
  /** One weight tensor's root a leaf. */
  readonly weights: MerkleTree
}

/** `rootOf` is `tensorRoot`, or the same computed faster. */
export const graphTrees = (model: GraphModel, rootOf = tensorRoot): GraphTrees => {
  const descriptors = model.nodes.map((node) => descriptorTree(node.descriptor))
  return {
    model,
    descriptors,
    graph: merkleTree(
      descriptors.map((tree) => tree.root),
      graphHeight(model.nodes.length),
      DESCRIPTOR_HEIGHT,
    ),
    weights: merkleTree(
      model.weights.map((weight) => rootOf(weight)),
      model.weightHeight,
      SLOT_HEIGHT,
    ),
  }
}

/** Indices of a descriptor are taken modulo the size of the tree that they point into. */
const slotIndex = (index: number, height: number): number => index % 2 ** height

// --- What the chain checks -----------------------------------------------------------------------------------

/**
 * Node opening, the first part of both witnesses of a descent:
 *   node index (4 bytes, big-endian) | root over the value slots | head of the descriptor (one leaf)
 *   | the head's siblings in the descriptor | the descriptor's siblings in the graph
 */
export const nodeOpeningBytes = (model: Model): number =>
  4 + 32 + 32 + 32 * (DESCRIPTOR_HEIGHT + graphHeight(model.nodeCount))

const HEAD_OFFSET = 36

export interface NodeOpening {
  readonly node: number
  readonly valuesRoot: MerkleRoot
  readonly head: DescriptorHead
  readonly descriptor: Hash
}

export const openNode = (model: Model, preState: StateRoot, witness: Bytes): Result<NodeOpening> => {
  const node = Number(fromBigEndian(witness.subarray(0, 4)))
  const valuesRoot = asHash<MerkleRoot>(witness.subarray(4, HEAD_OFFSET))
  // GRAPH-1, keeps (1): the node and its operands come from the agreed pre-state.
  if (graphStateRoot(node, valuesRoot) !== preState) return reject('PreStateMismatch', { preState })
  const head = witness.subarray(HEAD_OFFSET, HEAD_OFFSET + 32)
  const siblings = unpackHashes(witness.subarray(HEAD_OFFSET + 32, nodeOpeningBytes(model)))
  // GRAPH-2, keeps (1): the job comes from the committed graph, at the index that the state holds.
  const descriptor = climb(asHash(head), 0, siblings.slice(0, DESCRIPTOR_HEIGHT))!
  if (climb(descriptor, node, siblings.slice(DESCRIPTOR_HEIGHT)) !== model.graphRoot)
    return reject('DescriptorMismatch', { node })
  return accept({ node, valuesRoot, head: decodeHead(head), descriptor })
}

/** A slot's root and its siblings; what it opens to, or undefined where it does not fit the tree's root. */
const openSlot = (bytes: Bytes, index: number, root: Hash): TensorRoot | undefined => {
  const [leaf, ...siblings] = unpackHashes(bytes)
  return climb(leaf!, index, siblings) === root ? (leaf as TensorRoot) : undefined
}

/** What a node's run starts from, in the order of the memory's slots: six operands, then the output. */
const references = ({ operands, outputSlot, inPlace }: DescriptorHead): readonly OperandReference[] => [
  ...operands,
  inPlace ? { kind: 'value', index: outputSlot } : { kind: 'none', index: 0 },
]

const treeOf = (
  model: Model,
  reference: OperandReference,
  valuesRoot: Hash,
): { root: Hash; height: number } =>
  reference.kind === 'value'
    ? { root: valuesRoot, height: model.valueHeight }
    : { root: model.weightsRoot, height: model.weightHeight }

/**
 *   startRoot witness    siblings of the input's slot in the carry tree
 *   outputRoot witness   root over the value slots | the output's root | its siblings
 */
export const GRAPH_TOP = (model: Model): TopRules => ({
  startRoot: (input, witness) => {
    const carry = carryWithInput(model, carryHeight(model), input, witness)
    return carry.ok ? accept(graphStartRoot(model, carry.value)) : carry
  },
  outputRoot: (end, length, witness) => {
    if (length !== model.nodeCount) return reject('LengthInvalid', { length, expected: model.nodeCount })
    if (witness.length !== 32 * (2 + model.valueHeight))
      return reject('WitnessMalformed', { bytes: witness.length })
    const valuesRoot = asHash(witness.subarray(0, 32))
    if (graphStateRoot(length, valuesRoot) !== end) return reject('EndMismatch', { end })
    const output = openSlot(witness.subarray(32), model.outputSlot, valuesRoot)
    return output === undefined ? reject('OutputMismatch', { valuesRoot }) : accept(output)
  },
})

/** What a node's run starts from. */
export interface NodeStart {
  /** The descriptor's root. */
  readonly descriptor: Hash
  readonly head: DescriptorHead
  /** Six, each unset where the node has no such operand. */
  readonly operands: readonly TensorRoot[]
  /** What the output starts as: unset, or in place the value that is there. */
  readonly output: TensorRoot
}

/** Opens it from: node opening | for each operand, and for an output in place: its root, its siblings. */
export const openNodeStart = (model: Model, preState: StateRoot, witness: Bytes): Result<NodeStart> => {
  const opening = nodeOpeningBytes(model)
  const given = references(decodeHead(witness.subarray(HEAD_OFFSET, HEAD_OFFSET + 32)))
  const sizes = given.map((reference) =>
    reference.kind === 'none' ? 0 : 32 * (1 + treeOf(model, reference, preState).height),
  )
  if (witness.length !== sizes.reduce((sum, size) => sum + size, opening))
    return reject('WitnessMalformed', { bytes: witness.length })
  const opened = openNode(model, preState, witness)
  if (!opened.ok) return opened
  const { valuesRoot, descriptor, head } = opened.value
  const tensors: TensorRoot[] = []
  let offset = opening
  for (const [i, reference] of given.entries()) {
    const end = offset + sizes[i]!
    const { root, height } = treeOf(model, reference, valuesRoot)
    const tensor =
      reference.kind === 'none'
        ? UNSET_TENSOR
        : openSlot(witness.subarray(offset, end), slotIndex(reference.index, height), root)
    if (tensor === undefined) return reject('OperandMismatch', { operand: i })
    tensors.push(tensor)
    offset = end
  }
  return accept({
    descriptor,
    head,
    operands: tensors.slice(0, OPERAND_COUNT),
    output: tensors[OPERAND_COUNT]!,
  })
}

/** Bytes of what `leaveNode` takes. */
export const leavingBytes = ({ valueHeight }: Model): number => 32 * (1 + valueHeight)

/**
 * The state after a node: its output stands in its slot, all else as it was.
 *
 * @param witness the value that stood in the slot, its siblings
 */
export const leaveNode = (
  { valueHeight }: Model,
  { node, valuesRoot, head }: NodeOpening,
  output: TensorRoot,
  witness: Bytes,
): Result<StateRoot> => {
  const index = slotIndex(head.outputSlot, valueHeight)
  const [before, ...siblings] = unpackHashes(witness)
  if (climb(before!, index, siblings) !== valuesRoot)
    return reject('OperandMismatch', { operand: OPERAND_COUNT })
  return accept(graphStateRoot(node + 1, climb(output, index, siblings)!))
}

/**
 *   enterRoot witness   as `openNodeStart` takes it
 *   exitRoot witness    node opening | end of the machine's run (`openMachineEnd`) | as `leaveNode` takes it
 */
export const graphToVm = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    const start = openNodeStart(model, preState, witness)
    if (!start.ok) return start
    const { descriptor, head, operands, output } = start.value
    const page = jobRoot(descriptor, 0, head.tileCount)
    return accept(jobStartRoot(model.program, page, [...operands, output]))
  },
  exitRoot: (preState, end, length, witness) => {
    const opening = nodeOpeningBytes(model)
    const leaving = opening + MACHINE_END_BYTES
    if (witness.length !== leaving + leavingBytes(model))
      return reject('WitnessMalformed', { bytes: witness.length })
    const opened = openNode(model, preState, witness)
    if (!opened.ok) return opened
    const output = openMachineEnd(end, length, model.stepLimit, witness.subarray(opening, leaving))
    return output.ok ? leaveNode(model, opened.value, output.value, witness.subarray(leaving)) : output
  },
})

// --- What a party computes -----------------------------------------------------------------------------------

const nodeOpening = (trees: GraphTrees, { node }: GraphRoots, values: MerkleTree): Bytes => {
  const descriptor = trees.descriptors[node]!
  return concat(
    bigEndian(node, 4),
    fromHex(values.root),
    fromHex(descriptor.leaf(0)),
    packHashes(descriptor.path(0)),
    packHashes(trees.graph.path(node)),
  )
}

const slotOpening = (tree: MerkleTree, index: number): Bytes =>
  packHashes([tree.leaf(index), ...tree.path(index)])

const headOf = (trees: GraphTrees, node: number): DescriptorHead =>
  decodeHead(trees.model.nodes[node]!.descriptor)

/** Witness of `startRoot`. @param initial the carry before the input is put in, by slot */
export const graphStartWitness = (
  { valueHeight, inputSlot }: Pick<GraphModel, 'valueHeight' | 'inputSlot'>,
  initial: readonly TensorRoot[] = [],
): Bytes => packHashes(valuesTree(initial, valueHeight - 1).path(inputSlot))

export const graphOutputWitness = (model: GraphModel, end: GraphRoots): Bytes => {
  const values = valuesTree(end.valueRoots, model.valueHeight)
  return concat(fromHex(values.root), slotOpening(values, model.outputSlot))
}

/** Roots of the eight memory slots in which a node's run starts, slot 0 aside: what `enterRoot` joins. */
export const enterWitness = (trees: GraphTrees, state: GraphRoots): Bytes => {
  const values = valuesTree(state.valueRoots, trees.model.valueHeight)
  return concat(
    nodeOpening(trees, state, values),
    ...references(headOf(trees, state.node))
      .filter(({ kind }) => kind !== 'none')
      .map(({ kind, index }) => {
        const tree = kind === 'value' ? values : trees.weights
        return slotOpening(tree, slotIndex(index, tree.height))
      }),
  )
}

/** @param end what stands for the end of the run below, as its joint opens it */
export const leavingWitness = (trees: GraphTrees, state: GraphRoots, end: Bytes): Bytes => {
  const values = valuesTree(state.valueRoots, trees.model.valueHeight)
  const slot = slotIndex(headOf(trees, state.node).outputSlot, trees.model.valueHeight)
  return concat(nodeOpening(trees, state, values), end, slotOpening(values, slot))
}

/** @param endPreimage pre-image of the machine's last state; @param slots roots of its eight memory slots */
export const exitWitness = (
  trees: GraphTrees,
  state: GraphRoots,
  endPreimage: Bytes,
  slots: readonly Hash[],
): Bytes => leavingWitness(trees, state, machineEndWitness(endPreimage, slots))
