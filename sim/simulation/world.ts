import type { Hash } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Block } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Intent } from '../../spec/strategies/sight.ts'
import type { MarketTerms } from '../chain/market.ts'
import type { Waiting } from '../chain/pool.ts'
import type { Chance } from '../chance.ts'
import type { Reorganising } from './agent.ts'
import type { SimulatedEntry } from './journal.ts'
import type { Sent } from './seat.ts'

/** The world that a run is played in. */
export interface Terms extends MarketTerms {
  readonly startTime: Seconds
  /** Nothing happens any more from then on. */
  readonly endTime: Seconds
  readonly blockSeconds: Seconds
  /** From when proposers have a call to the earliest block that may hold it. */
  readonly inclusionSeconds: Seconds
  readonly isCensored: (sender: string, time: Seconds) => boolean
  /** Every so many seconds the last `depth` blocks are replaced. */
  readonly reorganisations: Reorganising | undefined
  readonly gasOf: (call: Intent['call']) => number
  /** The hash of the block with this number: what draws are made by. */
  readonly hashOf: (block: number) => Hash
  /** Decides what becomes of the calls of a replaced block, too. */
  readonly chance: Chance
  /** The most calls that somebody needs who is kept out of blocks: shares of what it bids back with. */
  readonly callsNeeded: number
}

export interface Account {
  readonly balanceWei: Wei
  /** What it paid for gas and for blocks. */
  readonly gasWei: Wei
  /** What of that was above its usual tip. */
  readonly bidWei: Wei
}

export interface Played {
  readonly state: ServiceState
  readonly journal: readonly SimulatedEntry[]
  readonly accounts: ReadonlyMap<string, Account>
  /** Seconds that each agent's machine was at work. */
  readonly workSeconds: ReadonlyMap<string, Seconds>
  /** The longest that a call of each waited for its block, from when there was something to say. */
  readonly waitSeconds: ReadonlyMap<string, Seconds>
  readonly endTime: Seconds
}

/** Blocks whose hashes a call can still ask for. */
const KNOWN_HASHES = 256

const NO_HASHES: Block['hashes'] = new Map()

/** A block, with the hashes of those earlier ones that a call can want: that closed a round. */
export const blockOf = (number: number, { rounds }: ServiceState, hashOf: Terms['hashOf']): Block => {
  if (rounds.size === 0) return { number, hashes: NO_HASHES }
  const hashes = new Map<number, Hash>()
  for (const { closedIn, randomness } of rounds.values())
    if (randomness === undefined && closedIn < number && closedIn >= number - KNOWN_HASHES)
      hashes.set(closedIn, hashOf(closedIn))
  return { number, hashes }
}

/** What the chain was behind a block: enough to go back to it. */
export interface Head {
  readonly block: number
  readonly time: Seconds
  readonly state: ServiceState
  /** In the order of the agents. */
  readonly accounts: readonly Account[]
  /** What the block itself held. */
  readonly included: readonly Waiting<Sent>[]
}

/** What a call is about: two calls of one matter are the same thing said again. */
export const matterOf = ({ call }: Intent): string =>
  [
    call.kind,
    ...(['taskId', 'claimId', 'disputeId', 'sealId', 'nonce'] as const).flatMap((key) =>
      key in call ? String((call as unknown as Record<string, unknown>)[key]) : [],
    ),
  ].join(' ')
