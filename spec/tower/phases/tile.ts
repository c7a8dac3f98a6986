import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../../commitments/bytes.ts'
import { asHash, type Hash, keccak, type StateRoot, type TensorRoot } from '../../commitments/hash.ts'
import { packWords, readWords } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT } from '../../commitments/tensor.ts'
import { jobRoot, OPERAND_COUNT } from '../../graph/descriptor.ts'
import { accept, type Result, reject } from '../../result.ts'
import type { Model } from '../model.ts'
import type { DescentRules } from '../tower.ts'
import { checkWitnessEnd } from './graph.ts'
import type { GraphRoots } from './graphState.ts'
import { type GraphTrees, nodeWitness } from './graphWitness.ts'
import { openNode } from './nodeOpening.ts'
import { jobStartRoot, machineEndWitness, openMachineEnd } from './vm.ts'

/**
 * One step is one tile of a node's output: one contiguous power-of-two block of it. Which bytes those are is the
 * guest's affair, which finds the range of tiles on its job page; here a tile is an index, and the output goes
 * through the machine's output slot from one tile to the next.
 *
 * The state is the index of the tile to run next, the output tensor so far, and the job, which stays. Its commitment
 * is keccak(index as 4 bytes big-endian, root of the output, hash of the job).
 */
export interface TileRoots {
  readonly tile: number
  readonly outputRoot: TensorRoot
  readonly job: JobRoots
}

/** What all tiles of a node have in common. */
export interface JobRoots {
  /** Root of the node's descriptor. */
  readonly descriptor: Hash
  /** Roots of the six operands, unset where there are fewer. */
  readonly operands: readonly TensorRoot[]
}

/** keccak(root of the descriptor, roots of the six operands). */
export const jobHash = ({ descriptor, operands }: JobRoots): Hash => keccak(descriptor, ...operands)

const INDEX_BYTES = 4

/** The index is one of 2^32, whatever a state that nobody can reach says. */
const stateRoot = (tile: number, output: TensorRoot, job: Hash): StateRoot =>
  keccak(bigEndian(tile % 2 ** 32, INDEX_BYTES), output, job)

export const commitTile = ({ tile, outputRoot, job }: TileRoots): StateRoot =>
  stateRoot(tile, outputRoot, jobHash(job))

// --- What the chain checks -----------------------------------------------------------------------------------

/**
 * Witness: as `openNode` takes it | root of the output in the last tile state.
 *
 * The last state's job is the node's, which the chain knows. An end over another job is one that no run from the true
 * start comes to, and nobody needs to descend to it.
 */
export const graphToTile = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    const opened = openNode(model, preState, witness)
    return opened.ok ? accept(stateRoot(0, opened.value.output, jobHash(opened.value))) : opened
  },
  exitRoot: (preState, end, length, witness) => {
    const opened = openNode(model, preState, witness)
    if (!opened.ok) return opened
    const { head, stateWith, end: at } = opened.value
    const whole = checkWitnessEnd(witness, at + 32)
    if (!whole.ok) return whole
    // TILE-1, keeps (3): as many tiles as the committed descriptor says, neither fewer nor more.
    if (length !== head.tileCount) return reject('LengthInvalid', { expected: head.tileCount, given: length })
    const output = asHash<TensorRoot>(witness.subarray(at))
    const actual = stateRoot(length, output, jobHash(opened.value))
    return actual === end ? accept(stateWith(output)) : reject('EndMismatch', { expected: end, actual })
  },
})

/** The output so far and six operands, words of the witness of `tileToVm`. */
const TENSOR_LEVELS: readonly number[] = Array.from({ length: 1 + OPERAND_COUNT }, () => SLOT_HEIGHT)

export interface TileOpening {
  readonly tile: number
  readonly output: TensorRoot
  readonly job: JobRoots
  /** Where the opening ends in the witness. */
  readonly end: number
}

export const openTile = (preState: StateRoot, witness: Bytes): Result<TileOpening> => {
  const at = INDEX_BYTES + 32
  if (witness.length < at) return reject('WitnessMalformed', { expected: at, actual: witness.length })
  const tile = Number(fromBigEndian(witness.subarray(0, INDEX_BYTES)))
  const read = readWords(witness, at, TENSOR_LEVELS)
  if (!read.ok) return read
  const [output, ...operands] = read.value.words as TensorRoot[]
  const job: JobRoots = { descriptor: asHash(witness.subarray(INDEX_BYTES, at)), operands }
  // TILE-2, keeps (1): index, output so far and job come from the agreed pre-state.
  const actual = stateRoot(tile, output!, jobHash(job))
  return actual === preState
    ? accept({ tile, output: output!, job, end: read.value.end })
    : reject('PreStateMismatch', { expected: preState, actual })
}

/**
 * Witness: index (4 bytes, big-endian) | root of the descriptor | root of the output so far and six operand roots, as
 * `readWords` | end of the machine's run, as `openMachineEnd`.
 */
export const tileToVm = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    const opened = openTile(preState, witness)
    if (!opened.ok) return opened
    const { tile, output, job } = opened.value
    const page = jobRoot(job.descriptor, tile, 1)
    return accept(jobStartRoot(model.program, page, [...job.operands, output]))
  },
  exitRoot: (preState, end, length, witness) => {
    const opened = openTile(preState, witness)
    if (!opened.ok) return opened
    const { tile, job, end: at } = opened.value
    const output = openMachineEnd(end, length, model.stepLimit, witness, at)
    return output.ok ? accept(stateRoot(tile + 1, output.value, jobHash(job))) : output
  },
})

// --- What a party computes -----------------------------------------------------------------------------------

/** Witness of a descent from a node to its tiles. */
export const nodeTilesWitness = (trees: GraphTrees, state: GraphRoots, end: TileRoots): Bytes =>
  concat(nodeWitness(trees, state), fromHex(end.outputRoot))

/**
 * Witness of a descent from a tile to the machine.
 *
 * @param endPreimage pre-image of the machine's last state; @param slots roots of its eight memory slots
 */
export const tileRunWitness = (
  { tile, outputRoot, job }: TileRoots,
  endPreimage: Bytes,
  slots: readonly Hash[],
): Bytes =>
  concat(
    bigEndian(tile, INDEX_BYTES),
    fromHex(job.descriptor),
    packWords([outputRoot, ...job.operands], TENSOR_LEVELS),
    machineEndWitness(endPreimage, slots),
  )
