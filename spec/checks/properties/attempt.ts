import type { Seconds } from '../../game/clocks.ts'
import type { Applied } from '../../service/applied.ts'
import { applyCall } from '../../service/apply.ts'
import type { Call, Context } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import type { Wei } from '../../setting/parameters.ts'
import { escrowFault } from './invariants.ts'
import { refusalOf } from './refusal.ts'

/** Calls one by one, for tests that say what each of them does. */
export const at = (sender: Address, now: Seconds, valueWei: Wei = 0n): Context => ({ sender, now, valueWei })

/** What the call leaves behind, to the wei. @throws where it is refused */
export const accepted = (state: ServiceState, call: Call, context: Context): Applied => {
  const result = applyCall(state, call, context)
  if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
  const fault = escrowFault(result.value.state)
  if (fault !== undefined) throw new Error(`${call.kind}: the contract ${fault}`)
  return result.value
}

/** Why the call is refused, or `accepted`. */
export const refused = (state: ServiceState, call: Call, context: Context): string =>
  refusalOf(applyCall(state, call, context))
