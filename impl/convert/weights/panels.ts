import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { GROUP, type GroupRows } from './groupRows.ts'

/** Rows that lie together in the fixed format. */
export const PANEL = 16
const MAX_INT16 = 2 ** 15 - 1
const MAX_EXPONENT = 127
const MIN_EXPONENT = -128
/** A minimum counts sixteen times. */
const MINIMUM_UNIT = 16

/** Panels of a grouped matrix, in the order in which `spec/graph/operators/fixed/groupedMatrix.ts` has them. */
export interface Panels {
  readonly weights: Bytes
  readonly scales: Bytes
  readonly exponents: Bytes
  /** Absent where the matrix has none. */
  readonly minimums?: Bytes
}

/**
 * The exponent of a row: as large as lets every scale and minimum be an int16, so that the row's largest scale has 15
 * bits.
 */
const exponentOf = (scales: Float64Array, minimums: Float64Array | undefined): number => {
  const largestScale = scales.reduce((most, scale) => Math.max(most, scale), 0)
  const largest =
    minimums?.reduce((most, minimum) => Math.max(most, Math.abs(minimum) / MINIMUM_UNIT), largestScale) ??
    largestScale
  if (largest === 0) return 0
  const exponent = 14 - Math.floor(Math.log2(largest))
  const fits = Math.round(largest * 2 ** exponent) <= MAX_INT16
  return Math.min(Math.max(fits ? exponent : exponent - 1, MIN_EXPONENT), MAX_EXPONENT)
}

const int16 = (value: number): number => Math.min(Math.max(Math.round(value), -MAX_INT16), MAX_INT16)
const bytesOf = ({ buffer }: Int8Array | Int16Array): Bytes => new Uint8Array(buffer as ArrayBuffer)

/**
 * Packs rows into whole panels; what is behind the last row is zero.
 *
 * @param withMinimums whether the matrix has them, be it that these rows do not
 */
export const packPanels = (
  { quants, scales, minimums, columns }: GroupRows,
  rows: number,
  withMinimums: boolean,
): Panels => {
  const panels = Math.ceil(rows / PANEL)
  const groups = columns / GROUP
  const pairs = Math.ceil(groups / 2)
  const weights = new Int8Array(panels * PANEL * columns)
  const packedScales = new Int16Array(panels * PANEL * groups)
  const exponents = new Int8Array(panels * PANEL)
  const packedMinimums = new Int16Array(withMinimums ? panels * PANEL * 2 * pairs : 0)
  for (let row = 0; row < rows; row++) {
    const [panel, lane] = [Math.floor(row / PANEL), row % PANEL]
    const ofRow = scales.subarray(row * groups, (row + 1) * groups)
    const minimumsOfRow = minimums?.subarray(row * groups, (row + 1) * groups)
    const exponent = exponentOf(ofRow, minimumsOfRow)
    exponents[row] = exponent
    const unit = 2 ** exponent
    for (let group = 0; group < groups; group++) {
      packedScales[(panel * groups + group) * PANEL + lane] = int16(ofRow[group]! * unit)
      if (minimumsOfRow !== undefined && withMinimums)
        packedMinimums[((panel * pairs + (group >> 1)) * PANEL + lane) * 2 + (group & 1)] = int16(
          (minimumsOfRow[group]! * unit) / MINIMUM_UNIT,
        )
    }
    const start = panel * PANEL * columns + 2 * lane
    const from = row * columns
    for (let column = 0; column < columns; column += 2) {
      const at = start + column * PANEL
      weights[at] = quants[from + column]!
      weights[at + 1] = quants[from + column + 1]!
    }
  }
  return {
    weights: bytesOf(weights),
    scales: bytesOf(packedScales),
    exponents: bytesOf(exponents),
    ...(withMinimums ? { minimums: bytesOf(packedMinimums) } : {}),
  }
}
