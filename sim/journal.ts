import { toHex } from '../spec/commitments/bytes.ts'
import type { Hash } from '../spec/commitments/hash.ts'
import type { Seconds } from '../spec/game/clocks.ts'
import type { Rejection } from '../spec/rejection.ts'
import type { Call } from '../spec/service/calls.ts'
import type { Address } from '../spec/service/task.ts'
import type { Wei } from '../spec/setting/parameters.ts'

/** One call that somebody made, and what became of it. */
export interface Entry {
  readonly seq: number
  readonly time: Seconds
  /** Name of the actor. */
  readonly actor: string
  readonly sender: Address
  readonly call: Call
  readonly valueWei: Wei
  /** Of a call about a round of attention: the number of its block, and of one that records it the hash that it records. */
  readonly block?: RoundBlock | undefined
  readonly outcome: Outcome
  /** Of the whole service, after the call. */
  readonly stateHash: Hash
  /** Beside the journal, in the real chain only: not part of the story. */
  readonly transaction: Transaction | undefined
}

export interface RoundBlock {
  readonly number: number
  /** Of the block that closed the round. */
  readonly closing?: Hash
}

/** A call that its sender cannot pay never reaches the contract: the chain refuses it by itself. */
export type Outcome = 'accepted' | Rejection['reason'] | 'InsufficientFunds'

export interface Transaction {
  readonly hash: string
  /** Number of the block that it stands in. */
  readonly block: number
  readonly gasUsed: number
  /** Calldata, as hex. */
  readonly data: string
}

export type Journal = readonly Entry[]

/** A replacer sees bytes of Node's own kind only behind their `toJSON`, and so must look at what holds them. */
function toJson(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const held = this[key]
  if (typeof held === 'bigint') return held.toString()
  return held instanceof Uint8Array ? toHex(held) : value
}

/** A value of the specification as one line of JSON: amounts are decimal strings, bytes are hex. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value, toJson)}\n`

/** What a call says, its kind aside. */
const argsOf = ({ kind: _, ...args }: Call): object => args

/**
 * A journal's line about a call.
 *
 * @param before what stands before the call: when, and who @param behind what became of it
 * @param args what the call says, as far as the journal tells it
 */
export const callLine = (before: object, call: Call, behind: object, args = argsOf(call)): string =>
  jsonLine({ ...before, call: call.kind, args, ...behind })

/**
 * JSON lines `{seq, time, actor, call, args, valueWei, outcome, stateHash}`, bytes as hex, amounts as decimal strings; the
 * transaction stands beside. `readJournal` reads them.
 */
export const journalLines = (journal: Journal): string =>
  journal
    .map(({ call, seq, time, actor, transaction, ...behind }) =>
      callLine({ seq, time, actor }, call, { ...behind, ...(transaction && { transaction }) }),
    )
    .join('')
