import type { Wei } from '../../spec/setting/parameters.ts'
import { defenderBid } from '../published/censorship.ts'
import type { Waiting } from './pool.ts'

/**
 * The market for a block as the censorship game has it: a block goes to the higher bid, and only its winner pays. Whoever
 * wants calls kept out bids against the tips of those calls, one wei more than they come to, for as long as its budget
 * lasts. A sender whose calls were kept out bids back through its tips: an equal share of what it spends in all for each
 * call that it can still need, which is its best bid.
 */
export interface Buyer {
  /** Whose calls it keeps out. */
  readonly from: (sender: string) => boolean
  /** What it has left to spend. */
  readonly leftWei: Wei
}

/** A block that was bought. */
export interface Purchase {
  readonly victims: readonly string[]
  readonly paidWei: Wei
}

const WEI_PER_GWEI = 1e9

/** What the block's proposer would earn by a call. */
const tipWei = ({ tipGwei, gas }: Pick<Waiting<unknown>, 'tipGwei' | 'gas'>): Wei =>
  BigInt(Math.round(tipGwei * gas * WEI_PER_GWEI))

/**
 * @param standing the calls that the block would hold
 * @returns undefined where it holds none of the victims', or they are worth more than the buyer has left
 */
export const purchase = (
  standing: readonly Waiting<unknown>[],
  { from, leftWei }: Buyer,
): Purchase | undefined => {
  const own = standing.filter(({ sender }) => from(sender))
  const paidWei = own.reduce((sum, waiting) => sum + tipWei(waiting), 1n)
  if (own.length === 0 || paidWei > leftWei) return undefined
  return { victims: [...new Set(own.map(({ sender }) => sender))], paidWei }
}

/** Somebody whose calls are kept out of blocks. */
export interface Besieged {
  /** What it has left to spend. */
  readonly leftWei: Wei
  /** Calls that it can still need, this one among them. */
  readonly calls: number
  /** What it usually pays. */
  readonly tipGwei: number
}

/** The tip of a call whose sender bids back, in gwei for each unit of gas. */
export const raisedTipGwei = ({ leftWei, calls, tipGwei }: Besieged, gas: number): number =>
  leftWei <= 0n ? tipGwei : tipGwei + defenderBid(Number(leftWei), Math.max(1, calls)) / gas / WEI_PER_GWEI
