import { readFileSync } from 'node:fs'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import { encodeRange, JOB_ADDRESS, JOB_RANGE_ADDRESS } from '../../spec/graph/descriptor.ts'
import { operatorCodeOf } from '../../spec/graph/operators/index.ts'
import { EXITED } from '../../spec/machine/state.ts'
import { type GuestProgram, parseElf } from '../vm/elf.ts'
import { Engine } from '../vm/engine.ts'
import { PagedMemory } from '../vm/pagedMemory.ts'
import type { GuestJob } from './guest.fixture.ts'
import { GUESTS, type Guest, guestWith } from './guests.ts'

/** The committed guests on the engine: for runs that the specification's machine would take too long for. */
const PROGRAMS = new Map(
  GUESTS.map((guest): [Guest, GuestProgram] => [guest, parseElf(readFileSync(guest.file))]),
)

const MOST_INSTRUCTIONS = 2 ** 31

export interface EngineRun {
  readonly instructions: number
  /** The first `length` bytes of the output slot. */
  readonly output: (length: number) => Bytes
}

/** Runs a job to its end. @throws Error where the guest traps, does not stop, or does not know the operator */
export const runInEngine = ({ descriptor, tiles, operands, outputBefore }: GuestJob): EngineRun => {
  const { code, program, segments } = PROGRAMS.get(guestWith([operatorCodeOf(descriptor)])!)!
  const memory = new PagedMemory([
    ...segments,
    { address: JOB_ADDRESS, bytes: descriptor },
    { address: JOB_RANGE_ADDRESS, bytes: encodeRange(tiles.firstTile, tiles.tileCount) },
    ...operands.map((bytes, i) => ({ address: slotAddress(1 + i), bytes })),
    { address: slotAddress(OUTPUT_SLOT), bytes: outputBefore ?? new Uint8Array(0) },
  ])
  const engine = new Engine(code, memory, program.entry)
  const instructions = engine.run(MOST_INSTRUCTIONS)
  const { status, registers } = engine.processor()
  if (status !== EXITED || registers[10] !== 0)
    throw new Error(`status ${status}, exit code ${registers[10]}`)
  return {
    instructions,
    output: (length) => memory.read(slotAddress(OUTPUT_SLOT), length),
  }
}
