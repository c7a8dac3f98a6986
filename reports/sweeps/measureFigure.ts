import type { Point, Variation } from '../../sim/runs/grid.ts'
import type { PointSummary } from '../../sim/runs/points.ts'
import type { Chart, Curve, Mark } from '../charts/chart.ts'
import { axisOf, isAt, layoutOf, placeOf } from './layout.ts'
import type { Measure } from './measures.ts'
import { pointWords, valueWords } from './quantity.ts'

/** What the formula gives at a point; undefined where it says nothing. */
export type Formula = (at: Point) => number | undefined

/** Panels of one measure, and what their numbers say. */
export interface MeasureFigure {
  readonly panels: readonly Chart[]
  readonly caption: readonly string[]
}

const markOf = (
  point: PointSummary,
  { of, words }: Measure,
  x: string | undefined,
  series: string,
): Mark | undefined => {
  const measured = of(point)
  if (measured === undefined) return undefined
  const { y, range } = measured
  const where = pointWords(point.at) || 'all runs'
  const spread = range === undefined ? '' : `, ${words(range[0])} to ${words(range[1])}`
  return {
    series,
    x: placeOf(x, point.at),
    y,
    ...(range === undefined ? {} : { range }),
    words: `${where}: ${words(y)}${spread}`,
  }
}

/** A measure over everything that was varied; the formula, where there is one, beside it. */
export const measureFigure = (
  measure: Measure,
  points: readonly PointSummary[],
  vary: Variation,
  formula?: Formula,
): MeasureFigure => {
  const { x, series: key, panels } = layoutOf(vary)
  const nameOf = ({ at }: PointSummary): string => (key === undefined ? measure.title : pointWords(at, [key]))
  const series = [...new Set(points.map(nameOf))]
  const charts = panels.map((panel): Chart => {
    const inside = points.filter(({ at }) => isAt(at, panel))
    const curves = series.flatMap((name): Curve[] => {
      if (formula === undefined) return []
      const places = inside
        .filter((point) => nameOf(point) === name)
        .flatMap(({ at }) => {
          const y = formula(at)
          return y === undefined ? [] : { x: placeOf(x, at), y }
        })
      return places.length === 0 ? [] : [{ series: name, points: places }]
    })
    return {
      title: [measure.title, pointWords(panel)].filter((words) => words !== '').join(': '),
      x: axisOf(x, vary),
      y: measure.y,
      series,
      marks: inside.flatMap((point) => markOf(point, measure, x, nameOf(point)) ?? []),
      curves,
    }
  })
  return {
    panels: inOneReach(charts.filter(({ marks }) => marks.length > 0)),
    caption: captionOf(measure, points),
  }
}

/** Small multiples are compared by their heights, so all of them have the same. */
export const inOneReach = (panels: readonly Chart[]): readonly Chart[] => {
  if (panels.length < 2) return panels
  const heights = panels.flatMap(({ marks, curves }) => [
    ...marks.flatMap(({ y, range = [] }) => [y, ...range]),
    ...curves.flatMap(({ points }) => points.map(({ y }) => y)),
  ])
  const reach = [Math.min(...heights), Math.max(...heights)] as const
  return panels.map((panel) => ({ ...panel, y: { ...panel.y, reach } }))
}

/** Least and most of a measure, and where; from the numbers that the figure shows. */
const captionOf = ({ title, of, words }: Measure, points: readonly PointSummary[]): readonly string[] => {
  const figures = points.flatMap((point) => {
    const y = of(point)?.y
    return y === undefined ? [] : [{ at: point.at, y }]
  })
  const [first] = figures
  if (first === undefined) return []
  const least = figures.reduce((a, b) => (b.y < a.y ? b : a))
  const most = figures.reduce((a, b) => (b.y > a.y ? b : a))
  if (least.y === most.y)
    return [
      `${title}: ${words(first.y)}${figures.length === 1 ? '' : ` at each of ${figures.length} points`}.`,
    ]
  return [
    `${title}: from ${words(least.y)} (${pointWords(least.at)}) to ${words(most.y)} (${pointWords(most.at)}).`,
  ]
}

/** Where along a key a condition first holds, the other keys kept; undefined where it never does. */
export const firstWhere = (
  points: readonly PointSummary[],
  key: string,
  holds: (point: PointSummary) => boolean,
): string | undefined => {
  const found = points.find(holds)
  return found && valueWords(key, found.at[key]!)
}
