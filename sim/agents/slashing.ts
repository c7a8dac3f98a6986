import type { Id } from '../../spec/commitments/hash.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Address } from '../../spec/service/task.ts'
import { free, type Intent } from '../../spec/strategies/sight.ts'
import type { Sight } from '../simulation/agent.ts'

/**
 * Somebody must say that a verifier that was asked did not answer; it earns nothing by that, so it is left to whoever
 * asked for the task. Each settled task is looked at once.
 */
export const slashing = (address: Address): ((sight: Sight) => Intent | undefined) => {
  let looked: Set<Id> | undefined
  const found: Intent[] = []
  return (sight) => {
    const { state, now } = sight
    if (state.enrollments.size === 0) return undefined
    looked ??= new Set()
    for (const [taskId, { kind }] of state.tasks) {
      if (kind !== 'Settled' || looked.has(taskId)) continue
      looked.add(taskId)
      for (const { verifier } of state.enrollments.values()) {
        const call = { kind: 'Slash', taskId, verifier } as const
        if (applyCall(state, call, { sender: address, valueWei: 0n, now }).ok) found.push(free(call))
      }
    }
    return found.shift()
  }
}
