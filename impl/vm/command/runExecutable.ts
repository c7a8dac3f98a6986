import type { StateRoot } from '../../../spec/commitments/hash.ts'
import { commitProcessor, EXITED, type Processor, RUNNING } from '../../../spec/machine/state.ts'
import type { Executable } from '../elf.ts'
import { Engine } from '../engine.ts'
import { PagedMemory } from '../pagedMemory.ts'
import { PageTree } from '../pageTree.ts'
import { type TrapCause, trapCause } from './trapCause.ts'

export type RunStatus = 'running' | 'exited' | 'trapped'

export const statusName = ({ status }: Pick<Processor, 'status'>): RunStatus =>
  status === RUNNING ? 'running' : status === EXITED ? 'exited' : 'trapped'

/** How a run ended, in the keys that `vm run --json` prints. */
export interface RunReport {
  readonly status: RunStatus
  /** All 32 bits of a0, unsigned; null unless the guest has exited. */
  readonly exitCode: number | null
  /** Null unless the machine has trapped. */
  readonly cause: TrapCause | null
  /** Where the machine stands: at the instruction that exited or trapped, or at the next one. */
  readonly pc: number
  /** The exit counts, an instruction that trapped does not. */
  readonly instructions: number
  /** From the first instruction to the last, all that the engine does to run them included. */
  readonly seconds: number
  /** Millions of instructions a second. */
  readonly mips: number
  readonly stateRoot: StateRoot
}

/** More than any run makes, and exact as a number. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER
const A0 = 10

const memoryRoot = (memory: PagedMemory) => {
  const tree = new PageTree()
  for (const page of memory.initialPages().keys()) tree.update(page, memory.pageWords(page), false)
  for (const page of memory.takeWritten()) tree.update(page, memory.pageWords(page), false)
  return tree.root()
}

/** Runs a program from its start, cold, until it exits or traps, `maxInstructions` at most. */
export const runExecutable = (
  { code, segments, entry }: Executable,
  maxInstructions = NO_LIMIT,
): RunReport => {
  const memory = new PagedMemory(segments)
  const started = performance.now()
  const engine = new Engine(code, memory, entry)
  const steps = engine.run(maxInstructions)
  const seconds = (performance.now() - started) / 1000

  const processor = engine.processor()
  const status = statusName(processor)
  const instructions = status === 'trapped' ? steps - 1 : steps
  return {
    status,
    exitCode: status === 'exited' ? processor.registers[A0]! : null,
    cause: status === 'trapped' ? trapCause(code, processor) : null,
    pc: processor.pc,
    instructions,
    seconds,
    mips: instructions / seconds / 1e6,
    stateRoot: commitProcessor(memoryRoot(memory), processor),
  }
}
