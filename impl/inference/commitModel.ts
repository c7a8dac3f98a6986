import type { Hash, MerkleRoot } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, SLOTS_HEIGHT } from '../../spec/commitments/memory.ts'
import { join, type MerkleTree, merkleTree, packHashes, zeroRoot } from '../../spec/commitments/merkle.ts'
import { SLOT_HEIGHT, UNSET_TENSOR } from '../../spec/commitments/tensor.ts'
import { descriptorRoot, jobRoot } from '../../spec/graph/descriptor.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../spec/graph/graphModel.ts'
import { WHOLE_GRAPH_JOB } from '../../spec/graph/operators/index.ts'
import { instructionBound } from '../../spec/graph/tiles.ts'
import type { Program } from '../../spec/machine/program.ts'
import { MAX_OUTPUT_BYTES, type Model, type PhaseName } from '../../spec/tower/model.ts'
import type { GraphTrees } from '../../spec/tower/phases/graphWitness.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { INPUT_SLOT, oneImage } from '../models/oneImage.ts'

/** The most instructions that a run of the guest may have, where a model's bounds do not ask for more. */
export const STEP_LIMIT = 2 ** 28
/** The most that a model may ask for: some seconds of the engine. */
const MOST_STEPS = 2 ** 30

/**
 * Where the machine is the top phase, the carry tree is the memory itself: the program with the job "run the whole
 * graph", and graph and weights as one image.
 */
export const machineCarry = (trees: GraphTrees, program: Program): MerkleTree => {
  const job = jobRoot(descriptorRoot(WHOLE_GRAPH_JOB), 0, 1)
  const slots: Hash[] = [join(program.imageRoot, job), UNSET_TENSOR, tensorRoot(oneImage(trees.model))]
  return merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT)
}

/** A model whose machine might be cut off where a native run goes on. */
export class StepLimitError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'StepLimitError'
  }
}

/**
 * How many instructions a model's runs in the machine may have: enough for every run that there can be, so that none is
 * cut off where a native run goes on.
 *
 * @throws StepLimitError where one may take more than `MOST_STEPS`
 */
const stepLimitOf = ({ name, nodes }: GraphModel, phases: readonly PhaseName[]): number => {
  const part = phases.includes('tile') ? 'tile' : 'node'
  const bounds = nodes.map(({ descriptor }) => instructionBound(descriptor, part))
  const alone = phases[0] === 'vm'
  const most = alone ? bounds.reduce((sum, bound) => sum + bound, 0) : Math.max(...bounds)
  if (most <= STEP_LIMIT) return STEP_LIMIT
  if (most <= MOST_STEPS) return MOST_STEPS
  const what = alone ? 'the whole graph' : `a ${part} of ${nodes[bounds.indexOf(most)]!.name}`
  throw new StepLimitError(
    `${name} may take more than ${MOST_STEPS} instructions (${what}: ${most}): give it the phase tile, or a smaller context`,
  )
}

/** Bytes of the value that the run leaves in the output slot; 0 where they are too many for a call. */
const outputBytesOf = ({ nodes, outputSlot }: GraphModel): number => {
  const last = nodes.findLast((node) => node.outputSlot === outputSlot)
  if (last === undefined) return 0
  const bytes = last.outputElements * ELEMENT_TYPES[last.outputType].bytes
  return bytes > MAX_OUTPUT_BYTES ? 0 : bytes
}

/**
 * All that the chain must know of a model under a list of phases.
 *
 * @param mostIterations of the graph that a request may ask for; of no meaning where `loop` is not on top
 * @throws StepLimitError where a run in the machine might have more instructions than a step limit may be
 */
export const commitModel = (
  trees: GraphTrees,
  program: Program,
  phases: readonly PhaseName[],
  mostIterations = 0,
): Model => {
  const { model } = trees
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
    outputBytes: outputBytesOf(model),
    mostIterations: phases[0] === 'loop' ? mostIterations : 0,
    stepLimit: stepLimitOf(model, phases),
  }
}

/** Witness of `startRoot` where the machine is the top phase. */
export const machineStartWitness = (trees: GraphTrees, program: Program) =>
  packHashes(machineCarry(trees, program).path(INPUT_SLOT))
