import { readFileSync } from 'node:fs'
import { type Bytes, wordAt } from '../../spec/commitments/bytes.ts'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  type Memory,
  OUTPUT_SLOT,
  readBytes,
  slotAddress,
  writeBytes,
} from '../../spec/commitments/memory.ts'
import { encodeRange, JOB_ADDRESS, JOB_RANGE_ADDRESS } from '../../spec/graph/descriptor.ts'
import { operatorCodeOf, type TileRange } from '../../spec/graph/operators/index.ts'
import { decode } from '../../spec/machine/decode.ts'
import { dataAccess, step } from '../../spec/machine/execute.ts'
import { type Code, codeHeightFor, fetchWord } from '../../spec/machine/program.ts'
import { EXITED, initialState, isStable, type MachineState } from '../../spec/machine/state.ts'
import { GUESTS, type Guest, guestWith } from './guests.ts'

/**
 * The committed guests on the machine of the spec, read with a loader of its own: what kernels and operators are held
 * against here must not depend on the engine that they will run on.
 */
export interface LoadedGuest {
  readonly entry: number
  readonly code: Code
  /** What stands in memory from the code's base on. */
  readonly text: Bytes
}

/** Offsets in an ELF32 file header and program header. */
const ENTRY = 24
const PROGRAM_HEADERS = 28
const [FILE_OFFSET, ADDRESS, FILE_SIZE] = [4, 8, 16]

const load = ({ file }: Guest): LoadedGuest => {
  const elf = new Uint8Array(readFileSync(file))
  const header = wordAt(elf, PROGRAM_HEADERS)
  const base = wordAt(elf, header + ADDRESS)
  const start = wordAt(elf, header + FILE_OFFSET)
  const text = elf.subarray(start, start + wordAt(elf, header + FILE_SIZE))
  const words = Array.from({ length: text.length / 4 }, (_, i) => wordAt(text, 4 * i))
  return { entry: wordAt(elf, ENTRY), text, code: { base, height: codeHeightFor(words.length), words } }
}

const LOADED = new Map(GUESTS.map((guest) => [guest, load(guest)]))

/** The guest that a descriptor's node runs on: the first one where none has its operator, or it asks for a whole graph. */
export const guestOf = (descriptor: Bytes): LoadedGuest =>
  LOADED.get(guestWith([operatorCodeOf(descriptor)]) ?? GUESTS[0]!)!

export interface GuestJob {
  readonly descriptor: Bytes
  readonly tiles: TileRange
  /** By slot, operand i in slot 1 + i. */
  readonly operands: readonly Bytes[]
  /** What stands in the output slot before. */
  readonly outputBefore?: Bytes
}

const loadJob = (guest: LoadedGuest, { descriptor, tiles, operands, outputBefore }: GuestJob): Memory => {
  const writes: [number, Bytes][] = [
    [guest.code.base, guest.text],
    [JOB_ADDRESS, descriptor],
    [JOB_RANGE_ADDRESS, encodeRange(tiles.firstTile, tiles.tileCount)],
    ...operands.map((tensor, i): [number, Bytes] => [slotAddress(1 + i), tensor]),
    [slotAddress(OUTPUT_SLOT), outputBefore ?? new Uint8Array(0)],
  ]
  return writes.reduce((memory, [address, bytes]) => writeBytes(memory, address, bytes), EMPTY_MEMORY)
}

export interface GuestResult {
  readonly exitCode: number
  readonly memory: Memory
  /** Instructions, the final ECALL included. */
  readonly instructions: number
  /** Loads and stores in the output slot, in order; byte offsets in the slot. */
  readonly outputAccesses: readonly OutputAccess[]
}

export interface OutputAccess {
  readonly kind: string
  readonly offset: number
  readonly bytes: number
}

const STEP_LIMIT = 2_000_000
const OUTPUT_ADDRESS = slotAddress(OUTPUT_SLOT)

const outputAccess = (code: Code, { pc, registers }: MachineState): OutputAccess | undefined => {
  const instruction = decode(fetchWord(code, pc) ?? 0)
  const access = dataAccess(instruction, registers)
  if (access === undefined) return undefined
  const address = LEAF_BYTES * access.leafIndex + access.offset
  if (address < OUTPUT_ADDRESS) return undefined
  return { kind: instruction.kind, offset: address - OUTPUT_ADDRESS, bytes: access.bytes }
}

/** Runs a job to its end. @throws Error where the guest traps or does not stop */
export const runGuest = (job: GuestJob): GuestResult => {
  const guest = guestOf(job.descriptor)
  let state = initialState(guest.entry, loadJob(guest, job))
  let instructions = 0
  const outputAccesses: OutputAccess[] = []
  for (; !isStable(state) && instructions < STEP_LIMIT; instructions++) {
    const access = outputAccess(guest.code, state)
    if (access !== undefined) outputAccesses.push(access)
    state = step(guest.code, state)
  }
  if (state.status !== EXITED) throw new Error(`status ${state.status} at pc 0x${state.pc.toString(16)}`)
  return { exitCode: state.registers[10]!, memory: state.memory, instructions, outputAccesses }
}

/** The first `length` bytes of a slot, and 64 more. */
export const slotBytes = ({ memory }: GuestResult, slot: number, length: number): Bytes =>
  readBytes(memory, slotAddress(slot), length + 64)
