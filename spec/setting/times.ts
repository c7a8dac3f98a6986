import { maxDisputeSeconds } from '../game/bounds.ts'
import type { Seconds } from '../game/clocks.ts'
import type { Parameters } from './parameters.ts'

// --- Rounds of attention: one answer time each, from time 0 on ----------------------------------------------------

type Answering = Pick<Parameters, 'seals'>

export const roundOf = ({ seals }: Answering, now: Seconds): number => Math.floor(now / seals!.answerSeconds)

/** A round's first second, ... */
export const roundStart = ({ seals }: Answering, round: number): Seconds => round * seals!.answerSeconds

/** ... its last, ... */
export const roundEnd = (parameters: Answering, round: number): Seconds =>
  roundStart(parameters, round + 1) - 1

/** ... and the last in which those who are asked about its tasks may answer. */
export const answersEnd = (parameters: Answering, round: number): Seconds => roundEnd(parameters, round + 1)

/** The last second in which a round's task can be held against a verifier. */
export const judgementEnd = (parameters: Parameters, phaseCount: number, round: number): Seconds =>
  roundEnd(parameters, round) + settlementSeconds(parameters, phaseCount)

// --- Claims and tasks --------------------------------------------------------------------------------------------

/**
 * The longest from the second in which a claim stands to the first in which it is final or refuted: its window, a
 * dispute that is opened in the window's last second, and both of that dispute's clocks. However many rivals and
 * disputes there are, they run side by side and add nothing.
 */
export const claimSeconds = (parameters: Parameters, phaseCount: number): Seconds =>
  parameters.windowSeconds + maxDisputeSeconds(parameters, phaseCount)

/** The longest from a seal to its reveal: where there are rounds, the rest of one and the answer time that follows it. */
export const sealSeconds = ({ seals, attention }: Parameters): Seconds =>
  seals === undefined ? 0 : (attention === undefined ? 1 : 2) * seals.answerSeconds + seals.revealSeconds

/**
 * The longest from a request to the first second in which a claim that was made in time is final or refuted.
 *
 * @param claimableSeconds from the request to the task's deadline
 */
export const finalitySeconds = (
  parameters: Parameters,
  phaseCount: number,
  claimableSeconds: Seconds,
): Seconds => claimableSeconds + sealSeconds(parameters) + claimSeconds(parameters, phaseCount)

/**
 * How long a task with bindings stays open to be settled behind its deadline, and how long verifiers can be judged by
 * it behind its round: the last claim's worst case, and a window more in which somebody must say that it is final.
 * Behind that the fee goes back (TASK-1), so that one that only refuted claims were about is not locked for ever,
 * and nobody needs to count claims.
 */
export const settlementSeconds = (parameters: Parameters, phaseCount: number): Seconds =>
  finalitySeconds(parameters, phaseCount, 0) + parameters.windowSeconds
