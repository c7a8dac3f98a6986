import type { PreparedClaim } from '../../spec/strategies/parties.ts'
import type { Trace } from '../../spec/tower/tower.ts'

/** One inference, true or damaged: what a server would claim, and the trace to play from. */
export interface InferenceRun {
  readonly trace: Trace
  readonly prepared: PreparedClaim
  /** Wall-clock seconds that the computation of the output took, commitments aside. */
  readonly seconds: number
}

/** How a top phase makes the runs of one model on one input. */
export interface TopRuns {
  readonly honest: () => InferenceRun
  /**
   * Node `node`'s output has `add` added to one element; everything is computed on from there. Needs a graph phase.
   *
   * @param iteration in which it has, where `loop` is on top; the first unless given
   */
  readonly withElement: (node: number, element: number, add: number, iteration?: number) => InferenceRun
  /** Whether a node writes an element of its output in an iteration; where this is not there, all do. */
  readonly writesElement?: (node: number, element: number, iteration: number) => boolean
  /** The state after instruction `step` is false: a bit of a word that the program never touches. Needs `[vm]`. */
  readonly withStep: (step: number) => InferenceRun
  /** A run that is damaged somewhere. @param choose a number in [0, below) */
  readonly damaged: (choose: (below: number) => number) => InferenceRun
}
