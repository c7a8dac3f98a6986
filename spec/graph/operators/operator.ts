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
  /** The output starts as the tensor already in its slot: caches, and whatever else is carried on. */
  readonly inPlace?: boolean
  /** The elements that it writes, where that is not the whole output; the others stay as they were. */
  readonly written?: (descriptor: Bytes, operands: readonly Bytes[]) => ElementRange
  /** Bytes of each operand that it reads at most, from the first on; operands behind the last are not read. */
  readonly operandBytes: (descriptor: Bytes) => readonly number[]
  /** The bytes of the output's elements first to end - 1; the range lies within what is written. */
  readonly compute: (descriptor: Bytes, operands: readonly Bytes[], range: ElementRange) => Bytes
  /**
   * Instructions that the guest takes at most for a run over so many elements, whatever the operands' bytes, which
   * starts at a multiple of that number: the whole node, or one tile. Grows with the elements. Tests hold it against
   * the guest.
   */
  readonly instructionBound: (descriptor: Bytes, elements: number) => number
}

const ATTRIBUTES_OFFSET = 40

/** The most 32-bit elements that a slot holds. */
export const MAX_INT32_ELEMENTS = 2 ** 27

/** Attribute `index` of a descriptor, as an unsigned 32-bit number. */
export const attribute = (descriptor: Bytes, index: number): number =>
  wordAt(descriptor, ATTRIBUTES_OFFSET + 4 * index)
