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

/** The figures of a point and of its only run by their paths, such as `finalitySeconds.max`; names may have dots. */
const figuresOf = (point: PointSummary, single: object | undefined): ReadonlyMap<string, unknown> => {
  const figures = new Map<string, unknown>()
  const add = (path: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) add(path === '' ? key : `${path}.${key}`, inner)
    else figures.set(path, value)
  }
  for (const part of [single ?? {}, point.claims, point]) add('', part)
  return figures
}

interface Bounds {
  readonly least: number | bigint | undefined
  readonly most: number | bigint | undefined
  /** Whether nothing lies between them. */
  readonly isEmpty: boolean
}

/** A number or an amount in decimal digits, so that both compare; undefined of all else. */
export const magnitude = (value: unknown): number | bigint | undefined => {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined
}

/** What `{ atLeast, atMost }` says; undefined of all else. */
export const boundsOf = (expected: unknown): Bounds | undefined => {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) return undefined
  const { atLeast, atMost, ...others } = expected as Readonly<Record<string, unknown>>
  const [least, most] = [magnitude(atLeast), magnitude(atMost)]
  const isUnderstood = [
    [atLeast, least],
    [atMost, most],
  ].every(([given, read]) => (given === undefined) === (read === undefined))
  if (!isUnderstood || Object.keys(others).length > 0 || (least ?? most) === undefined) return undefined
  return { least, most, isEmpty: least !== undefined && most !== undefined && least > most }
}

const holds = (figure: unknown, expected: Expected): boolean => {
  const came = magnitude(figure)
  const bounds = boundsOf(expected)
  if (bounds === undefined) {
    const wanted = magnitude(expected)
    // biome-ignore lint/suspicious/noDoubleEquals: a number and an amount that are equal are what was expected
    return came !== undefined && wanted !== undefined ? came == wanted : figure === expected
  }
  const { least, most } = bounds
  return came !== undefined && (least === undefined || came >= least) && (most === undefined || came <= most)
}

const words = (expected: Expected): string => {
  const bounds = boundsOf(expected)
  if (bounds === undefined) return String(expected)
  const { least, most } = bounds
  return [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
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
): readonly Missed[] => {
  const figures = points.map((point) => ({ point, of: figuresOf(point, single) }))
  return Object.entries(expected).flatMap(([figure, wanted]) => {
    const wrong = figures.find(({ of }) => !holds(of.get(figure), wanted))
    if (wrong === undefined) return []
    const came = wrong.of.get(figure)
    return {
      figure,
      expected: words(wanted),
      came: came === undefined ? 'none' : String(came),
      at: wrong.point.at,
    }
  })
}
