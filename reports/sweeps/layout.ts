import type { Point, Value, Variation } from '../../sim/runs/grid.ts'
import { grid } from '../../sim/runs/grid.ts'
import type { Axis } from '../charts/chart.ts'
import { keyLabel, numberOf, valueWords } from './quantity.ts'

/** How the keys that a sweep varies are laid out: one along an axis, one as series, the others as small multiples. */
export interface Layout {
  /** Undefined where nothing was varied. */
  readonly x: string | undefined
  readonly series: string | undefined
  /** Values of the other keys, a panel each. */
  readonly panels: readonly Point[]
}

const isMeasured = (key: string, values: readonly Value[]): boolean =>
  values.every((value) => numberOf(key, value) !== undefined)

/** Along the axis goes the key with the most values, one that is a number before one that is not. */
export const layoutOf = (vary: Variation): Layout => {
  const keys = Object.entries(vary)
    .toSorted(
      ([a, some], [b, others]) =>
        Number(isMeasured(b, others)) - Number(isMeasured(a, some)) || others.length - some.length,
    )
    .map(([key]) => key)
  const [x, series, ...rest] = keys
  const others = Object.fromEntries(rest.map((key) => [key, vary[key]!]))
  return { x, series, panels: grid(others) }
}

/** Values further apart than this are told apart on a log axis. */
const WIDE = 20

/** The axis along which a key varies. */
export const axisOf = (key: string | undefined, vary: Variation): Axis => {
  if (key === undefined) return { label: '', scale: 'steps' }
  const numbers = vary[key]!.map((value) => numberOf(key, value))
  if (numbers.some((number) => number === undefined))
    return { label: keyLabel(key), scale: 'steps', values: vary[key]!.map((value) => valueWords(key, value)) }
  const [least, most] = [Math.min(...(numbers as number[])), Math.max(...(numbers as number[]))]
  return {
    label: keyLabel(key),
    scale: least > 0 && most / least >= WIDE ? 'log' : 'linear',
    values: numbers as number[],
  }
}

/** Where a point stands along that axis. */
export const placeOf = (key: string | undefined, at: Point): number | string => {
  if (key === undefined) return 'all runs'
  const value = at[key]!
  return numberOf(key, value) ?? valueWords(key, value)
}

/** Whether a point has these values. */
export const isAt = (at: Point, panel: Point): boolean =>
  Object.entries(panel).every(([key, value]) => JSON.stringify(at[key]) === JSON.stringify(value))
