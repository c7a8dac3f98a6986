import { bigEndian } from '../../commitments/bytes.ts'
import {
  type Hash,
  keccak,
  type MerkleRoot,
  type StateRoot,
  type TensorRoot,
} from '../../commitments/hash.ts'
import { join, type MerkleTree, merkleTree, zeroRoot } from '../../commitments/merkle.ts'
import { SLOT_HEIGHT } from '../../commitments/tensor.ts'
import { carryHeight, type Model } from '../model.ts'

/**
 * A state of the phase `graph`: the index of the node to run next and one tensor a value slot, of which the commitment
 * takes the root: keccak(index as 4 bytes big-endian, root over the value slots).
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
