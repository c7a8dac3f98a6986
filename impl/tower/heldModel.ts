import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Hashing, TensorRoot } from '../../spec/commitments/hash.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import { type GraphTrees, graphTrees } from '../../spec/tower/phases/graphWitness.ts'
import { commitModel } from '../inference/commitModel.ts'
import { guestOf } from '../inference/guest.ts'
import { KeptHashes } from '../keccak/keptHashes.ts'
import type { GuestProgram } from '../vm/elf.ts'

/** A model as a party holds it that plays about it. */
export interface HeldModel {
  /** With its weights. */
  readonly graph: GraphModel
  readonly trees: GraphTrees
  /** Roots of the pages of its weights, by weight slot, where a file has them: the machine hashes the others. */
  readonly pageRoots: readonly Bytes[]
  readonly guest: GuestProgram
  /** For trees of values: from state to state one value changes, and with it one path of a tree of hundreds. */
  readonly hashing: Hashing
  /** What the chain knows of it. */
  readonly model: Model
}

/**
 * A model under a list of phases.
 *
 * @param weightRoots by weight slot: a model file has them, so that no weight is hashed again
 * @param pageRoots of the weights, by slot, where they are known
 * @param mostIterations of its graph, where `loop` is on top
 * @throws Error where the machine has no program for it, or might need too many instructions
 */
export const holdModel = (
  graph: GraphModel,
  weightRoots: readonly TensorRoot[],
  phases: readonly PhaseName[],
  mostIterations: number,
  pageRoots: readonly Bytes[] = [],
): HeldModel => {
  const guest = guestOf(graph)
  const trees = graphTrees(graph, weightRoots)
  return {
    graph,
    trees,
    pageRoots,
    guest,
    hashing: new KeptHashes(),
    model: commitModel(trees, guest.program, phases, mostIterations),
  }
}
