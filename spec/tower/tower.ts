import type { Bytes } from '../commitments/bytes.ts'
import type { StateRoot, TensorRoot } from '../commitments/hash.ts'
import type { Result } from '../result.ts'

/**
 * A phase is a transition system with a commitment. A tower is a list of phases, coarsest first, and a single step
 * of one phase is a whole run of the phase below it:
 *
 *   law   step(s) = exit(s, run(enter(s)))        for every reachable s
 *
 * The game knows a tower only through the rules below, which see roots and witnesses, never a state.
 */

/** One phase, as those see it who hold its states. */
export interface Phase<State> {
  readonly name: string
  readonly step: (state: State) => State
  readonly commit: (state: State) => StateRoot
  /** Steps of the run that starts here: at least 1. */
  readonly length: (start: State) => number
}

/**
 * What the chain can check where a phase meets the one below. Each is a function of the roots that it is given. Both ends
 * of the run below are read from one witness, which opens the pre-state once; the chain reads them together.
 */
export interface DescentRules {
  /** enterRoot(commit(s), witness) = commit(enter(s)), or a rejection. The witness's end is `exitRoot`'s to check. */
  readonly enterRoot: (preState: StateRoot, witness: Bytes) => Result<StateRoot>
  /**
   * exitRoot(commit(s), commit(s'n), n, witness) = commit(exit(s, s'n)), or a rejection. Also holds n against the
   * rule for the lower phase's length: fixed by the model, or stated by the mover and then at most the step limit
   * with an end that is stable (or exactly the step limit).
   */
  readonly exitRoot: (
    preState: StateRoot,
    end: StateRoot,
    length: number,
    witness: Bytes,
  ) => Result<StateRoot>
}

/** The joint between two phases, as those see it who hold the states. */
export interface Descent<Above, Below> extends DescentRules {
  readonly enter: (state: Above) => Below
  readonly exit: (state: Above, end: Below) => Above
  /** What `enterRoot` and `exitRoot` both take. */
  readonly witness: (state: Above, end: Below) => Bytes
}

/** What the chain can check of a claim about the whole run. */
export interface TopRules {
  /** Root of the top phase's first state for an input. */
  readonly startRoot: (input: TensorRoot, witness: Bytes) => Result<StateRoot>
  /**
   * Root of the output tensor in the run's last state; also holds the length against its rule.
   *
   * @param iterations what the request asked for; of no meaning where the top phase does not count them
   */
  readonly outputRoot: (
    end: StateRoot,
    length: number,
    witness: Bytes,
    iterations?: number,
  ) => Result<TensorRoot>
}

/** What the chain can execute: one step of the last phase. */
export interface ArbiterRules {
  readonly stepRoot: (preState: StateRoot, witness: Bytes) => Result<StateRoot>
}

/** A tower as the chain sees it: k phases, k - 1 joints, one arbiter. */
export interface TowerRules {
  readonly phases: readonly string[]
  /** The longest run of each phase. */
  readonly lengths: readonly number[]
  /** Bytes of the output; 0 where it is too large for a call, which then carries its root alone. */
  readonly outputBytes: number
  /** The most iterations that a request may ask for; 0 where the top phase does not count them. */
  readonly mostIterations: number
  readonly top: TopRules
  /** descents[p] joins phase p to phase p + 1. */
  readonly descents: readonly DescentRules[]
  readonly arbiter: ArbiterRules
}

/**
 * A run of one phase as a party of a dispute holds it. The engine supplies real ones, `traceOf` plain ones; a liar
 * plays an honest strategy over a damaged one.
 */
export type Trace = UpperTrace | LastTrace

interface AnyTrace {
  /** Steps of the run, at least 1. */
  readonly length: number
  /** State roots after so many steps; beyond the length the last state stands still. */
  readonly rootsAt: (steps: readonly number[]) => readonly StateRoot[]
}

export interface UpperTrace extends AnyTrace {
  readonly kind: 'upper'
  /** What it takes to descend into the step from state `step` to state `step + 1`. */
  readonly descend: (step: number) => Descended
}

export interface LastTrace extends AnyTrace {
  readonly kind: 'last'
  /** What the arbiter needs to execute the step from state `step`. */
  readonly stepWitness: (step: number) => Bytes
}

export interface Descended {
  readonly below: Trace
  /** What both ends of `below` are checked by. */
  readonly witness: Bytes
}
