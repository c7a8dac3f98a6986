import type { PointSummary } from '../../sim/runs/points.ts'
import type { SweepRecord } from '../../sim/runs/sweepRecord.ts'
import { type Formula, type MeasureFigure, measureFigure } from './measureFigure.ts'
import type { Measure } from './measures.ts'
import { etherOf } from './quantity.ts'

/** What a question's page says before all other figures. */
export interface Answer {
  /** From the numbers, in one sentence or two. */
  readonly sentence: string
  readonly figures: readonly MeasureFigure[]
}

export type Question = (record: SweepRecord) => Answer

/** A measure over all points of a simulation. */
export const figure = (
  { summary, simulation }: SweepRecord,
  measure: Measure,
  formula?: Formula,
): MeasureFigure => measureFigure(measure, summary.points, simulation.vary, formula)

/** Ether that an account has more at a run's end than at its beginning, on average. */
export const partyProfit = (point: PointSummary, party: string): number =>
  etherOf(point.parties[party]!.profitWei.mean)

/** Words joined as in a sentence. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
