import type { Bytes } from '../../../commitments/bytes.ts'
import { int32Elements } from '../elements.ts'

export const POSITION_BYTES = 4

/** The position as it stands in its tensor, int32[1], unsigned. */
export const positionOf = (tensor: Bytes): number => int32Elements(tensor, 1)[0]! >>> 0

/** The row of a cache or table of `context` rows that belongs to a position; behind the last one, the last. */
export const rowOf = (tensor: Bytes, context: number): number => Math.min(positionOf(tensor), context - 1)
