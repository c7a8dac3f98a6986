import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../../commitments/bytes.ts'
import {
  asHash,
  type Hash,
  keccak,
  type MerkleRoot,
  type StateRoot,
  type TensorRoot,
} from '../../commitments/hash.ts'
import { climb, join, type MerkleTree, packHashes, unpackHashes } from '../../commitments/merkle.ts'
import { accept, type Result, reject } from '../../result.ts'
import { carryHeight, type Model } from '../model.ts'
import type { DescentRules, TopRules } from '../tower.ts'
import { graphStartRoot, graphStateRoot, valuesTree } from './graph.ts'
import { carryWithInput } from './vm.ts'

/**
 * One step is one iteration: the whole graph, from the carry slots that the last one left. The state is the index of
 * the iteration to run next and one tensor a carry slot: keccak(index as 4 bytes big-endian, root over the carry).
 *
 * The carry is the left half of the graph's value slots, so it is one sub-tree that goes over whole: into an
 * iteration beside an unset right half, and out of it from beside whatever the nodes have left in theirs.
 */
export interface LoopRoots {
  readonly iteration: number
  /** By carry slot; the slots behind the last one are unset. */
  readonly carryRoots: readonly TensorRoot[]
}

const INDEX_BYTES = 4

/** The index is one of 2^32, whatever a state that nobody can reach says. */
const stateRoot = (iteration: number, carry: Hash): StateRoot =>
  keccak(bigEndian(iteration % 2 ** 32, INDEX_BYTES), carry)

export const carryTree = ({ carryRoots }: Pick<LoopRoots, 'carryRoots'>, model: Model): MerkleTree =>
  valuesTree(carryRoots, carryHeight(model))

export const commitLoop = (state: LoopRoots, model: Model): StateRoot =>
  stateRoot(state.iteration, carryTree(state, model).root)

// --- What the chain checks -----------------------------------------------------------------------------------

/**
 *   startRoot witness    siblings of the input's slot in the carry tree
 *   outputRoot witness   root over the carry slots | the output's root | its siblings
 */
export const LOOP_TOP = (model: Model): TopRules => ({
  startRoot: (input, witness) => {
    const carry = carryWithInput(model, carryHeight(model), input, witness)
    return carry.ok ? accept(stateRoot(0, carry.value)) : carry
  },
  outputRoot: (end, length, witness, iterations) => {
    // LOOP-1, keeps (3): as many iterations as were asked for.
    if (length !== iterations) return reject('LengthInvalid', { expected: iterations, given: length })
    if (witness.length !== 32 * (2 + carryHeight(model)))
      return reject('WitnessMalformed', { bytes: witness.length })
    const [carry, output, ...siblings] = unpackHashes(witness)
    if (stateRoot(length, carry!) !== end) return reject('EndMismatch', { end })
    return climb(output!, model.outputSlot, siblings) === carry
      ? accept(output as TensorRoot)
      : reject('OutputMismatch', { carry })
  },
})

const OPENING_BYTES = INDEX_BYTES + 32

interface LoopOpening {
  readonly iteration: number
  readonly carry: MerkleRoot
}

const openLoop = (preState: StateRoot, witness: Bytes): Result<LoopOpening> => {
  const iteration = Number(fromBigEndian(witness.subarray(0, INDEX_BYTES)))
  const carry = asHash<MerkleRoot>(witness.subarray(INDEX_BYTES, OPENING_BYTES))
  // LOOP-2, keeps (1): iteration and carry come from the agreed pre-state.
  return stateRoot(iteration, carry) === preState
    ? accept({ iteration, carry })
    : reject('PreStateMismatch', { preState })
}

/**
 *   enterRoot witness   index (4 bytes, big-endian) | root over the carry slots
 *   exitRoot witness    index | root over the carry slots | the two halves of the values in the graph's last state
 */
export const loopToGraph = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    if (witness.length !== OPENING_BYTES) return reject('WitnessMalformed', { bytes: witness.length })
    const opened = openLoop(preState, witness)
    return opened.ok ? accept(graphStartRoot(model, opened.value.carry)) : opened
  },
  exitRoot: (preState, end, length, witness) => {
    if (witness.length !== OPENING_BYTES + 2 * 32)
      return reject('WitnessMalformed', { bytes: witness.length })
    const opened = openLoop(preState, witness)
    if (!opened.ok) return opened
    // LOOP-3, keeps (3): an iteration runs all nodes of the committed graph.
    if (length !== model.nodeCount) return reject('LengthInvalid', { length, expected: model.nodeCount })
    const [carry, scratch] = unpackHashes(witness.subarray(OPENING_BYTES))
    if (graphStateRoot(length, join(carry!, scratch!)) !== end) return reject('EndMismatch', { end })
    return accept(stateRoot(opened.value.iteration + 1, carry!))
  },
})

// --- What a party computes -----------------------------------------------------------------------------------

/** Witness of `outputRoot`; that of `startRoot` is the graph's, whose carry is the same. */
export const loopOutputWitness = (end: LoopRoots, model: Model): Bytes => {
  const tree = carryTree(end, model)
  return packHashes([tree.root, tree.leaf(model.outputSlot), ...tree.path(model.outputSlot)])
}

export const enterIterationWitness = (state: LoopRoots, model: Model): Bytes =>
  concat(bigEndian(state.iteration, INDEX_BYTES), fromHex(carryTree(state, model).root))

/** @param valueRoots in the graph's last state, by value slot */
export const exitIterationWitness = (
  state: LoopRoots,
  valueRoots: readonly TensorRoot[],
  model: Model,
): Bytes => {
  const carrySlots = 2 ** carryHeight(model)
  const half = (roots: readonly TensorRoot[]): Hash => carryTree({ carryRoots: roots }, model).root
  const halves = [half(valueRoots.slice(0, carrySlots)), half(valueRoots.slice(carrySlots))]
  return concat(enterIterationWitness(state, model), packHashes(halves))
}
