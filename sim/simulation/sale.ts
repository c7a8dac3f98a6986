import { purchase } from '../chain/auction.ts'
import type { Waiting } from '../chain/pool.ts'
import type { Bid } from './journal.ts'
import type { Seat, Sent } from './seat.ts'
import type { Account } from './world.ts'

/** Who bought a block, one against the calls that another left in it. */
export interface Sale {
  readonly purchases: readonly Pick<Bid, 'actor' | 'victims' | 'paidWei'>[]
  /** Senders whose calls are kept out. */
  readonly kept: ReadonlySet<string>
}

const NO_SALE: Sale = { purchases: [], kept: new Set() }

/**
 * Blocks go to whoever bids most: what would stand in this one, where somebody buys it against some of that.
 *
 * @param accounts in the order of the agents: those of the buyers pay for it
 */
export const sell = (
  standing: readonly Waiting<Sent>[],
  buyers: readonly Seat[],
  accounts: Account[],
): Sale => {
  if (buyers.length === 0) return NO_SALE
  const kept = new Set<string>()
  const purchases: Pick<Bid, 'actor' | 'victims' | 'paidWei'>[] = []
  for (const { agent, index } of buyers) {
    const { from, budgetWei } = agent.powers.buysBlocks!
    const account = accounts[index]!
    const unspentWei = budgetWei - account.bidWei
    const leftWei = unspentWei < account.balanceWei ? unspentWei : account.balanceWei
    const bought = purchase(
      standing.filter(({ sender }) => !kept.has(sender)),
      { from, leftWei },
    )
    if (bought === undefined) continue
    const { victims, paidWei } = bought
    accounts[index] = {
      balanceWei: account.balanceWei - paidWei,
      gasWei: account.gasWei + paidWei,
      bidWei: account.bidWei + paidWei,
    }
    purchases.push({ actor: agent.name, victims, paidWei })
    for (const victim of victims) kept.add(victim)
  }
  return { purchases, kept }
}
