import { applyCall } from '../../spec/service/apply.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { INITIAL_BALANCE_WEI, STORY_START, type World } from './world.ts'

/** The modelled chain: the specification itself, and a balance an account. */
export const modelWorld = (start: ServiceState): World => {
  let state = start
  const balances = new Map<Address, Wei>()
  const balanceOf = (account: Address): Wei => balances.get(account) ?? INITIAL_BALANCE_WEI
  return {
    name: 'model',
    startTime: STORY_START,
    fund: async () => {},
    view: () => state,
    submit: async (sender, call, valueWei, time) => {
      const result = applyCall(state, call, { sender, valueWei, now: time })
      if (!result.ok) return { outcome: result.rejection.reason, transaction: undefined }
      balances.set(sender, balanceOf(sender) - valueWei + result.value.paidWei)
      state = result.value.state
      return { outcome: 'accepted', transaction: undefined }
    },
    balanceOf: async (account) => balanceOf(account),
    close: async () => {},
  }
}
