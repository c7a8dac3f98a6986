import { accept, type Result, reject } from '../result.ts'
import type { Applied } from './applied.ts'
import type { Call, Context } from './calls.ts'
import { CALL_TABLE } from './callTable.ts'
import { faultOf, isAddress, isSeconds, isWei } from './shapes.ts'
import type { ServiceState } from './state.ts'

const CONTEXT = { sender: isAddress, valueWei: isWei, now: isSeconds }

/** Refuses what is no call at all, whatever it is. */
export const checkShape = (call: Call, context: Context): Result<null> => {
  const kind: unknown = (call as Call | undefined | null)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(CALL_TABLE, kind))
    return reject('CallMalformed', { field: 'kind' })
  const field = faultOf(CALL_TABLE[kind as Call['kind']].fields, call) ?? faultOf(CONTEXT, context)
  return field === undefined ? accept(null) : reject('CallMalformed', { field })
}

/**
 * One call of the contract: state in, state out. A refused call is a rejection and changes nothing.
 * Total: no call, however malformed, throws.
 */
export const applyCall = <Kind extends Call['kind']>(
  state: ServiceState,
  call: Call & { readonly kind: Kind },
  context: Context,
): Result<Applied> => {
  const shaped = checkShape(call, context)
  if (!shaped.ok) return shaped
  return applyShaped<Kind>(state, call, context)
}

/** The same of a call and a context that `checkShape` takes: for whoever has checked them, or made them itself. */
export const applyShaped = <Kind extends Call['kind']>(
  state: ServiceState,
  call: Call & { readonly kind: Kind },
  context: Context,
): Result<Applied> => {
  const { isPayable, effect } = CALL_TABLE[call.kind as Kind]
  if (context.valueWei !== 0n && !isPayable) return reject('ValueUnexpected', { valueWei: context.valueWei })
  return effect(state, call, context)
}
