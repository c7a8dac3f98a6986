import { type Bytes, bigEndian, concat, fromBigEndian, fromHex } from '../commitments/bytes.ts'
import { asHash, type Hash, keccak, type StateRoot } from '../commitments/hash.ts'
import { type Memory, memoryRoot } from '../commitments/memory.ts'

/**
 * The state of the machine, and its commitment: keccak-256 of
 *
 *   bytes   0..31   memory root
 *   byte   32       status: 0 running, 1 exited, 2 trapped
 *   bytes  33..156  x1 to x31, 32-bit big-endian
 *   bytes 157..160  pc, 32-bit big-endian
 *
 * Why a machine trapped is derived, not committed. A status is one byte and every value of it means something:
 * a machine whose status is not zero is stable, it steps to itself.
 */
export const RUNNING = 0
export const EXITED = 1
export const TRAPPED = 2

export const REGISTER_COUNT = 32
export const PROCESSOR_BYTES = 1 + 4 * (REGISTER_COUNT - 1) + 4
export const STATE_BYTES = 32 + PROCESSOR_BYTES

/** All of the state but the memory. */
export interface Processor {
  /** One byte. */
  readonly status: number
  /** x0 to x31, unsigned 32-bit; x0 is always zero. */
  readonly registers: readonly number[]
  /** Unsigned 32-bit. */
  readonly pc: number
}

export interface MachineState extends Processor {
  readonly memory: Memory
}

/** How a run starts: all registers zero. `entry` and the memory are the program's and the job's. */
export const initialState = (entry: number, memory: Memory): MachineState => ({
  memory,
  status: RUNNING,
  registers: Array.from({ length: REGISTER_COUNT }, () => 0),
  pc: entry,
})

export const isStable = ({ status }: Pick<Processor, 'status'>): boolean => status !== RUNNING

/** status ‖ x1..x31 ‖ pc, 129 bytes: the state's preimage behind the memory root. */
export const encodeProcessor = ({ status, registers, pc }: Processor): Bytes =>
  concat(bigEndian(status, 1), ...registers.slice(1).map((value) => bigEndian(value, 4)), bigEndian(pc, 4))

/** Inverse of `encodeProcessor`; `bytes` has 129 bytes, all of which are states. */
export const decodeProcessor = (bytes: Bytes): Processor => {
  const word = (offset: number): number => Number(fromBigEndian(bytes.subarray(offset, offset + 4)))
  return {
    status: bytes[0]!,
    registers: Array.from({ length: REGISTER_COUNT }, (_, i) => (i === 0 ? 0 : word(4 * i - 3))),
    pc: word(PROCESSOR_BYTES - 4),
  }
}

/** The 161 bytes whose hash is the state root. */
export const encodeState = (memory: Hash, processor: Processor): Bytes =>
  concat(fromHex(memory), encodeProcessor(processor))

export const decodeState = (bytes: Bytes): { readonly memory: Hash; readonly processor: Processor } => ({
  memory: asHash(bytes.subarray(0, 32)),
  processor: decodeProcessor(bytes.subarray(32)),
})

/** State root from the memory's root and the rest of the state. */
export const commitProcessor = (memory: Hash, processor: Processor): StateRoot =>
  keccak<StateRoot>(encodeState(memory, processor))

export const commitState = (state: MachineState): StateRoot =>
  commitProcessor(memoryRoot(state.memory), state)
