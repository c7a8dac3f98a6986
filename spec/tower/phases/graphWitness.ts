import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import type { Hash, TensorRoot } from '../../commitments/hash.ts'
import { type MerkleTree, merkleTree, packHashes } from '../../commitments/merkle.ts'
import { packWords, proofOf } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT, tensorRoot } from '../../commitments/tensor.ts'
import { DESCRIPTOR_HEIGHT, decodeHead, descriptorTree } from '../../graph/descriptor.ts'
import type { GraphModel } from '../../graph/graphModel.ts'
import { graphHeight } from '../model.ts'
import { type GraphRoots, valuesTree } from './graphState.ts'
import { descriptorLevels, INDEX_BYTES, openedSlots } from './nodeOpening.ts'
import { machineEndWitness } from './vm.ts'

/** What a party computes of the phase `graph`: the trees that it holds, and the witnesses that it makes from them. */

/** The trees of a model that witnesses open: computed once, held by whoever plays. */
export interface GraphTrees {
  readonly model: GraphModel
  /** One descriptor's root a leaf. */
  readonly graph: MerkleTree
  readonly descriptors: readonly MerkleTree[]
  /** One weight tensor's root a leaf. */
  readonly weights: MerkleTree
}

/** @param weightRoots roots of the weights, by slot: computed here unless they are known */
export const graphTrees = (
  model: GraphModel,
  weightRoots: readonly TensorRoot[] = model.weights.map((weight) => tensorRoot(weight)),
): GraphTrees => {
  const descriptors = model.nodes.map((node) => descriptorTree(node.descriptor))
  return {
    model,
    descriptors,
    graph: merkleTree(
      descriptors.map((tree) => tree.root),
      graphHeight(model.nodes.length),
      DESCRIPTOR_HEIGHT,
    ),
    weights: merkleTree(weightRoots, model.weightHeight, SLOT_HEIGHT),
  }
}

/** Witness of `startRoot`. @param initial the carry before the input is put in, by slot */
export const graphStartWitness = (
  { valueHeight, inputSlot }: Pick<GraphModel, 'valueHeight' | 'inputSlot'>,
  initial: readonly TensorRoot[] = [],
): Bytes => packHashes(valuesTree(initial, valueHeight - 1).path(inputSlot))

export const graphOutputWitness = (model: GraphModel, end: GraphRoots): Bytes =>
  proofOf(valuesTree(end.valueRoots, model.valueHeight), [model.outputSlot], SLOT_HEIGHT)

/** What `openNode` takes. */
export const nodeWitness = (trees: GraphTrees, { node, valueRoots }: GraphRoots): Bytes => {
  const { model, descriptors, graph, weights } = trees
  const descriptor = descriptors[node]!
  const slots = openedSlots(decodeHead(model.nodes[node]!.descriptor), model)
  return concat(
    bigEndian(node, INDEX_BYTES),
    packWords(
      [descriptor.leaf(0), ...descriptor.path(0), ...graph.path(node)],
      descriptorLevels(model.nodes.length),
    ),
    proofOf(valuesTree(valueRoots, model.valueHeight), slots.values, SLOT_HEIGHT),
    ...(slots.weights.length > 0 ? [proofOf(weights, slots.weights, SLOT_HEIGHT)] : []),
  )
}

/**
 * Witness of a descent from a node to the machine.
 *
 * @param endPreimage pre-image of the machine's last state; @param slots roots of its eight memory slots
 */
export const nodeRunWitness = (
  trees: GraphTrees,
  state: GraphRoots,
  endPreimage: Bytes,
  slots: readonly Hash[],
): Bytes => concat(nodeWitness(trees, state), machineEndWitness(endPreimage, slots))
