import { type Bytes, concat, isUint } from '../../commitments/bytes.ts'
import type { Hash, MerkleRoot, StateRoot, TensorRoot } from '../../commitments/hash.ts'
import { EMPTY_MEMORY, OUTPUT_SLOT, SLOTS_HEIGHT } from '../../commitments/memory.ts'
import { climb, join, merkleTree, unpackHashes } from '../../commitments/merkle.ts'
import { openLeaves, proofOf } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT, UNSET_TENSOR } from '../../commitments/tensor.ts'
import type { Program } from '../../machine/program.ts'
import {
  commitProcessor,
  decodeProcessor,
  initialState,
  isStable,
  PROCESSOR_BYTES,
  STATE_BYTES,
} from '../../machine/state.ts'
import { stepRoot } from '../../machine/witness.ts'
import { accept, type Result, reject } from '../../result.ts'
import type { Model } from '../model.ts'
import type { ArbiterRules, TopRules } from '../tower.ts'

/**
 * The last phase: one step is one RV32IM instruction. Its rules as the chain sees them; the machine itself stands
 * in `machine/`.
 */

/** The machine before its first instruction: all registers zero, pc at the entry. */
export const vmStartRoot = (memory: Hash, entry: number): StateRoot =>
  commitProcessor(memory, initialState(entry, EMPTY_MEMORY))

/**
 * The machine at the start of a job: in slot 0 the program's image with the job page above it, then six operands and
 * the output as it stands.
 *
 * @param page root of the job page's half slot
 * @param tensors seven roots
 */
export const jobStartRoot = (
  { imageRoot, entry }: Pick<Program, 'imageRoot' | 'entry'>,
  page: Hash,
  tensors: readonly TensorRoot[],
): StateRoot => {
  const slots = [join(imageRoot, page), ...tensors]
  return vmStartRoot(merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT).root, entry)
}

/**
 * VM-LENGTH, keeps (3): a run is stated with a length of 1 to the step limit, and it ends in a stable state or has
 * exactly the step limit. Without it a liar stops a run where it likes the output, or never.
 */
const checkEnd = (length: number, status: number, stepLimit: number): Result<null> => {
  if (!isUint(length, 48) || length < 1 || length > stepLimit)
    return reject('LengthInvalid', { expected: stepLimit, given: length })
  return isStable({ status }) || length === stepLimit
    ? accept(null)
    : reject('EndNotStable', { length, stepLimit })
}

/**
 * The output of a run of the machine that ended in `end`; holds its length against VM-LENGTH.
 *
 * The memory's root is not sent: it comes out of the proof.
 *
 * @param witness from `at` to its end: proof of the memory's output slot | all of the last state but the memory, as
 * `encodeProcessor`
 */
export const openMachineEnd = (
  end: StateRoot,
  length: number,
  stepLimit: number,
  witness: Bytes,
  at: number,
): Result<TensorRoot> => {
  const memory = openLeaves(witness, at, [OUTPUT_SLOT], SLOTS_HEIGHT, SLOT_HEIGHT)
  if (!memory.ok) return memory
  const { root, leaves } = memory.value
  const expected = memory.value.end + PROCESSOR_BYTES
  if (witness.length !== expected) return reject('WitnessMalformed', { expected, actual: witness.length })
  const processor = decodeProcessor(witness.subarray(memory.value.end))
  const actual = commitProcessor(root, processor)
  if (actual !== end) return reject('EndMismatch', { expected: end, actual })
  const checked = checkEnd(length, processor.status, stepLimit)
  return checked.ok ? accept(leaves[0] as TensorRoot) : checked
}

/** @param preimage of the machine's last state; @param slots roots of its eight memory slots */
export const machineEndWitness = (preimage: Bytes, slots: readonly Hash[]): Bytes =>
  concat(
    proofOf(merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT), [OUTPUT_SLOT], SLOT_HEIGHT),
    preimage.subarray(STATE_BYTES - PROCESSOR_BYTES),
  )

/** Puts an input's root into a carry tree whose input slot is still unset. */
export const carryWithInput = (
  model: Pick<Model, 'carryRoot' | 'inputSlot'>,
  height: number,
  input: TensorRoot,
  witness: Bytes,
): Result<MerkleRoot> => {
  if (witness.length !== 32 * height)
    return reject('WitnessMalformed', { expected: 32 * height, actual: witness.length })
  const siblings = unpackHashes(witness)
  const actual = climb(UNSET_TENSOR, model.inputSlot, siblings)
  return actual === model.carryRoot
    ? accept(climb(input, model.inputSlot, siblings)!)
    : reject('StartMismatch', { expected: model.carryRoot, actual })
}

/**
 * k = 1: the whole model in the machine. The carry tree is the memory itself.
 *   startRoot witness    siblings of the input's slot among the eight
 *   outputRoot witness   as `openMachineEnd` takes it
 */
export const VM_TOP = (model: Model): TopRules => ({
  startRoot: (input, witness) => {
    const memory = carryWithInput(model, SLOTS_HEIGHT, input, witness)
    return memory.ok ? accept(vmStartRoot(memory.value, model.program.entry)) : memory
  },
  outputRoot: (end, length, witness) => openMachineEnd(end, length, model.stepLimit, witness, 0),
})

export const vmArbiter = (model: Model): ArbiterRules => ({
  stepRoot: (preState, witness) => stepRoot(model.program, preState, witness),
})
