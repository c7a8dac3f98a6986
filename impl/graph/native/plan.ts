import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { decodeHead, OPERAND_COUNT } from '../../../spec/graph/descriptor.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../../spec/graph/graphModel.ts'
import { ATTENTION } from '../../../spec/graph/operators/fixed/attention.ts'
import { MATMUL_GROUPED } from '../../../spec/graph/operators/fixed/matmulGrouped.ts'
import { ATTENTION_F32 } from '../../../spec/graph/operators/float/attentionF32.ts'
import { operatorByCode, operatorCodeOf } from '../../../spec/graph/operators/index.ts'
import { attribute, type Operator } from '../../../spec/graph/operators/operator.ts'

/** A tensor that a node reads or writes: a value or weight slot, or nothing, which is all zero. */
export type Place = { readonly kind: 'value' | 'weight'; readonly slot: number } | { readonly kind: 'none' }

/** A node, ready to be given addresses. */
export interface PlannedNode {
  readonly index: number
  readonly operator: Operator
  readonly descriptor: Bytes
  readonly operands: readonly Place[]
  /** Bytes that it reads of each. */
  readonly operandBytes: readonly number[]
  readonly outputSlot: number
  readonly outputBytes: number
  readonly elements: number
  /** A thread's share starts at a multiple of so many elements: what is computed together anyway. */
  readonly granule: number
}

const PANEL = 16

const granuleOf = (operator: Operator, descriptor: Bytes, elements: number): number => {
  // A row of a cache is one share, wherever in the cache it lies.
  if (operator.written !== undefined) return Math.max(elements, 1)
  if (operator === ATTENTION || operator === ATTENTION_F32) return Math.max(attribute(descriptor, 2) & ~3, 1)
  return operator === MATMUL_GROUPED || elements > PANEL ? PANEL : Math.max(elements, 1)
}

/** @throws Error where a node's operator is unknown: such a node does nothing in the machine, and no model has one */
export const planNodes = ({ name, nodes, valueHeight, weightHeight }: GraphModel): readonly PlannedNode[] =>
  nodes.map(({ descriptor }, index) => {
    const operator = operatorByCode(operatorCodeOf(descriptor))
    if (operator === undefined) throw new Error(`${name}: node ${index} has an unknown operator`)
    const { operands, outputSlot } = decodeHead(descriptor)
    const elements = operator.outputElements(descriptor)
    const lengths = operator.operandBytes(descriptor)
    return {
      index,
      operator,
      descriptor,
      operands: operands.map(({ kind, index: slot }): Place => {
        if (kind === 'none') return { kind }
        return { kind, slot: slot % 2 ** (kind === 'value' ? valueHeight : weightHeight) }
      }),
      operandBytes: Array.from({ length: OPERAND_COUNT }, (_, i) => lengths[i] ?? 0),
      outputSlot: outputSlot % 2 ** valueHeight,
      outputBytes: elements * ELEMENT_TYPES[operator.outputType].bytes,
      elements,
      granule: granuleOf(operator, descriptor, elements),
    }
  })

const readSlots = ({ operands }: PlannedNode): readonly number[] =>
  operands.flatMap((place) => (place.kind === 'value' ? [place.slot] : []))

/**
 * Before which nodes the threads wait for each other: where a node reads or writes what another may still be writing, or
 * writes what another may still be reading, since they last waited.
 *
 * @param addressOf where the value of a slot lies: slots may share memory
 */
export const waitsOf = (
  nodes: readonly PlannedNode[],
  addressOf: (slot: number) => number,
): readonly boolean[] => {
  const written = new Set<number>()
  const read = new Set<number>()
  return nodes.map((node) => {
    const reads = readSlots(node).map(addressOf)
    const writes = addressOf(node.outputSlot)
    const waits = reads.some((address) => written.has(address)) || written.has(writes) || read.has(writes)
    if (waits) {
      written.clear()
      read.clear()
    }
    written.add(writes)
    for (const address of reads) read.add(address)
    return waits
  })
}

/** Bytes that a value slot must have room for: what its writers write and its readers read. */
export const valueBytes = (nodes: readonly PlannedNode[]): ReadonlyMap<number, number> => {
  const bytes = new Map<number, number>()
  const need = (slot: number, count: number): void => {
    bytes.set(slot, Math.max(bytes.get(slot) ?? 0, count))
  }
  for (const { operands, operandBytes, outputSlot, outputBytes } of nodes) {
    need(outputSlot, outputBytes)
    for (const [i, place] of operands.entries())
      if (place.kind === 'value') need(place.slot, operandBytes[i]!)
  }
  return bytes
}
