import type { PointSummary } from '../../sim/runs/points.ts'
import type { Axis } from '../charts/chart.ts'
import { etherOf, shortNumber } from './quantity.ts'

/** A figure of a point, and the least and most that it is made of. */
export interface Measured {
  readonly y: number
  readonly range?: readonly [low: number, high: number]
}

/** What a chart shows of each point. */
export interface Measure {
  readonly title: string
  readonly y: Axis
  /** Undefined where a point has no such figure. */
  readonly of: (point: PointSummary) => Measured | undefined
  /** The figure with its unit. */
  readonly words: (y: number) => string
}

const linear = (label: string): Axis => ({ label, scale: 'linear' })

const perRun = (title: string, label: string, of: (point: PointSummary) => number): Measure => ({
  title,
  y: linear(`${label}, mean of a run`),
  of: (point) => ({ y: of(point) / point.runs }),
  words: (y) => `${shortNumber(y)} a run`,
})

const HOUR = 3600

export const FALSE_FINALS = perRun(
  'False claims that became final',
  'false finals',
  ({ claims }) => claims.falseFinals,
)

export const HONEST_LOSSES = perRun(
  'Bonds and stakes that honest parties lost',
  'bonds and stakes',
  ({ honestLosses }) => honestLosses,
)

export const DISPUTES = perRun('Disputes', 'disputes', ({ disputes }) => disputes)

export const FINALITY: Measure = {
  title: 'From request to settlement',
  y: linear('hours, median of settled tasks'),
  of: ({ finalitySeconds: spread }) =>
    spread === null ? undefined : { y: spread.median / HOUR, range: [spread.min / HOUR, spread.max / HOUR] },
  words: (y) => `${shortNumber(y)} hours`,
}

export const GAS: Measure = {
  title: 'Gas of all calls',
  y: linear('thousand gas, median of runs'),
  of: ({ gas }) => ({ y: gas.median / 1000 }),
  words: (y) => `${shortNumber(y)} thousand gas`,
}

/** What an account has more at a run's end than at its beginning. */
export const profitOf = (party: string): Measure => ({
  title: `Profit of ${party}`,
  y: linear('ether a run, mean'),
  of: ({ parties }) => {
    if (!Object.hasOwn(parties, party)) return undefined
    const { mean, min, max } = parties[party]!.profitWei
    return { y: etherOf(mean), range: [etherOf(min), etherOf(max)] }
  },
  words: (y) => `${shortNumber(y)} ether`,
})

export const GRIEFING: Measure = {
  title: 'What honest parties lost for each ether that the others lost',
  y: linear('ether for each ether'),
  of: ({ griefing: { factor } }) => (factor === null ? undefined : { y: factor }),
  words: (y) => `${shortNumber(y)} for each ether`,
}
