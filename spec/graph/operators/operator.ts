import { type Bytes, wordAt } from '../../commitments/bytes.ts'
import type { ElementType } from '../graphModel.ts'

/** Elements first to end - 1 of a tensor, row-major. */
export interface ElementRange {
  readonly first: number
  readonly end: number
}

/**
 * What an operator is. It is total: any operand bytes and any attributes give exactly one output. Operand bytes
 * beyond those given are zero, as in the machine's memory; attributes are clamped so that every tensor fits the
 * slot that holds it.
 */
export interface Operator {
  readonly code: number
  readonly name: string
  readonly outputType: ElementType
  /** Elements of the whole output. */
  readonly outputElements: (descriptor: Bytes) => number
  /** The bytes of the output's elements first to end - 1; the range lies within the output. */
  readonly compute: (descriptor: Bytes, operands: readonly Bytes[], range: ElementRange) => Bytes
}

const ATTRIBUTES_OFFSET = 40

/** Attribute `index` of a descriptor, as an unsigned 32-bit number. */
export const attribute = (descriptor: Bytes, index: number): number =>
  wordAt(descriptor, ATTRIBUTES_OFFSET + 4 * index)
