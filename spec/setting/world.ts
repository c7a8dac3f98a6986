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

/** Something that takes longer than the parameter gives for it. */
export interface TimeFault {
  readonly parameter: string
  readonly seconds: Seconds
  readonly leastSeconds: Seconds
}

/**
 * The least whole clock: in each phase every second move is a side's own, and before each it recomputes that phase's
 * run for all the disputes that it plays at once, and waits for its call's block.
 */
export const leastClockSeconds = ({ parameters, lengths }: Played, world: World): Seconds => {
  const { arity, disputesAtOnce } = parameters
  const { inclusionSeconds, recomputeSeconds } = world
  return lengths.reduce((seconds, length, phase) => {
    const turns = Math.ceil(Math.max(1, dissections(length, arity)) / 2)
    return seconds + turns * (inclusionSeconds + disputesAtOnce * recomputeSeconds[phase]!)
  }, 0)
}

/** The first time that a deployment gives and that is too short for an honest party; undefined where all suffice. */
export const timeFault = (played: Played, world: World): TimeFault | undefined => {
  const { parameters, lengths } = played
  const { seals, attention } = parameters
  const { inclusionSeconds, recomputeSeconds } = world
  const run = recomputeSeconds[0]!
  const needs: readonly TimeFault[] = [
    {
      parameter: 'inclusionSeconds',
      seconds: parameters.inclusionSeconds,
      leastSeconds: inclusionSeconds,
    },
    {
      parameter: 'clockSeconds',
      seconds: initialSeconds(parameters, lengths.length),
      leastSeconds: leastClockSeconds(played, world),
    },
    { parameter: 'windowSeconds', seconds: parameters.windowSeconds, leastSeconds: run + inclusionSeconds },
    ...(seals === undefined
      ? []
      : [
          {
            parameter: 'answerSeconds',
            seconds: seals.answerSeconds,
            leastSeconds: attention === undefined ? inclusionSeconds : run + 3 * inclusionSeconds,
          },
          { parameter: 'revealSeconds', seconds: seals.revealSeconds, leastSeconds: inclusionSeconds },
        ]),
  ]
  return needs.find(({ seconds, leastSeconds }) => seconds < leastSeconds)
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
