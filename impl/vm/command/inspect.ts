import { type Hex, toHex } from '../../../spec/commitments/bytes.ts'
import type { StateRoot } from '../../../spec/commitments/hash.ts'
import { codeTree, fetchWord, type Program } from '../../../spec/machine/program.ts'
import { disassemble } from '../disassemble.ts'
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
}

/** A run that goes no further than the state that is asked for. */
const traceTo = ({ code, segments, entry }: Executable, steps: number): VmTrace =>
  new VmTrace({ code, entry, contents: segments, stepLimit: steps })

/** States after so many steps each, in any order; beyond the end of the run, the state at its end. */
export const statesAt = (executable: Executable, ns: readonly number[]): StateReport[] => {
  const trace = traceTo(executable, Math.max(...ns))
  return ns.map((n) => {
    const { pc, registers, ...processor } = trace.stateAt(n)
    return { n, status: statusName(processor), pc, registers, stateRoot: trace.rootAt(n) }
  })
}

/** What the contract is given of one step, and what it makes of it. */
export interface StepProof {
  readonly n: number
  readonly program: Pick<Program, 'codeBase' | 'codeHeight' | 'codeRoot'>
  readonly preRoot: StateRoot
  readonly postRoot: StateRoot
  readonly witness: Hex
}

/** Proves the step from the state after `n` steps. */
export const proveStep = (executable: Executable, n: number): StepProof => {
  const trace = traceTo(executable, n + 1)
  const { code } = executable
  return {
    n,
    program: { codeBase: code.base, codeHeight: code.height, codeRoot: codeTree(code).root },
    preRoot: trace.rootAt(n),
    witness: toHex(trace.stepWitness(n)),
    postRoot: trace.rootAt(n + 1),
  }
}

const hexWord = (word: number): string => word.toString(16).padStart(8, '0')

/** A line for each word of the executable segments: address, word, assembly. */
export function* disassembly({ code, segments }: Executable): Generator<string> {
  for (const { address, bytes, executable } of segments) {
    if (!executable) continue
    for (let pc = address - (address % 4); pc < address + bytes.length; pc += 4) {
      const word = fetchWord(code, pc)!
      yield `${hexWord(pc)}:  ${hexWord(word)}  ${disassemble(word, pc)}`
    }
  }
}
