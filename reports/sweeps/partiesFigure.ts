import type { Variation } from '../../sim/runs/grid.ts'
import { grid } from '../../sim/runs/grid.ts'
import type { PointSummary } from '../../sim/runs/points.ts'
import type { Chart } from '../charts/chart.ts'
import { axisOf, isAt, layoutOf, placeOf } from './layout.ts'
import { inOneReach, type MeasureFigure } from './measureFigure.ts'
import { profitOf } from './measures.ts'
import { pointWords } from './quantity.ts'

/** What several accounts earn, beside each other: an account a series, and a panel for each value of other keys. */
export const partiesFigure = (
  parties: readonly string[],
  points: readonly PointSummary[],
  vary: Variation,
): MeasureFigure => {
  const { x } = layoutOf(vary)
  const others = Object.fromEntries(Object.entries(vary).filter(([key]) => key !== x))
  const subject = parties.length === 1 ? profitOf(parties[0]!).title : 'Profit'
  const panels = grid(others).map((panel): Chart => {
    const inside = points.filter(({ at }) => isAt(at, panel))
    const marks = parties.flatMap((party) =>
      inside.flatMap((point) => {
        const { of, words } = profitOf(party)
        const measured = of(point)
        if (measured === undefined) return []
        const { y, range } = measured
        const where = pointWords(point.at)
        return {
          series: party,
          // Where nothing is varied the accounts stand beside each other.
          x: x === undefined ? party : placeOf(x, point.at),
          y,
          ...(range === undefined ? {} : { range }),
          words: `${party}${where === '' ? '' : `, ${where}`}: ${words(y)}`,
        }
      }),
    )
    return {
      title: [subject, pointWords(panel)].filter((words) => words !== '').join(': '),
      x: x === undefined ? { label: 'account', scale: 'steps' } : axisOf(x, vary),
      y: { label: 'ether a run, mean', scale: 'linear' },
      series: parties,
      marks,
      curves: [],
    }
  })
  const caption = parties.flatMap((party) => {
    const { of, words } = profitOf(party)
    const profits = points.flatMap((point) => of(point)?.y ?? [])
    if (profits.length === 0) return []
    const [least, most] = [Math.min(...profits), Math.max(...profits)]
    return least === most ? `${party}: ${words(least)}.` : `${party}: from ${words(least)} to ${words(most)}.`
  })
  return { panels: inOneReach(panels), caption: [`Profit of a run, mean. ${caption.join(' ')}`] }
}
