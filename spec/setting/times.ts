import { maxDisputeSeconds } from '../game/bounds.ts'
import type { Seconds } from '../game/clocks.ts'
import type { Parameters } from './parameters.ts'

/**
 * The longest from the second in which a claim stands to the first in which it is final or refuted: its window, a
 * dispute that is opened in the window's last second, and both of that dispute's clocks. However many rivals and
 * disputes there are, they run side by side and add nothing.
 */
export const claimSeconds = (parameters: Parameters, phaseCount: number): Seconds =>
  parameters.windowSeconds + maxDisputeSeconds(parameters, phaseCount)

/** The longest from a seal to its reveal. */
export const sealSeconds = ({ attention }: Parameters): Seconds =>
  attention === undefined ? 0 : attention.answerSeconds + attention.revealSeconds

/**
 * The longest from a request to the first second in which a claim that was made in time is final or refuted.
 *
 * @param answerableSeconds from the request to the task's deadline
 */
export const finalitySeconds = (
  parameters: Parameters,
  phaseCount: number,
  answerableSeconds: Seconds,
): Seconds => answerableSeconds + sealSeconds(parameters) + claimSeconds(parameters, phaseCount)

/**
 * How long an answered task stays open to be settled behind its deadline, and how long verifiers can be judged by it
 * behind its first seal: the last claim's worst case, and a window more in which somebody must say that it is final.
 * Behind that the fee goes back (TASK-1), so that one that only refuted claims have answered is not locked for ever,
 * and nobody needs to count claims.
 */
export const settlementSeconds = (parameters: Parameters, phaseCount: number): Seconds =>
  finalitySeconds(parameters, phaseCount, 0) + parameters.windowSeconds
