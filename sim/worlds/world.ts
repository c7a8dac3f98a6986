import type { Deployment } from '../../impl/chain/deploy.ts'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Block, Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Outcome, Transaction } from '../journal.ts'

export const WORLDS = ['model', 'anvil'] as const
export type WorldName = (typeof WORLDS)[number]

/** A chain to play on. Both worlds keep the same time: one transaction a block, blocks `BLOCK_SECONDS` apart. */
export const BLOCK_SECONDS = 12

/** Time of the first block of a story, in both worlds. */
export const STORY_START: Seconds = Date.UTC(2026, 0, 1) / 1000

/** What an actor has at the start where the scenario says nothing else. */
export const DEFAULT_FUNDS_WEI: Wei = 10_000n * 10n ** 18n

export interface Receipt {
  readonly outcome: Outcome
  readonly transaction: Transaction | undefined
}

/** Where the contracts of a story stand. */
export interface ChainPlace extends Deployment {
  readonly chainId: number
}

/** An account that a world lets play. */
export interface Account {
  readonly address: Address
  readonly privateKey: string
  /** What it has at the start. */
  readonly fundsWei: Wei
  /**
   * Whether a contract stands at the address that asks for it and is called back, the example `Asker`. The key is then
   * that of whoever works it: pays for what it asks, and makes all other calls.
   */
  readonly isContract?: boolean
}

export interface World {
  readonly name: WorldName
  /** Undefined where there are no contracts. */
  readonly place: ChainPlace | undefined
  /** Time of the first block of the story. */
  readonly startTime: Seconds
  /** Gives each account its funds, whatever it had. */
  readonly fund: (accounts: readonly Account[]) => Promise<void>
  /** The service as it stands after the last block. */
  readonly view: () => ServiceState
  /** The block that the next call stands in. */
  readonly block: () => Block
  /** Puts a call into a block of its own at that time; one whose value the sender does not have comes into none. */
  readonly submit: (sender: Address, call: Call, valueWei: Wei, time: Seconds) => Promise<Receipt>
  /** An account's balance, with what it paid for gas put back. */
  readonly balanceOf: (account: Address) => Promise<Wei>
  /** What an account's contract was told of a task, an output; undefined where it was told nothing. */
  readonly toldOf: (account: Address, task: Id) => Promise<Bytes | undefined>
  /** Leaves nothing running. */
  readonly close: () => Promise<void>
}
