import type { Bytes } from '../../../commitments/bytes.ts'
import { SLOT_BYTES } from '../../../commitments/tensor.ts'
import { int8Elements, int16Elements } from '../elements.ts'
import { attribute } from '../operator.ts'

/**
 * A matrix of int8 weights in groups of 32 columns, each group of a row with a scale and, where its flag is set, a
 * minimum; each row with an exponent:
 *
 *   weight(r, c) = (w[r][c] S[r][g] + 16 M[r][g]) / 2^E[r]      g = floor(c / 32)
 *
 * Rows lie in panels of 16, so that a vector register holds rows, and one load of an activation serves all:
 *
 *   w  int8  [rows/16][columns/2][16][2]
 *   S  int16 [rows/16][columns/32][16]
 *   E  int8  [rows/16][16]
 *   M  int16 [rows/16][ceil(columns/64)][16][2]
 *
 * The last panel is whole, whatever the number of rows.
 */
export const GROUP = 32
export const PANEL = 16
const MAX_COLUMNS = 2 ** 14

export interface MatrixShape {
  readonly rows: number
  readonly columns: number
}

/** Columns, a multiple of 32, are at most 2^14; rows so many that the weights, and int32 outputs, fit a slot. */
export const matrixShape = (rows: number, columns: number): MatrixShape => {
  const whole = Math.min(columns - (columns % GROUP), MAX_COLUMNS)
  return { rows: Math.min(rows, Math.floor(SLOT_BYTES / PANEL / Math.max(whole, 4)) * PANEL), columns: whole }
}

/** Attributes 0 and 1 of a descriptor: rows, columns. */
export const matrixShapeOf = (descriptor: Bytes): MatrixShape =>
  matrixShape(attribute(descriptor, 0), attribute(descriptor, 1))

/** Bytes of w, S, E and M. */
export const matrixBytes = ({ rows, columns }: MatrixShape, hasMinima: boolean): readonly number[] => {
  const whole = Math.ceil(rows / PANEL) * PANEL
  const groups = columns / GROUP
  return [whole * columns, 2 * whole * groups, whole, hasMinima ? 4 * whole * Math.ceil(groups / 2) : 0]
}

export interface GroupedMatrix {
  /** w[row][column] */
  readonly weight: (row: number, column: number) => number
  /** S[row][group] */
  readonly scale: (row: number, group: number) => number
  /** E[row] */
  readonly exponent: (row: number) => number
  /** M[row][group]; 0 where the matrix has no minima */
  readonly minimum: (row: number, group: number) => number
}

/** @param tensors w, S, E and M; M is not read without `hasMinima` */
export const groupedMatrix = (
  { rows, columns }: MatrixShape,
  [w, s, e, m]: readonly Bytes[],
  hasMinima: boolean,
): GroupedMatrix => {
  const panels = Math.ceil(rows / PANEL)
  const groups = columns / GROUP
  const pairs = Math.ceil(groups / 2)
  const weights = int8Elements(w!, panels * PANEL * columns)
  const scales = int16Elements(s!, panels * PANEL * groups)
  const exponents = int8Elements(e!, panels * PANEL)
  const minima = hasMinima ? int16Elements(m!, panels * PANEL * 2 * pairs) : undefined
  const panelOf = (row: number): number => Math.floor(row / PANEL)
  const pairsAt = (row: number, half: number, column: number): number =>
    ((panelOf(row) * half + (column >> 1)) * PANEL + (row % PANEL)) * 2 + (column % 2)
  return {
    weight: (row, column) => weights[pairsAt(row, columns / 2, column)]!,
    scale: (row, group) => scales[(panelOf(row) * groups + group) * PANEL + (row % PANEL)]!,
    exponent: (row) => exponents[row]!,
    minimum: (row, group) => minima?.[pairsAt(row, pairs, group)] ?? 0,
  }
}

/** Bits of the flags attribute. */
export const HAS_MINIMA = 1
export const HAS_RESIDUAL = 2
