import { APPEND } from '../../../spec/graph/operators/fixed/append.ts'
import { APPEND_F32 } from '../../../spec/graph/operators/float/appendF32.ts'
import { attribute } from '../../../spec/graph/operators/operator.ts'
import { ADVANCE } from '../../../spec/graph/operators/sequence/advance.ts'
import { CURRENT_TOKEN } from '../../../spec/graph/operators/sequence/currentToken.ts'
import { WRITE_TOKEN } from '../../../spec/graph/operators/sequence/writeToken.ts'
import type { PlannedNode } from './plan.ts'

/**
 * The part of a language model that tokens of a prompt need, as long as others of the prompt follow: what the caches are
 * made of. What else there is writes no token there and has no effect; the position counts on.
 */
export interface PromptPlan {
  readonly nodes: readonly PlannedNode[]
  readonly positionSlot: number
  readonly requestSlot: number
  readonly promptCapacity: number
  /** Rows of the shortest cache: behind them its last row is written again and again, one token after the other. */
  readonly context: number
}

/** Whether a node leaves a trace of a token whose successor is in the prompt too. */
const isSilent = ({ operator }: PlannedNode): boolean => operator === WRITE_TOKEN || operator === ADVANCE

/** Undefined where the model is no language model of the form that this knows: then every token is an iteration. */
export const promptPlan = (nodes: readonly PlannedNode[], carrySlots: number): PromptPlan | undefined => {
  const first = nodes.find(({ operator }) => operator === CURRENT_TOKEN)
  const advances = nodes.filter(({ operator }) => operator === ADVANCE)
  const [request, , position] = first?.operands ?? []
  if (first === undefined || request?.kind !== 'value' || position?.kind !== 'value') return undefined
  if (advances.length !== 1 || advances[0]!.outputSlot !== position.slot) return undefined
  const caches = nodes.filter((node) => node.outputSlot < carrySlots && !isSilent(node))
  if (caches.length === 0 || caches.some(({ operator }) => operator !== APPEND && operator !== APPEND_F32))
    return undefined

  const needed = new Set<PlannedNode>()
  const producers = new Map<number, PlannedNode>()
  for (const node of nodes) {
    // Each scratch slot has one writer, before its readers; else tokens could not run beside each other.
    if (node.outputSlot >= carrySlots && producers.has(node.outputSlot)) return undefined
    if (node.outputSlot >= carrySlots) producers.set(node.outputSlot, node)
  }
  const need = (node: PlannedNode): void => {
    if (needed.has(node)) return
    needed.add(node)
    for (const place of node.operands) {
      const producer = place.kind === 'value' ? producers.get(place.slot) : undefined
      if (producer !== undefined) need(producer)
    }
  }
  caches.forEach(need)
  return {
    nodes: nodes.filter((node) => needed.has(node)),
    positionSlot: position.slot,
    requestSlot: request.slot,
    promptCapacity: attribute(first.descriptor, 0),
    context: Math.min(...caches.map(({ descriptor }) => attribute(descriptor, 1))),
  }
}
