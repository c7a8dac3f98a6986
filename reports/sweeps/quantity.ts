import { count, MINUS } from '../../sim/format.ts'
import type { Point, Value } from '../../sim/runs/grid.ts'

const WEI_PER_ETHER = 1e18

/** Ether, for axes: a double is as exact as a drawing. */
export const etherOf = (wei: string | bigint): number => Number(wei) / WEI_PER_ETHER

const isWei = (key: string, value: Value): value is string | number =>
  key.endsWith('Wei') && (typeof value === 'string' || typeof value === 'number')

/** A key of the scenario's file with the unit in which its values are shown. */
export const keyLabel = (key: string): string => {
  if (key.endsWith('Wei')) return `${key}, shown in ether`
  return key.endsWith('Seconds') ? `${key}, seconds` : key
}

/** A value as a number on an axis; undefined where it is none. */
export const numberOf = (key: string, value: Value): number | undefined => {
  if (isWei(key, value)) return etherOf(String(value))
  return typeof value === 'number' ? value : undefined
}

const DIGITS = 4

/** A number in as many digits as a reader wants: whole ones whole, others rounded to four. */
export const shortNumber = (value: number): string => {
  const rounded = Math.abs(value) >= 10 ** DIGITS ? Math.round(value) : Number(value.toPrecision(DIGITS))
  return Number.isInteger(value) || Number.isInteger(rounded)
    ? count(Number.isInteger(value) ? value : rounded)
    : String(rounded).replace('-', MINUS)
}

export const runsWords = (runs: number): string => `${count(runs)} ${runs === 1 ? 'run' : 'runs'}`

const flat = (value: Value): string => {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `[${value.map(flat).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, held]) => `${key} ${flat(held)}`)
      .join(' ')
  return typeof value === 'number' ? count(value) : String(value)
}

/** A value of a key in words, its unit included. */
export const valueWords = (key: string, value: Value): string => {
  const number = numberOf(key, value)
  if (number === undefined) return flat(value)
  return `${shortNumber(number)}${key.endsWith('Wei') ? ' ether' : key.endsWith('Seconds') ? ' s' : ''}`
}

/** A point of the grid in words; without the keys that go without saying. */
export const pointWords = (at: Point, keys: readonly string[] = Object.keys(at)): string =>
  keys.map((key) => `${key} = ${valueWords(key, at[key]!)}`).join(', ')
