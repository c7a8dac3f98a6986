import { firstNotFinite, notFinite, readRowBytes, rowLength, type TensorPlace } from './tensorPlace.ts'
import type { Groups } from './weightFormat.ts'

/** Columns that share a scale in the fixed format. */
export const GROUP = 32
const MAX_INT8 = 127

/** Rows of weights in groups of 32, their number of columns padded to a multiple of it with zeros. */
export interface GroupRows extends Groups {
  readonly columns: number
}

/** Whether a format's own groups can be kept: then the fixed format loses next to nothing of the file's weights. */
export const keepsGroups = ({ format }: TensorPlace): boolean => format.groupElements === GROUP

/** Whether the groups of a tensor have minimums. */
export const hasMinimums = (place: TensorPlace): boolean =>
  keepsGroups(place) && place.format.groups!(new Uint8Array(place.format.blockBytes)).minimums !== undefined

/**
 * Some rows of a tensor as groups: the file's own where it has groups of 32, else weights rounded to int8.
 *
 * @throws ConvertError where a weight is not finite
 */
export const readGroupRows = (place: TensorPlace, firstRow: number, rows: number): GroupRows => {
  const bytes = readRowBytes(place, firstRow, rows)
  const columns = rowLength(place)
  if (!keepsGroups(place)) {
    const weights = place.format.decode(bytes)
    const wrong = firstNotFinite(weights)
    if (wrong >= 0) throw notFinite(place, firstRow * columns + wrong, weights[wrong]!)
    return roundRows(weights, rows, columns)
  }
  const { quants, scales, minimums } = place.format.groups!(bytes)
  scales.forEach((scale, group) => {
    const minimum = minimums?.[group] ?? 0
    if (!Number.isFinite(scale) || !Number.isFinite(minimum))
      throw notFinite(place, firstRow * columns + group * GROUP, Number.isFinite(scale) ? minimum : scale)
    if (scale >= 0) return
    // Scales are not negative in the fixed format.
    scales[group] = -scale
    for (let i = group * GROUP; i < (group + 1) * GROUP; i++) quants[i] = Math.min(-quants[i]!, MAX_INT8)
  })
  return { quants, scales, columns, ...(minimums === undefined ? {} : { minimums }) }
}

/** Scales that are tried for a group: its largest weight as 127, 126, ... */
const CANDIDATES = 16

/** Rounds weights to int8, each group with the scale among some that has the least squared error. */
const roundRows = (weights: Float32Array, rows: number, given: number): GroupRows => {
  const columns = Math.ceil(given / GROUP) * GROUP
  const groups = columns / GROUP
  const quants = new Int8Array(rows * columns)
  const scales = new Float64Array(rows * groups)
  for (let row = 0; row < rows; row++)
    for (let group = 0; group < groups; group++) {
      const start = row * given + group * GROUP
      const part = weights.subarray(start, Math.min(start + GROUP, (row + 1) * given))
      const scale = bestScale(part)
      scales[row * groups + group] = scale
      if (scale > 0)
        for (let i = 0; i < part.length; i++)
          quants[row * columns + group * GROUP + i] = Math.round(part[i]! / scale)
    }
  return { quants, scales, columns }
}

const bestScale = (part: Float32Array): number => {
  let largest = 0
  for (const weight of part) largest = Math.max(largest, Math.abs(weight))
  if (largest === 0) return 0
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  for (let candidate = 0; candidate < CANDIDATES; candidate++) {
    const scale = largest / (MAX_INT8 - candidate)
    let error = 0
    for (const weight of part) {
      const difference = weight - scale * Math.round(weight / scale)
      error += difference * difference
    }
    if (error < least) [best, least] = [scale, error]
  }
  return best
}
