import type { Bytes } from '../commitments/bytes.ts'
import { SLOT_BYTES } from '../commitments/tensor.ts'
import { attribute } from './operator.ts'

export interface MatmulShape {
  readonly rows: number
  readonly columns: number
}

export const MAX_COLUMNS = 2 ** 14
/** Bytes of one row's multiplier and shift. */
const SCALE_BYTES = 8

/**
 * Attributes of a matrix product: rows, columns. Columns are at most 2^14, and the rows at most so many that the
 * int8 weights (rows x columns bytes) and the scales (rows x 8 bytes) fit a slot.
 */
export const matmulShape = (descriptor: Bytes): MatmulShape => {
  const columns = Math.min(attribute(descriptor, 1), MAX_COLUMNS)
  const mostRows = Math.floor(SLOT_BYTES / Math.max(columns, SCALE_BYTES))
  return { rows: Math.min(attribute(descriptor, 0), mostRows), columns }
}
