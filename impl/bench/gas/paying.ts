import { START } from '../../../spec/checks/properties/alphabetGame.ts'
import type { Seconds } from '../../../spec/game/clocks.ts'
import type { Call } from '../../../spec/service/calls.ts'
import { registeredService } from '../../../spec/service/registration.ts'
import type { ServiceState } from '../../../spec/service/state.ts'
import type { Address } from '../../../spec/service/task.ts'
import type { Parameters } from '../../../spec/setting/parameters.ts'
import type { Model } from '../../../spec/tower/model.ts'
import type { TestChain } from '../../chain/chain.fixture.ts'
import { deployModel } from '../../chain/dispute.fixture.ts'
import { ChainFollower } from '../../chain/follower.ts'
import type { Paid } from './paid.ts'

/** Who calls what, with how much money, and when: at that second, or as soon as the last call is done. */
export interface Made {
  readonly call: Call
  readonly sender: Address
  readonly valueWei?: bigint
  readonly at?: Seconds
}

/** A deployment of one model, on which calls are made one after the other and paid for. */
export interface Paying {
  readonly contract: Address
  /** Makes a call that must be accepted. @returns the service behind it, as a client follows it */
  readonly make: (made: Made) => Promise<ServiceState>
  /** Sends other calldata, by which a contract of somebody's calls the service; it counts for nothing. */
  readonly send: (to: Address, data: string, sender: Address, valueWei: bigint) => Promise<ServiceState>
  /** When the next call is made, unless it says otherwise. */
  readonly now: () => Seconds
  readonly paid: readonly Paid[]
}

export const payingOn = async (chain: TestChain, model: Model, parameters: Parameters): Promise<Paying> => {
  await chain.rewind()
  const contract = await deployModel(chain, { model, parameters })
  const block = await chain.provider.getBlockNumber()
  const follower = new ChainFollower(chain.provider, contract, registeredService(parameters, model), block)
  const paid: Paid[] = []
  let now = START
  const behind = async (outcome: string, what: string): Promise<ServiceState> => {
    if (outcome !== 'accepted') throw new Error(`${what}: ${outcome}`)
    now += 1
    await follower.sync()
    return follower.state
  }
  return {
    contract,
    make: async ({ call, sender, valueWei = 0n, at = now }) => {
      now = at > now ? at : now
      const context = { sender, valueWei, now }
      const { outcome, gasUsed } = await chain.submit(contract, { call, context, state: follower.state })
      const after = await behind(outcome, call.kind)
      // What a dispute's moves cost is measured in disputes that are played to their ends.
      if (!('reply' in call)) paid.push({ what: call.kind, isMove: false, gas: gasUsed })
      return after
    },
    send: async (to, data, sender, valueWei) => {
      const { outcome } = await chain.submitData(to, data, { sender, valueWei, now })
      return behind(outcome, 'calldata')
    },
    now: () => now,
    paid,
  }
}
