import { type Bytes, bigEndian, concat, fromBigEndian } from '../../commitments/bytes.ts'
import {
  type Hash,
  keccak,
  type MerkleRoot,
  type StateRoot,
  type TensorRoot,
} from '../../commitments/hash.ts'
import { join, type MerkleTree, packHashes, unpackHashes } from '../../commitments/merkle.ts'
import { openLeaves, proofOf } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT } from '../../commitments/tensor.ts'
import { accept, type Result, reject } from '../../result.ts'
import { carryHeight, type Model } from '../model.ts'
import type { DescentRules, TopRules } from '../tower.ts'
import { checkWitnessEnd } from './graph.ts'
import { graphStartRoot, graphStateRoot, valuesTree } from './graphState.ts'
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
 *   outputRoot witness   proof of the output's slot in the carry
 */
export const LOOP_TOP = (model: Model): TopRules => ({
  startRoot: (input, witness) => {
    const carry = carryWithInput(model, carryHeight(model), input, witness)
    return carry.ok ? accept(stateRoot(0, carry.value)) : carry
  },
  outputRoot: (end, length, witness, iterations) => {
    // LOOP-1, keeps (3): as many iterations as were asked for.
    if (length !== iterations) return reject('LengthInvalid', { expected: iterations, given: length })
    const carry = openLeaves(witness, 0, [model.outputSlot], carryHeight(model), SLOT_HEIGHT)
    if (!carry.ok) return carry
    const whole = checkWitnessEnd(witness, carry.value.end)
    if (!whole.ok) return whole
    const actual = stateRoot(length, carry.value.root)
    return actual === end
      ? accept(carry.value.leaves[0] as TensorRoot)
      : reject('EndMismatch', { expected: end, actual })
  },
})

interface LoopOpening {
  readonly iteration: number
  readonly carry: MerkleRoot
  /** The two halves of the values in the graph's last state. */
  readonly left: MerkleRoot
  readonly right: MerkleRoot
}

const WITNESS_BYTES = INDEX_BYTES + 3 * 32

const openLoop = (preState: StateRoot, witness: Bytes): Result<LoopOpening> => {
  const whole = checkWitnessEnd(witness, WITNESS_BYTES)
  if (!whole.ok) return whole
  const iteration = Number(fromBigEndian(witness.subarray(0, INDEX_BYTES)))
  const [carry, left, right] = unpackHashes(witness.subarray(INDEX_BYTES)) as MerkleRoot[]
  // LOOP-2, keeps (1): iteration and carry come from the agreed pre-state.
  const actual = stateRoot(iteration, carry!)
  return actual === preState
    ? accept({ iteration, carry: carry!, left: left!, right: right! })
    : reject('PreStateMismatch', { expected: preState, actual })
}

/**
 * Witness: index (4 bytes, big-endian) | root over the carry slots | the two halves of the values in the graph's last
 * state.
 */
export const loopToGraph = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    const opened = openLoop(preState, witness)
    return opened.ok ? accept(graphStartRoot(model, opened.value.carry)) : opened
  },
  exitRoot: (preState, end, length, witness) => {
    const opened = openLoop(preState, witness)
    if (!opened.ok) return opened
    const { iteration, left, right } = opened.value
    // LOOP-3, keeps (3): an iteration runs all nodes of the committed graph.
    if (length !== model.nodeCount)
      return reject('LengthInvalid', { expected: model.nodeCount, given: length })
    const actual = graphStateRoot(length, join(left, right))
    if (actual !== end) return reject('EndMismatch', { expected: end, actual })
    return accept(stateRoot(iteration + 1, left))
  },
})

// --- What a party computes -----------------------------------------------------------------------------------

/** Witness of `outputRoot`; that of `startRoot` is the graph's, whose carry is the same. */
export const loopOutputWitness = (end: LoopRoots, model: Model): Bytes =>
  proofOf(carryTree(end, model), [model.outputSlot], SLOT_HEIGHT)

/** Witness of a descent into an iteration. @param valueRoots in the graph's last state, by value slot */
export const iterationWitness = (
  state: LoopRoots,
  valueRoots: readonly TensorRoot[],
  model: Model,
): Bytes => {
  const carrySlots = 2 ** carryHeight(model)
  const half = (roots: readonly TensorRoot[]): Hash => carryTree({ carryRoots: roots }, model).root
  const halves = [half(valueRoots.slice(0, carrySlots)), half(valueRoots.slice(carrySlots))]
  return concat(
    bigEndian(state.iteration, INDEX_BYTES),
    packHashes([carryTree(state, model).root, ...halves]),
  )
}
