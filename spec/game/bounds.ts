import { type ClockTerms, initialSeconds, type Seconds } from './clocks.ts'

/** Smallest d with arity^d >= length: dissections that bring a run of that length down to single steps. */
export const dissections = (length: number, arity: number): number => {
  let [depth, reach] = [0, 1n]
  for (; reach < BigInt(length); reach *= BigInt(arity)) depth++
  return depth
}

/**
 * The most moves that a dispute can have, timeouts aside: the opening vector, then in each phase at least one move
 * (a descent or the arbitration), and one for each dissection of its run.
 *
 * @param lengths the length of each phase's run, coarsest first
 */
export const maxMoves = (lengths: readonly number[], arity: number): number =>
  1 + lengths.reduce((moves, length) => moves + Math.max(1, dissections(length, arity)), 0)

/**
 * The most calls that either side must make in a dispute of so many moves: every second move, one to end it (a timeout,
 * a finalization) and one to withdraw.
 */
export const honestCalls = (moves: number): number => Math.ceil(moves / 2) + 2

/** The longest that a dispute can last from its opening: both clocks run out to the last second. */
export const maxDisputeSeconds = (terms: ClockTerms, phaseCount: number): Seconds =>
  2 * initialSeconds(terms, phaseCount) + 1
