import { bigEndian, isUint } from '../commitments/bytes.ts'
import { type Id, keccak, type MerkleRoot } from '../commitments/hash.ts'
import { OUTPUT_SLOT, SLOTS_HEIGHT } from '../commitments/memory.ts'
import { MAX_CODE_HEIGHT, type Program } from '../machine/program.ts'
import { accept, type Result, reject } from '../result.ts'

/** A run of the machine is at most this long, so that its length fits 48 bits. */
export const MAX_STEP_LIMIT = 2 ** 48 - 1

/** The phases, each with the byte that stands for it in commitments. */
export const PHASE_CODES = { graph: 1, vm: 2, tile: 3, loop: 4 } as const

export type PhaseName = keyof typeof PHASE_CODES

export const programId = (program: Program): Id =>
  keccak(
    bigEndian(program.codeBase, 4),
    bigEndian(program.codeHeight, 1),
    program.codeRoot,
    program.imageRoot,
    bigEndian(program.entry, 4),
  )

/** Refuses a program whose code tree is no tree over the machine's addresses. */
export const checkProgram = (program: Program): Result<Program> => {
  const { codeBase, codeHeight, entry } = program
  const invalid = (field: string) => reject('ProgramInvalid', { field })
  if (!isUint(codeBase, 32) || codeBase % 32 !== 0) return invalid('codeBase')
  if (!isUint(codeHeight, 8) || codeHeight > MAX_CODE_HEIGHT) return invalid('codeHeight')
  if (!isUint(entry, 32)) return invalid('entry')
  if (BigInt(program.codeRoot) === 0n) return invalid('codeRoot')
  return accept(program)
}

/** All that the chain must know of a model. Its keccak is the model's id. */
export interface Model {
  readonly program: Program
  /** Coarsest first. */
  readonly phases: readonly PhaseName[]
  /** Root over the nodes' descriptors, of height `graphHeight(nodeCount)`. */
  readonly graphRoot: MerkleRoot
  readonly nodeCount: number
  /** Height of the tree of value slots; where the top phase is `vm`, of the memory's slots. */
  readonly valueHeight: number
  /** Height of the tree of weight slots. */
  readonly weightHeight: number
  readonly weightsRoot: MerkleRoot
  /** Root of the carry slots before the request's input is put in: the left half of the value slots (of the memory: all). */
  readonly carryRoot: MerkleRoot
  readonly inputSlot: number
  readonly outputSlot: number
  /** Bytes of the output, of a run of the most iterations; 0 where it is too large for a call, which then carries its root alone. */
  readonly outputBytes: number
  /** The most iterations that a request may ask for, where the top phase is `loop`; 0 elsewhere. */
  readonly mostIterations: number
  /** The most instructions that a run of the machine may have. */
  readonly stepLimit: number
}

/** Height of the tree over the nodes' descriptors. */
export const graphHeight = (nodeCount: number): number => Math.ceil(Math.log2(Math.max(1, nodeCount)))

/** Height of the tree of carry slots. */
export const carryHeight = ({ phases, valueHeight }: Pick<Model, 'phases' | 'valueHeight'>): number =>
  phases[0] === 'vm' ? valueHeight : valueHeight - 1

export const modelId = (model: Model): Id =>
  keccak(
    programId(model.program),
    bigEndian(model.phases.length, 1),
    Uint8Array.from(model.phases, (phase) => PHASE_CODES[phase]),
    model.graphRoot,
    bigEndian(model.nodeCount, 4),
    bigEndian(model.valueHeight, 1),
    bigEndian(model.weightHeight, 1),
    model.weightsRoot,
    model.carryRoot,
    bigEndian(model.inputSlot, 4),
    bigEndian(model.outputSlot, 4),
    bigEndian(model.outputBytes, 4),
    bigEndian(model.mostIterations, 4),
    bigEndian(model.stepLimit, 6),
  )

const MAX_TREE_HEIGHT = 24
/** Half of what a transaction may carry: an output of more bytes is claimed by its root alone. */
export const MAX_OUTPUT_BYTES = 2 ** 16
/** A list of phases fits a word of the chain's storage, beside nothing. */
const MAX_PHASES = 31

/** Refuses a model whose numbers do not fit together, before anybody can stake on it. */
export const checkModel = (model: Model): Result<Model> => {
  const { phases, nodeCount, valueHeight, weightHeight, inputSlot, outputSlot } = model
  const { outputBytes, mostIterations, stepLimit } = model
  const invalid = (field: string) => reject('ModelInvalid', { field })
  if (phases.length === 0 || phases.length > MAX_PHASES) return invalid('phases')
  if (!isUint(nodeCount, 24) || nodeCount < 1) return invalid('nodeCount')
  if (!isUint(valueHeight, 8) || valueHeight < 1 || valueHeight > MAX_TREE_HEIGHT)
    return invalid('valueHeight')
  if (!isUint(weightHeight, 8) || weightHeight > MAX_TREE_HEIGHT) return invalid('weightHeight')
  if (!isUint(inputSlot, 32) || inputSlot >= 2 ** carryHeight(model)) return invalid('inputSlot')
  if (!isUint(outputSlot, 32) || outputSlot >= 2 ** valueHeight) return invalid('outputSlot')
  if (!isUint(outputBytes, 32) || outputBytes > MAX_OUTPUT_BYTES) return invalid('outputBytes')
  if (stepLimit < 1 || stepLimit > MAX_STEP_LIMIT || !Number.isSafeInteger(stepLimit))
    return invalid('stepLimit')
  if (phases[0] === 'vm' && (valueHeight !== SLOTS_HEIGHT || outputSlot !== OUTPUT_SLOT))
    return invalid('valueHeight')
  if (phases[0] === 'loop') {
    if (outputSlot >= 2 ** carryHeight(model)) return invalid('outputSlot')
  }
  const isCounted = isUint(mostIterations, 32) && mostIterations > 0
  if (phases[0] === 'loop' ? !isCounted : mostIterations !== 0) return invalid('mostIterations')
  return accept(model)
}

/** A node is cut into at most so many tiles: its descriptor has four bytes for their number. */
const MAX_TILES = 2 ** 32 - 1

/** The longest run of each phase. */
export const longestRuns = ({ phases, mostIterations, nodeCount, stepLimit }: Model): readonly number[] => {
  const longest = { loop: mostIterations, graph: nodeCount, tile: MAX_TILES, vm: stepLimit }
  return phases.map((phase) => longest[phase])
}
