import type { StateRoot } from '../../../spec/commitments/hash.ts'
import type { Executable } from '../elf.ts'
import { VmTrace } from '../trace.ts'
import { type RunStatus, statusName } from './runExecutable.ts'

/** The state after n steps, in the keys that `vm at --json` prints; x0 to x31 and pc are unsigned. */
export interface StateReport {
  readonly n: number
  readonly status: RunStatus
  readonly pc: number
  readonly registers: readonly number[]
  readonly stateRoot: StateRoot
  /** Number of steps after which the run had ended, `n` or less; null where it goes on after `n`. */
  readonly endedAfter: number | null
}

/** A run that goes no further than the state that is asked for. */
export const traceTo = ({ code, segments, entry }: Executable, steps: number): VmTrace =>
  new VmTrace({ code, entry, contents: segments, stepLimit: steps })

/** States after so many steps each, in any order; beyond the end of the run, the state at its end. */
export const statesAt = (executable: Executable, ns: readonly number[]): StateReport[] => {
  const trace = traceTo(executable, Math.max(...ns))
  return ns.map((n) => {
    const { pc, registers, ...processor } = trace.stateAt(n)
    const status = statusName(processor)
    const endedAfter = status === 'running' ? null : trace.length
    return { n, status, pc, registers, stateRoot: trace.rootAt(n), endedAfter }
  })
}
