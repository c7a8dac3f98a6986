import { dissections } from '../game/bounds.ts'
import { initialSeconds, type Seconds } from '../game/clocks.ts'
import type { Played } from './bonds.ts'
import type { Wei } from './parameters.ts'

/** What a setting assumes of the world besides costs: an honest party that these do not hold for can lose. */
export interface World {
  /** The longest from sending a call to the block that it stands in. */
  readonly inclusionSeconds: Seconds
  /** For each phase, coarsest first: the longest to recompute one run of it, with its commitments. */
  readonly recomputeSeconds: readonly Seconds[]
  /** The most verifiers that stake on one model; of no meaning without attention. */
  readonly watchers: number
}

/** What times are checked against. */
type Pace = Pick<World, 'inclusionSeconds' | 'recomputeSeconds'>

/** A time that a deployment gives and that is too short for an honest party, with the least that is not. */
export interface TimeFault {
  readonly parameter:
    | 'inclusionSeconds'
    | 'clockSeconds'
    | 'windowSeconds'
    | 'answerSeconds'
    | 'revealSeconds'
  readonly seconds: Seconds
  readonly leastSeconds: Seconds
}

type Timed = Pick<Played, 'parameters' | 'lengths'>

/**
 * The least whole clock of a side: in each phase every second move is its own, and before each it recomputes that
 * phase's run for all the disputes that it plays at once, and waits for its call's block.
 */
export const leastInitialSeconds = ({ parameters, lengths }: Timed, world: Pace): Seconds => {
  const { arity, disputesAtOnce } = parameters
  const { inclusionSeconds, recomputeSeconds } = world
  return lengths.reduce((seconds, length, phase) => {
    const turns = Math.ceil(Math.max(1, dissections(length, arity)) / 2)
    return seconds + turns * (inclusionSeconds + disputesAtOnce * recomputeSeconds[phase]!)
  }, 0)
}

/** The times that a deployment gives and that are too short for an honest party. */
export const timeFaults = (played: Timed, world: Pace): readonly TimeFault[] => {
  const { parameters, lengths } = played
  const { clockSeconds, windowSeconds, seals, attention } = parameters
  const { inclusionSeconds, recomputeSeconds } = world
  const run = recomputeSeconds[0]!
  const allowance = initialSeconds(parameters, lengths.length) - clockSeconds
  const needs: readonly TimeFault[] = [
    {
      parameter: 'inclusionSeconds',
      seconds: parameters.inclusionSeconds,
      leastSeconds: inclusionSeconds,
    },
    {
      parameter: 'clockSeconds',
      seconds: clockSeconds,
      leastSeconds: Math.max(1, leastInitialSeconds(played, world) - allowance),
    },
    {
      parameter: 'windowSeconds',
      seconds: windowSeconds,
      leastSeconds: Math.max(1, run + inclusionSeconds),
    },
    ...(seals === undefined
      ? []
      : [
          {
            parameter: 'answerSeconds' as const,
            seconds: seals.answerSeconds,
            leastSeconds: attention === undefined ? inclusionSeconds : run + 3 * inclusionSeconds,
          },
          {
            parameter: 'revealSeconds' as const,
            seconds: seals.revealSeconds,
            leastSeconds: inclusionSeconds,
          },
        ]),
  ]
  return needs.filter(({ seconds, leastSeconds }) => seconds < leastSeconds)
}

/**
 * What a verifier that looks at a task that it is held to earns by that on average, or does not lose: one in `oneIn` is
 * asked, is paid where it has looked, and loses its stake where it has not. The part of a fee is shared by as many as
 * are asked on average, where all who stake are held to one task.
 */
export const watchingWei = ({ parameters }: Played, { watchers }: World): Wei => {
  if (parameters.attention === undefined) return 0n
  const { stakeWei, oneIn, minFeeWei, payWei } = parameters.attention
  const shared = (minFeeWei * BigInt(oneIn)) / BigInt(Math.max(1, watchers))
  return ((shared < payWei ? shared : payWei) + stakeWei) / BigInt(oneIn)
}
