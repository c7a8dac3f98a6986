import { type Bytes, type Hex, toHex } from '../../../spec/commitments/bytes.ts'
import type { StateRoot } from '../../../spec/commitments/hash.ts'
import { codeTree, type Program } from '../../../spec/machine/program.ts'
import { stepRoot } from '../../../spec/machine/witness.ts'
import type { Rejection } from '../../../spec/rejection.ts'
import type { Executable } from '../elf.ts'
import { traceTo } from './inspect.ts'
import { type WitnessParts, witnessParts } from './witnessParts.ts'

/** What the chain knows of a program's code. */
export type CommittedCode = Pick<Program, 'codeBase' | 'codeHeight' | 'codeRoot'>

export const committedCode = ({ code }: Executable): CommittedCode => ({
  codeBase: code.base,
  codeHeight: code.height,
  codeRoot: codeTree(code).root,
})

/** What the contract is given of one step, and what it makes of it. */
export interface StepProof {
  readonly n: number
  readonly program: CommittedCode
  readonly preRoot: StateRoot
  readonly postRoot: StateRoot
  readonly witness: Hex
  readonly parts: WitnessParts
}

/** Proves the step from the state after `n` steps. */
export const proveStep = (executable: Executable, n: number): StepProof => {
  const trace = traceTo(executable, n + 1)
  const program = committedCode(executable)
  const witness = trace.stepWitness(n)
  return {
    n,
    program,
    preRoot: trace.rootAt(n),
    witness: toHex(witness),
    postRoot: trace.rootAt(n + 1),
    parts: witnessParts(program, witness),
  }
}

/** What a contract that knows the code and the root would say, in the keys that `vm verify --json` prints. */
export interface Verdict {
  readonly valid: boolean
  /** Root of the state after the step; null where the witness is refused. */
  readonly postRoot: StateRoot | null
  /** Why it is refused, by the name that the contract's error has. */
  readonly rejection: Rejection | null
}

/** Checks a witness against the root of the state that it claims to be of. */
export const verifyStep = (executable: Executable, preRoot: StateRoot, witness: Bytes): Verdict => {
  const post = stepRoot(committedCode(executable), preRoot, witness)
  return post.ok
    ? { valid: true, postRoot: post.value, rejection: null }
    : { valid: false, postRoot: null, rejection: post.rejection }
}
