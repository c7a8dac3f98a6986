import type { Hash, MerkleRoot } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, SLOTS_HEIGHT } from '../../spec/commitments/memory.ts'
import { join, type MerkleTree, merkleTree, packHashes, zeroRoot } from '../../spec/commitments/merkle.ts'
import { SLOT_HEIGHT, UNSET_TENSOR } from '../../spec/commitments/tensor.ts'
import { descriptorRoot, jobRoot } from '../../spec/graph/descriptor.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import { WHOLE_GRAPH_JOB } from '../../spec/graph/operators/index.ts'
import { instructionBound } from '../../spec/graph/tiles.ts'
import type { Program } from '../../spec/machine/program.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import type { GraphTrees } from '../../spec/tower/phases/graphWitness.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { INPUT_SLOT, oneImage } from '../models/oneImage.ts'

/** The most instructions that a run of the guest may have: far above what any shipped model takes. */
export const STEP_LIMIT = 2 ** 28

/**
 * Where the machine is the top phase, the carry tree is the memory itself: the program with the job "run the whole
 * graph", and graph and weights as one image.
 */
export const machineCarry = (trees: GraphTrees, program: Program): MerkleTree => {
  const job = jobRoot(descriptorRoot(WHOLE_GRAPH_JOB), 0, 1)
  const slots: Hash[] = [join(program.imageRoot, job), UNSET_TENSOR, tensorRoot(oneImage(trees.model))]
  return merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT)
}

/**
 * What in a model may take more instructions than its step limit, and how many; undefined where nothing does. Such a
 * model is not committed: its machine might be cut off where a native run goes on.
 */
const beyondStepLimit = ({ nodes }: GraphModel, phases: readonly PhaseName[]): string | undefined => {
  const part = phases.includes('tile') ? 'tile' : 'node'
  const bounds = nodes.map(({ descriptor }) => instructionBound(descriptor, part))
  const all = bounds.reduce((sum, bound) => sum + bound, 0)
  if (phases[0] === 'vm') return all > STEP_LIMIT ? `the whole graph: ${all}` : undefined
  const node = bounds.findIndex((bound) => bound > STEP_LIMIT)
  return node === -1 ? undefined : `a ${part} of ${nodes[node]!.name}: ${bounds[node]}`
}

/**
 * All that the chain must know of a model under a list of phases.
 *
 * @throws Error where a run in the machine might have more instructions than the step limit
 */
export const commitModel = (trees: GraphTrees, program: Program, phases: readonly PhaseName[]): Model => {
  const { model } = trees
  const beyond = beyondStepLimit(model, phases)
  if (beyond !== undefined)
    throw new Error(
      `${model.name} may take more than ${STEP_LIMIT} instructions (${beyond}): give it the phase tile, or a smaller context`,
    )
  const alone = phases[0] === 'vm'
  return {
    program,
    phases,
    graphRoot: trees.graph.root,
    nodeCount: model.nodes.length,
    valueHeight: alone ? SLOTS_HEIGHT : model.valueHeight,
    weightHeight: model.weightHeight,
    weightsRoot: trees.weights.root,
    carryRoot: alone
      ? machineCarry(trees, program).root
      : (zeroRoot(SLOT_HEIGHT + model.valueHeight - 1) as MerkleRoot),
    inputSlot: alone ? INPUT_SLOT : model.inputSlot,
    outputSlot: alone ? OUTPUT_SLOT : model.outputSlot,
    stepLimit: STEP_LIMIT,
  }
}

/** Witness of `startRoot` where the machine is the top phase. */
export const machineStartWitness = (trees: GraphTrees, program: Program) =>
  packHashes(machineCarry(trees, program).path(INPUT_SLOT))
