import type { Bytes } from '../commitments/bytes.ts'
import type { OperandReference } from './descriptor.ts'

/** Element types of tensors: signed two's complement or unsigned, or IEEE single precision; little-endian. */
export const ELEMENT_TYPES = {
  uint8: { bytes: 1, signed: false },
  int8: { bytes: 1, signed: true },
  int16: { bytes: 2, signed: true },
  int32: { bytes: 4, signed: true },
  float32: { bytes: 4, signed: true },
} as const

export type ElementType = keyof typeof ELEMENT_TYPES

/** One node of the computation graph, in execution order. */
export interface GraphNode {
  /** For people: what stands on pages and in error messages. */
  readonly name: string
  readonly operator: string
  readonly operands: readonly OperandReference[]
  /** Value slot that the node writes. */
  readonly outputSlot: number
  readonly outputType: ElementType
  readonly outputElements: number
  /** 512 bytes; see `descriptor.ts`. */
  readonly descriptor: Bytes
}

/**
 * A model as the graph phase sees it. Value slots: the left half of the 2^valueHeight slots is the carry, the
 * right half is scratch, node i's output in slot 2^(valueHeight-1) + i. Weight slots: one tensor each.
 */
export interface GraphModel {
  readonly name: string
  readonly nodes: readonly GraphNode[]
  readonly weights: readonly Bytes[]
  readonly valueHeight: number
  readonly weightHeight: number
  readonly inputSlot: number
  readonly inputBytes: number
  readonly outputSlot: number
}
