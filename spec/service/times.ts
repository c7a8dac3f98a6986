import { maxDisputeSeconds } from '../game/bounds.ts'
import type { Seconds } from '../game/clocks.ts'
import type { Parameters } from '../parameters.ts'

/**
 * The longest from the second in which a claim stands to the first in which it is final or refuted: its window, a
 * dispute that is opened in the window's last second, and both of that dispute's clocks. However many rivals and
 * disputes there are, they run side by side and add nothing.
 */
export const claimSeconds = (parameters: Parameters, phaseCount: number): Seconds =>
  parameters.windowSeconds + maxDisputeSeconds(parameters, phaseCount)

/**
 * How long after its deadline an answered task stays open to be settled: the last claim's worst case, and a window
 * more in which somebody must say that it is final. Behind that the fee goes back (TASK-1), so that one that only
 * refuted claims have answered is not locked for ever, and nobody needs to count claims.
 */
export const settlementSeconds = (parameters: Parameters, phaseCount: number): Seconds =>
  claimSeconds(parameters, phaseCount) + parameters.windowSeconds
