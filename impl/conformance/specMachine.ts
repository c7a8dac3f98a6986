import type { StateRoot } from '../../spec/commitments/hash.ts'
import { EMPTY_MEMORY, writeBytes } from '../../spec/commitments/memory.ts'
import { run } from '../../spec/machine/execute.ts'
import type { Code } from '../../spec/machine/program.ts'
import { commitState, initialState, type MachineState } from '../../spec/machine/state.ts'
import type { VmRun } from '../vm/trace.ts'

/** The specification's machine on a run, going forward: numbers of steps ascend from call to call. */
export class SpecMachine {
  private readonly code: Code
  private state: MachineState
  private position = 0
  private root: StateRoot | undefined

  constructor({ code, entry, contents }: VmRun) {
    this.code = code
    const memory = contents.reduce((m, { address, bytes }) => writeBytes(m, address, bytes), EMPTY_MEMORY)
    this.state = initialState(entry, memory)
  }

  /** The state after `n` steps. */
  stateAt(n: number): MachineState {
    if (n < this.position) throw new RangeError(`state ${n} is asked for after state ${this.position}`)
    if (n > this.position) {
      this.state = run(this.code, this.state, n - this.position)
      this.position = n
      this.root = undefined
    }
    return this.state
  }

  rootAt(n: number): StateRoot {
    const state = this.stateAt(n)
    this.root ??= commitState(state)
    return this.root
  }
}
