import { readFileSync } from 'node:fs'
import { EXITED } from '../../spec/machine/state.ts'
import { type GuestProgram, parseElf } from '../vm/elf.ts'
import { Engine } from '../vm/engine.ts'
import { PagedMemory } from '../vm/pagedMemory.ts'

/** What one run of a guest took. */
export interface GuestRun {
  readonly instructions: number
  /** From the first instruction to the last, translation included, loading of the file excluded. */
  readonly seconds: number
  readonly exitCode: number
}

const A0 = 10

export const loadGuestFile = (file: string): GuestProgram => parseElf(readFileSync(file))

/** Runs a guest to its exit, with exact count and marks of written pages. @throws Error where it does not exit */
export const runGuest = ({ code, program, segments }: GuestProgram): GuestRun => {
  const engine = new Engine(code, new PagedMemory(segments), program.entry)
  const started = performance.now()
  const instructions = engine.run(Number.MAX_SAFE_INTEGER)
  const seconds = (performance.now() - started) / 1000
  const { status, registers } = engine.processor()
  if (status !== EXITED) throw new Error(`the guest did not exit: status ${status}`)
  return { instructions, seconds, exitCode: registers[A0]! }
}
