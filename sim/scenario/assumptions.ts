import { inclusionsSeconds, type Parameters } from '../../spec/setting/parameters.ts'
import { timeFaults } from '../../spec/setting/world.ts'
import { longestRuns, type Model } from '../../spec/tower/model.ts'
import { count } from '../format.ts'
import { BLOCK_SECONDS } from '../worlds/world.ts'
import { pathOf } from './gameFields.ts'
import type { RawScenario } from './schema.ts'

/** A time that leaves an honest party too little. */
export interface AssumptionFault {
  readonly path: readonly string[]
  /** How much it is, and how much an honest party can need. */
  readonly reason: string
  readonly leastSeconds: number
}

/** The clock alone must suffice for either side's calls: that is what the contract can see. */
const clockFaults = (parameters: Parameters) => {
  const leastSeconds = inclusionsSeconds({ ...parameters, inclusionSeconds: BLOCK_SECONDS })
  return parameters.clockSeconds < leastSeconds ? [{ seconds: parameters.clockSeconds, leastSeconds }] : []
}

/**
 * What a scenario gives no honest party the time for: the least is what the specification says, where a call's block
 * comes `BLOCK_SECONDS` after it and computing takes no time of the chain's.
 *
 * @param deadlineSeconds how long the task waits for an answer
 */
export const assumptionFaults = (
  game: RawScenario['game'],
  parameters: Parameters,
  model: Model,
  deadlineSeconds: number,
): readonly AssumptionFault[] => {
  const lengths = longestRuns(model)
  const world = { inclusionSeconds: BLOCK_SECONDS, recomputeSeconds: lengths.map(() => 0) }
  const tooShort = (path: readonly string[], seconds: number, leastSeconds: number): AssumptionFault => ({
    path,
    reason: `is ${count(seconds)}, and an honest party can need ${count(leastSeconds)}, with a block every ${BLOCK_SECONDS} s`,
    leastSeconds,
  })
  return [
    ...(deadlineSeconds < BLOCK_SECONDS
      ? [tooShort(['task', 'deadlineSeconds'], deadlineSeconds, BLOCK_SECONDS)]
      : []),
    ...clockFaults(parameters).map(({ seconds, leastSeconds }) =>
      tooShort(['game', 'clockSeconds'], seconds, leastSeconds),
    ),
    ...timeFaults({ parameters: { ...parameters, inclusionSeconds: BLOCK_SECONDS }, lengths }, world)
      .filter(({ parameter }) => parameter !== 'clockSeconds' || clockFaults(parameters).length === 0)
      .map(({ parameter, seconds, leastSeconds }) =>
        tooShort(pathOf(game, parameter), seconds, leastSeconds),
      ),
  ]
}
