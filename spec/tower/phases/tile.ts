import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../../commitments/bytes.ts'
import { asHash, type Hash, keccak, type StateRoot, type TensorRoot } from '../../commitments/hash.ts'
import { packHashes, unpackHashes } from '../../commitments/merkle.ts'
import { jobRoot, OPERAND_COUNT } from '../../graph/descriptor.ts'
import { accept, type Result, reject } from '../../result.ts'
import type { Model } from '../model.ts'
import type { DescentRules } from '../tower.ts'
import {
  type GraphRoots,
  type GraphTrees,
  leaveNode,
  leavingBytes,
  leavingWitness,
  nodeOpeningBytes,
  openNode,
  openNodeStart,
} from './graph.ts'
import { jobStartRoot, MACHINE_END_BYTES, machineEndWitness, openMachineEnd } from './vm.ts'

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

const END_BYTES = 2 * 32

/**
 *   enterRoot witness   as `openNodeStart` takes it
 *   exitRoot witness    node opening | root of the output in the last tile state | hash of its job
 *                       | as `leaveNode` takes it
 *
 * The last state's job is opened and not compared. Another one than the node's makes a false end, which no run from
 * the true start comes to, and from which the node's output is read all the same.
 */
export const graphToTile = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    const start = openNodeStart(model, preState, witness)
    if (!start.ok) return start
    return accept(stateRoot(0, start.value.output, jobHash(start.value)))
  },
  exitRoot: (preState, end, length, witness) => {
    const opening = nodeOpeningBytes(model)
    const leaving = opening + END_BYTES
    if (witness.length !== leaving + leavingBytes(model))
      return reject('WitnessMalformed', { bytes: witness.length })
    const opened = openNode(model, preState, witness)
    if (!opened.ok) return opened
    // TILE-1, keeps (3): as many tiles as the committed descriptor says, neither fewer nor more.
    const { tileCount } = opened.value.head
    if (length !== tileCount) return reject('LengthInvalid', { length, expected: tileCount })
    const [output, job] = unpackHashes(witness.subarray(opening, leaving))
    if (stateRoot(length, output as TensorRoot, job!) !== end) return reject('EndMismatch', { end })
    return leaveNode(model, opened.value, output as TensorRoot, witness.subarray(leaving))
  },
})

const OPENING_BYTES = INDEX_BYTES + 32
const JOB_BYTES = 32 * (1 + OPERAND_COUNT)

/** Opens a state from: index (4 bytes, big-endian) | root of the output; the job's hash comes from elsewhere. */
const openTile = (
  preState: StateRoot,
  opening: Bytes,
  job: Hash,
): Result<{ readonly tile: number; readonly outputRoot: TensorRoot }> => {
  const tile = Number(fromBigEndian(opening.subarray(0, INDEX_BYTES)))
  const outputRoot = asHash<TensorRoot>(opening.subarray(INDEX_BYTES))
  // TILE-2, keeps (1): index, output so far and job come from the agreed pre-state.
  return stateRoot(tile, outputRoot, job) === preState
    ? accept({ tile, outputRoot })
    : reject('PreStateMismatch', { preState })
}

/**
 *   enterRoot witness   index (4 bytes, big-endian) | root of the output | root of the descriptor | six operand roots
 *   exitRoot witness    index | root of the output | hash of the job | end of the machine's run (`openMachineEnd`)
 */
export const tileToVm = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    if (witness.length !== OPENING_BYTES + JOB_BYTES)
      return reject('WitnessMalformed', { bytes: witness.length })
    const [descriptor, ...operands] = unpackHashes(witness.subarray(OPENING_BYTES))
    const job: JobRoots = { descriptor: descriptor!, operands: operands as TensorRoot[] }
    const opened = openTile(preState, witness.subarray(0, OPENING_BYTES), jobHash(job))
    if (!opened.ok) return opened
    const { tile, outputRoot } = opened.value
    const page = jobRoot(job.descriptor, tile, 1)
    return accept(jobStartRoot(model.program, page, [...job.operands, outputRoot]))
  },
  exitRoot: (preState, end, length, witness) => {
    const ending = OPENING_BYTES + 32
    if (witness.length !== ending + MACHINE_END_BYTES)
      return reject('WitnessMalformed', { bytes: witness.length })
    const job = asHash(witness.subarray(OPENING_BYTES, ending))
    const opened = openTile(preState, witness.subarray(0, OPENING_BYTES), job)
    if (!opened.ok) return opened
    const output = openMachineEnd(end, length, model.stepLimit, witness.subarray(ending))
    return output.ok ? accept(stateRoot(opened.value.tile + 1, output.value, job)) : output
  },
})

// --- What a party computes -----------------------------------------------------------------------------------

/** Witness of leaving a node's tiles; the one of entering them is the machine's, `enterWitness` of the graph. */
export const exitTilesWitness = (trees: GraphTrees, state: GraphRoots, end: TileRoots): Bytes =>
  leavingWitness(trees, state, packHashes([end.outputRoot, jobHash(end.job)]))

const tileOpening = ({ tile, outputRoot }: TileRoots): Bytes =>
  concat(bigEndian(tile, INDEX_BYTES), fromHex(outputRoot))

export const enterTileWitness = (state: TileRoots): Bytes =>
  concat(tileOpening(state), packHashes([state.job.descriptor, ...state.job.operands]))

/** @param endPreimage pre-image of the machine's last state; @param slots roots of its eight memory slots */
export const exitTileWitness = (state: TileRoots, endPreimage: Bytes, slots: readonly Hash[]): Bytes =>
  concat(tileOpening(state), fromHex(jobHash(state.job)), machineEndWitness(endPreimage, slots))
