import { dissections } from '../game/bounds.ts'
import { initialSeconds, type Seconds } from '../game/clocks.ts'
import type { Setting } from './setting.ts'

/** What a setting assumes of the world: an honest party that these do not hold for can lose. */
export interface World {
  /** The longest from sending a call to the block that it stands in. */
  readonly inclusionSeconds: Seconds
  /** For each phase, coarsest first: the longest to recompute one run of it, with its commitments. */
  readonly recomputeSeconds: readonly Seconds[]
}

/** A time that a deployment gives and that is too short for an honest party. */
export interface TimeFault {
  readonly parameter: 'clockSeconds' | 'windowSeconds'
  readonly seconds: Seconds
  readonly leastSeconds: Seconds
}

type Played = Pick<Setting, 'parameters' | 'lengths'>

/**
 * The least whole clock of a side: in each phase every second move is its own, and before each it recomputes that
 * phase's run and waits for its call's block.
 */
const leastInitialSeconds = ({ parameters, lengths }: Played, world: World): Seconds =>
  lengths.reduce((seconds, length, phase) => {
    const turns = Math.ceil(Math.max(1, dissections(length, parameters.arity)) / 2)
    return seconds + turns * (world.inclusionSeconds + world.recomputeSeconds[phase]!)
  }, 0)

/** The times that a deployment gives and that are too short for an honest party, each with the least that is not. */
export const timeFaults = (played: Played, world: World): readonly TimeFault[] => {
  const { parameters, lengths } = played
  const { clockSeconds, windowSeconds } = parameters
  const allowance = initialSeconds(parameters, lengths.length) - clockSeconds
  const needs: readonly TimeFault[] = [
    {
      parameter: 'clockSeconds',
      seconds: clockSeconds,
      leastSeconds: Math.max(1, leastInitialSeconds(played, world) - allowance),
    },
    {
      parameter: 'windowSeconds',
      seconds: windowSeconds,
      leastSeconds: Math.max(1, world.recomputeSeconds[0]! + world.inclusionSeconds),
    },
  ]
  return needs.filter(({ seconds, leastSeconds }) => seconds < leastSeconds)
}
