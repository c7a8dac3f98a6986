import type { Axis } from './chart.ts'

/** Places of an axis where a number stands are at least this part of its length from each other. */
const LEAST_GAP = 0.06

/** A number at an axis, short and without another reading: 0.01, 20, 5k, 3M. */
export const axisNumber = (value: number): string => {
  const plain = (scaled: number): string => String(Number(scaled.toPrecision(4)))
  if (value >= 1e6) return `${plain(value / 1e6)}M`
  return value >= 1e3 ? `${plain(value / 1e3)}k` : plain(value)
}

/** The places that were tried, where these are far enough from each other. */
const triedPlaces = (
  scale: Axis['scale'],
  values: readonly (number | string)[],
): readonly number[] | undefined => {
  const tried = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  if (tried.length < 2) return undefined
  const places = scale === 'log' ? tried.map(Math.log) : tried
  const apart = LEAST_GAP * (places.at(-1)! - places[0]!)
  return places.every((place, i) => i === 0 || place - places[i - 1]! >= apart) ? tried : undefined
}

/** Powers of ten, and within few of these 2 and 5 times as well. */
const powersOfTen = (least: number, most: number): readonly number[] => {
  const span = Math.log10(most / least)
  const steps = span < 2.5 ? [1, 2, 5] : [1]
  const powers = Array.from(
    { length: Math.ceil(span) + 2 },
    (_, i) => 10 ** (Math.floor(Math.log10(least)) + i),
  )
  return powers
    .flatMap((power) => steps.map((step) => Number((step * power).toPrecision(1))))
    .filter((tick) => tick >= least && tick <= most)
}

/**
 * Where an axis has its numbers: at the places that were tried, else at round ones.
 *
 * @param values the places that were tried
 * @returns undefined where whoever draws finds round ones itself
 */
export const ticksOf = (
  scale: Axis['scale'],
  [least, most]: readonly [least: number, most: number],
  values: readonly (number | string)[] = [],
): readonly number[] | undefined =>
  triedPlaces(scale, values) ?? (scale === 'log' ? powersOfTen(least, most) : undefined)
