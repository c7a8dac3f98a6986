import type { PointSummary } from './points.ts'

/** What a figure must be: a value, or bounds. */
export type Expected = unknown

export interface Missed {
  readonly figure: string
  readonly expected: string
  /** What came, at the first point where it is not as expected. */
  readonly came: string
  readonly at: PointSummary['at']
}

/** A figure of a point by its path, such as `finalitySeconds.max`; undefined where there is none. */
const figureAt = (point: PointSummary, path: string, single: object | undefined): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, key)
          ? (at as Record<string, unknown>)[key]
          : undefined,
      { ...point, ...point.claims, ...single },
    )

interface Bounds {
  readonly atLeast?: unknown
  readonly atMost?: unknown
}

const isBounds = (expected: unknown): expected is Bounds =>
  typeof expected === 'object' &&
  expected !== null &&
  Object.keys(expected).length > 0 &&
  Object.keys(expected).every((key) => key === 'atLeast' || key === 'atMost')

/** A number or an amount in decimal digits, so that both compare. */
const magnitude = (value: unknown): number | bigint | undefined => {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined
}

const holds = (figure: unknown, expected: Expected): boolean => {
  const came = magnitude(figure)
  if (!isBounds(expected)) {
    const wanted = magnitude(expected)
    // biome-ignore lint/suspicious/noDoubleEquals: a number and an amount that are equal are what was expected
    return came !== undefined && wanted !== undefined ? came == wanted : figure === expected
  }
  if (came === undefined) return false
  const [least, most] = [magnitude(expected.atLeast), magnitude(expected.atMost)]
  return (least === undefined || came >= least) && (most === undefined || came <= most)
}

const words = (expected: Expected): string => {
  if (!isBounds(expected)) return String(expected)
  const { atLeast, atMost } = expected
  return [
    ...(atLeast === undefined ? [] : [`at least ${String(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${String(atMost)}`]),
  ].join(' and ')
}

/** What was expected, figure by figure, in words. */
export const stated = (
  expected: Readonly<Record<string, Expected>>,
): readonly Pick<Missed, 'figure' | 'expected'>[] =>
  Object.entries(expected).map(([figure, wanted]) => ({ figure, expected: words(wanted) }))

/**
 * Every figure that did not come as expected, at the first point where it did not.
 *
 * @param single keys of a file's one run besides its point's
 */
export const missed = (
  expected: Readonly<Record<string, Expected>>,
  points: readonly PointSummary[],
  single?: object,
): readonly Missed[] =>
  Object.entries(expected).flatMap(([figure, wanted]) => {
    const wrong = points.find((point) => !holds(figureAt(point, figure, single), wanted))
    if (wrong === undefined) return []
    const came = figureAt(wrong, figure, single)
    return {
      figure,
      expected: words(wanted),
      came: came === undefined ? 'no such figure' : String(came),
      at: wrong.at,
    }
  })
