import { accept, type Result, reject } from '../result.ts'
import { type Applied, changed } from './applied.ts'
import type { Call, Context } from './calls.ts'
import { type ServiceState, withEntry } from './state.ts'

/** Payouts are pulled, never pushed: no account's code can hold up another's settlement. */
export const withdraw = (state: ServiceState, _: Call, { sender }: Context): Result<Applied> => {
  const paidWei = state.credits.get(sender) ?? 0n
  if (paidWei === 0n) return reject('NothingToWithdraw', { account: sender })
  const credits = withEntry(state.credits, sender, 0n)
  const balanceWei = state.balanceWei - paidWei
  return accept({ state: { ...state, credits, balanceWei }, id: undefined, paidWei, callback: undefined })
}

/**
 * The sender's moves may be made by another account too, until it names another still. That account can lose the
 * sender's disputes, so it is one that the sender trusts to play as it would itself.
 */
export const delegate = (
  state: ServiceState,
  { to }: Call & { kind: 'Delegate' },
  { sender }: Context,
): Result<Applied> => changed({ ...state, delegates: withEntry(state.delegates, sender, to) }, undefined)
