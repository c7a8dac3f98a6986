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

/** Rows of weights, and what is left of them where they had to be rounded: groups too, to be added. */
export interface RoundedRows extends GroupRows {
  readonly rest?: GroupRows
}

/**
 * Some rows of a tensor as groups: the file's own where it has groups of 32, else weights rounded to int8, and what that
 * leaves of them, rounded in its turn: 15 bits of a group's largest weight together.
 *
 * @throws ConvertError where a weight is not finite
 */
export const readGroupRows = (place: TensorPlace, firstRow: number, rows: number): RoundedRows => {
  const bytes = readRowBytes(place, firstRow, rows)
  const columns = rowLength(place)
  if (!keepsGroups(place)) {
    const weights = place.format.decode(bytes)
    const wrong = firstNotFinite(weights)
    if (wrong >= 0) throw notFinite(place, firstRow * columns + wrong, weights[wrong]!)
    const { left, ...rounded } = roundRows(weights, rows, columns)
    const { left: _, ...rest } = roundRows(left, rows, columns)
    return { ...rounded, rest }
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

/** Rounds weights to int8, a group's largest to 127. @param given columns */
const roundRows = (
  weights: Float32Array,
  rows: number,
  given: number,
): GroupRows & { left: Float32Array } => {
  const columns = Math.ceil(given / GROUP) * GROUP
  const groups = columns / GROUP
  const quants = new Int8Array(rows * columns)
  const scales = new Float64Array(rows * groups)
  const left = new Float32Array(weights.length)
  for (let row = 0; row < rows; row++)
    for (let group = 0; group < groups; group++) {
      const start = row * given + group * GROUP
      const end = Math.min(start + GROUP, (row + 1) * given)
      let largest = 0
      for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(weights[i]!))
      const scale = largest / MAX_INT8
      scales[row * groups + group] = scale
      if (scale === 0) continue
      const to = row * columns + group * GROUP - start
      for (let i = start; i < end; i++) {
        const quant = Math.round(weights[i]! / scale)
        quants[to + i] = quant
        left[i] = weights[i]! - scale * quant
      }
    }
  return { quants, scales, columns, left }
}
