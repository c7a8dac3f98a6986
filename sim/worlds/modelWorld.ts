import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../../spec/commitments/hash.ts'
import type { Callback } from '../../spec/service/applied.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Block } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { STORY_START, type World } from './world.ts'

/** A block, with the hashes of those that rounds of attention were closed in. */
const blockOf = ({ rounds }: ServiceState, number: number): Block => ({
  number,
  hashes: new Map(
    [...rounds.values()]
      .filter(({ closedIn }) => closedIn < number && closedIn + 256 >= number)
      .map(({ closedIn }) => [closedIn, keccak<Hash>(bigEndian(closedIn, 8))]),
  ),
})

/** The modelled chain: the specification itself, and a balance an account. */
export const modelWorld = (start: ServiceState): World => {
  let state = start
  const balances = new Map<Address, Wei>()
  /** Call backs, by task: what is at the other end of one is no part of the model. */
  const told = new Map<Id, Callback>()
  let number = 1
  const block = (): Block => blockOf(state, number)
  const balanceOf = (account: Address): Wei => balances.get(account) ?? 0n
  return {
    name: 'model',
    place: undefined,
    startTime: STORY_START,
    fund: async (accounts) => {
      for (const { address, fundsWei } of accounts) balances.set(address, fundsWei)
    },
    view: () => state,
    block,
    submit: async (sender, call, valueWei, time) => {
      if (balanceOf(sender) < valueWei) return { outcome: 'InsufficientFunds', transaction: undefined }
      const result = applyCall(state, call, { sender, valueWei, now: time, block: block() })
      number++
      if (!result.ok) return { outcome: result.rejection.reason, transaction: undefined }
      balances.set(sender, balanceOf(sender) - valueWei + result.value.paidWei)
      const { callback } = result.value
      if (callback !== undefined) told.set(callback.taskId, callback)
      state = result.value.state
      return { outcome: 'accepted', transaction: undefined }
    },
    balanceOf: async (account) => balanceOf(account),
    toldOf: async (account, task) => {
      const callback = told.get(task)
      return callback?.requester === account ? callback.output : undefined
    },
    close: async () => {},
  }
}
