import type { Seconds } from '../../spec/game/clocks.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Intent, View } from '../../spec/strategies/sight.ts'
import type { SimulatedCall } from './journal.ts'

/** What an agent says: a call, and what it pays a proposer for it where that is not what it usually pays. */
export interface Said extends Intent {
  readonly tipGwei?: number
}

/** A call that waits for a block, as whoever looks at the pool sees it. */
export interface Pending {
  readonly sender: Address
  readonly call: Call
  readonly valueWei: Wei
  readonly tipGwei: number
}

/** What an agent sees: the chain, and the calls that led to it. */
export interface Sight extends View {
  /** Calls of others that wait for a block, in the order of sending; none for whoever does not look at the pool. */
  readonly pending: readonly Pending[]
  /** Calls of the blocks so far, in their order. */
  readonly calls: readonly SimulatedCall[]
  /** What the agent has, less what its calls on the way carry. */
  readonly balanceWei: Wei
}

/** Somebody who takes part in a simulation: an account, what it does, and what limits it. */
export interface Agent {
  readonly name: string
  readonly role: 'requester' | 'server' | 'verifier' | 'attacker' | 'delegate'
  readonly address: Address
  readonly fundsWei: Wei
  /** From when a block is there to when this agent has seen it, and from sending a call to when proposers have it. */
  readonly latencySeconds: Seconds
  /** What it pays a proposer for a unit of gas, in gwei. */
  readonly tipGwei: number
  /** Whether it is there at this time. */
  readonly isOnline: (time: Seconds) => boolean
  /** What it wants to do next, until it is silent. */
  readonly act: (view: Sight) => Said | undefined
  /** When it wants to be asked again though nothing has happened; undefined where it waits for others. */
  readonly wakesAt: (sight: Sight) => Seconds | undefined
  /**
   * Seconds of its machine's time that it takes to say this, or that it took to find that there is nothing to say; one
   * thing after the other. Called once for each thing that it wants to say, and behind the last, so what has been computed
   * for one call may be at hand for the next.
   */
  readonly workSeconds: (intent: Intent | undefined, state: ServiceState) => Seconds
  /** What it spends in all on tips beyond its usual one, against whoever buys the blocks that it wants to stand in. */
  readonly bidsWei: Wei
  readonly powers: Powers
  /**
   * Plays as a party of the specification's alone: what `concerns` says does not concern it gives it nothing to say, and it is
   * not asked about that. Where absent, everything may.
   */
  readonly overlooksBystanding?: boolean | undefined
}

/** What few can do. */
export interface Powers {
  /** Sits with the proposer: it sees what waits for a block, and has its say before the block is closed. */
  readonly watchesPool?: true
  /** Buys blocks, so that the calls of these are kept out of them, and spends so much on that in all. */
  readonly buysBlocks?: { readonly from: (sender: string) => boolean; readonly budgetWei: Wei }
  /** Replaces the last blocks by its own. */
  readonly reorganises?: Reorganising
}

/** Every so many seconds the last `depth` blocks are replaced. */
export interface Reorganising {
  readonly every: Seconds
  readonly depth: number
}

/** Intervals of seconds, each from its first to before its last. */
export type Intervals = readonly { readonly from: Seconds; readonly to: Seconds }[]

export const isWithin = (intervals: Intervals, time: Seconds): boolean =>
  intervals.some(({ from, to }) => from <= time && time < to)
