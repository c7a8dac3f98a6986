import { type Bytes, concat, isUint } from '../../commitments/bytes.ts'
import {
  type Hash,
  keccak,
  type MerkleRoot,
  type StateRoot,
  type TensorRoot,
} from '../../commitments/hash.ts'
import { EMPTY_MEMORY, OUTPUT_SLOT, SLOTS_HEIGHT } from '../../commitments/memory.ts'
import { climb, join, merkleTree, packHashes, unpackHashes } from '../../commitments/merkle.ts'
import { SLOT_HEIGHT, UNSET_TENSOR } from '../../commitments/tensor.ts'
import type { Program } from '../../machine/program.ts'
import { commitProcessor, decodeState, initialState, isStable, STATE_BYTES } from '../../machine/state.ts'
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

/** What a run of the machine may end in: see `checkEnd`. */
interface EndOpening {
  readonly memoryRoot: MerkleRoot
  readonly status: number
}

/** Opens a machine's last state from its pre-image. */
const openEnd = (end: StateRoot, preimage: Bytes): Result<EndOpening> => {
  if (keccak(preimage) !== end) return reject('EndMismatch', { end })
  const { memory, processor } = decodeState(preimage)
  return accept({ memoryRoot: memory as MerkleRoot, status: processor.status })
}

/**
 * VM-LENGTH, keeps (3): a run is stated with a length of 1 to the step limit, and it ends in a stable state or has
 * exactly the step limit. Without it a liar stops a run where it likes the output, or never.
 */
const checkEnd = (length: number, status: number, stepLimit: number): Result<null> => {
  if (!isUint(length, 48) || length < 1 || length > stepLimit)
    return reject('LengthInvalid', { length, stepLimit })
  return isStable({ status }) || length === stepLimit
    ? accept(null)
    : reject('EndNotStable', { length, stepLimit })
}

/** Opens the output slot of a memory: the slot's root, then its `SLOTS_HEIGHT` siblings. */
const openOutput = (memoryRoot: MerkleRoot, opening: Bytes): Result<TensorRoot> => {
  const [slot, ...siblings] = unpackHashes(opening)
  return climb(slot!, OUTPUT_SLOT, siblings) === memoryRoot
    ? accept(slot as TensorRoot)
    : reject('OutputMismatch', { memoryRoot })
}

const OUTPUT_OPENING_BYTES = 32 * (1 + SLOTS_HEIGHT)

/** Bytes of what `openMachineEnd` takes. */
export const MACHINE_END_BYTES = STATE_BYTES + OUTPUT_OPENING_BYTES

/**
 * The output of a run of the machine that ended in `end`; holds its length against VM-LENGTH.
 *
 * @param witness pre-image of the last state | root and siblings of the memory's output slot
 */
export const openMachineEnd = (
  end: StateRoot,
  length: number,
  stepLimit: number,
  witness: Bytes,
): Result<TensorRoot> => {
  const opened = openEnd(end, witness.subarray(0, STATE_BYTES))
  if (!opened.ok) return opened
  const checked = checkEnd(length, opened.value.status, stepLimit)
  return checked.ok ? openOutput(opened.value.memoryRoot, witness.subarray(STATE_BYTES)) : checked
}

/** @param preimage of the machine's last state; @param slots roots of its eight memory slots */
export const machineEndWitness = (preimage: Bytes, slots: readonly Hash[]): Bytes => {
  const tree = merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT)
  return concat(preimage, packHashes([tree.leaf(OUTPUT_SLOT), ...tree.path(OUTPUT_SLOT)]))
}

/** Puts an input's root into a carry tree whose input slot is still unset. */
export const carryWithInput = (
  model: Pick<Model, 'carryRoot' | 'inputSlot'>,
  height: number,
  input: TensorRoot,
  witness: Bytes,
): Result<MerkleRoot> => {
  if (witness.length !== 32 * height) return reject('WitnessMalformed', { bytes: witness.length })
  const siblings = unpackHashes(witness)
  return climb(UNSET_TENSOR, model.inputSlot, siblings) === model.carryRoot
    ? accept(climb(input, model.inputSlot, siblings)!)
    : reject('StartMismatch', { carryRoot: model.carryRoot })
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
  outputRoot: (end, length, witness) =>
    witness.length === MACHINE_END_BYTES
      ? openMachineEnd(end, length, model.stepLimit, witness)
      : reject('WitnessMalformed', { bytes: witness.length }),
})

export const vmArbiter = (model: Model): ArbiterRules => ({
  stepRoot: (preState, witness) => stepRoot(model.program, preState, witness),
})
