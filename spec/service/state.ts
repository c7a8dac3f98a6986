import type { Hash, Id } from '../commitments/hash.ts'
import type { Party, Seconds } from '../game/clocks.ts'
import type * as game from '../game/dispute.ts'
import type { GameRules } from '../game/position.ts'
import type { Program } from '../machine/program.ts'
import { accept, type Result, reject } from '../result.ts'
import { type Parameters, parameterFault, type Wei } from '../setting/parameters.ts'
import { COPIED, type Keeping, Kept } from './keeping.ts'
import type { Address, Claim, Seal, Task } from './task.ts'

/** The contract's whole state. */
export interface ServiceState {
  readonly parameters: Parameters
  readonly programs: ReadonlyMap<Id, Program>
  readonly models: ReadonlyMap<Id, GameRules>
  readonly tasks: ReadonlyMap<Id, TaskState>
  readonly claims: ReadonlyMap<Id, ClaimState>
  readonly disputes: ReadonlyMap<Id, DisputeState>
  /** Claims that are bound and staked, and not revealed. */
  readonly seals: ReadonlyMap<Id, SealState>
  /** Verifiers' stakes on models. */
  readonly enrollments: ReadonlyMap<Id, Enrollment>
  /** Rounds of attention that are over and closed, by number. */
  readonly rounds: ReadonlyMap<number, Round>
  /** By model and round: the attention parts of the tasks that were first sealed in it, together. */
  readonly roundWeights: ReadonlyMap<Id, Wei>
  /** What verifiers answered, by task and verifier. */
  readonly answers: ReadonlyMap<Id, Answer>
  /** Who may move for an account besides itself. */
  readonly delegates: ReadonlyMap<Address, Address>
  /** What an account may withdraw. */
  readonly credits: ReadonlyMap<Address, Wei>
  /** Burned shares: they stay in the contract for ever. */
  readonly burnedWei: Wei
  /** The contract's balance. */
  readonly balanceWei: Wei
}

/** A task that servers have bound themselves to. A binding is a seal, else a claim; they are numbered from 0. */
export interface Bound {
  readonly task: Task
  readonly bindings: number
  /** The binding that has the fee, if its claim is final: those before it have none. */
  readonly cursor: number
  /** Where the task stands among those that verifiers are drawn for; undefined where it was never sealed. */
  readonly draw: Draw | undefined
}

export type TaskState =
  /** Nobody has bound itself to it. */
  | { readonly kind: 'Open'; readonly task: Task }
  /** It has a claim or a seal, or rivals side by side; it takes more until its deadline. */
  | (Bound & { readonly kind: 'Bound' })
  /** By its first final claim. */
  | (Bound & {
      readonly kind: 'Settled'
      readonly claim: Id
      /** Whether a server has the fee. */
      readonly isPaid: boolean
      /** Whether its requester has been called back. */
      readonly isNotified: boolean
    })
  /** The fee has gone back. */
  | { readonly kind: 'Expired'; readonly task: Task }

/** Of a round, and of the weights there, what a task has: from `weightStart` as much as its attention part. */
export interface Draw {
  readonly round: number
  readonly weightStart: Wei
}

export type ClaimState =
  | {
      readonly kind: 'Pending'
      readonly claim: Claim
      /** Its binding's. */
      readonly number: number
      readonly windowEnd: Seconds
      /** Disputes about it that are running: each is one against one, and none waits for another. */
      readonly disputes: number
      /** Theirs, together. */
      readonly weight: number
    }
  | { readonly kind: 'Final'; readonly claim: Claim; readonly number: number }
  | {
      readonly kind: 'Refuted'
      readonly claim: Claim
      readonly number: number
      readonly fallenAt: Seconds
      /** Of the disputes that were running when it fell, the one that decided it among them. */
      readonly weight: number
    }

export type SealState =
  | { readonly kind: 'Sealed'; readonly seal: Seal; readonly number: number; readonly sealedAt: Seconds }
  | { readonly kind: 'Revealed'; readonly seal: Seal; readonly number: number; readonly claim: Id }
  /** It was not revealed in time, and its bond was burned. */
  | { readonly kind: 'Forfeited'; readonly seal: Seal; readonly number: number }

/** A verifier that has staked on its attention to a model. */
export interface Enrollment {
  readonly model: Id
  readonly verifier: Address
  readonly since: Seconds
  /** It is held to nothing that is sealed in a later round. */
  readonly retiredAt: Seconds | undefined
}

/** A round that is over. */
export interface Round {
  /** Number of the block whose hash is its randomness. */
  readonly closedIn: number
  readonly randomness: Hash | undefined
}

/** What a verifier answered to a task. */
export interface Answer {
  readonly task: Id
  readonly verifier: Address
  readonly hash: Hash
  readonly isPaid: boolean
}

/** Who disputes what: one against one. */
interface Contest {
  readonly claim: Id
  readonly model: Id
  readonly asserter: Address
  readonly challenger: Address
  readonly nonce: number
  /** Accepted moves so far, the opening and a timeout included. */
  readonly moves: number
}

export type DisputeState =
  /** `weight`: of its challenger's moves so far. */
  | (Contest & game.Running & { readonly weight: number })
  | (Contest & { readonly kind: 'Decided'; readonly winner: Party; readonly by: 'arbitration' | 'timeout' })
  /** The claim was refuted in another dispute, and the challenger has what is left of its bond, and its part. */
  | (Contest & { readonly kind: 'Drawn' })

export type RunningDispute = DisputeState & { readonly kind: 'Running' }

/** A deployment with impossible parameters is refused. */
export const deploy = (parameters: Parameters): Result<ServiceState> => {
  const found = parameterFault(parameters)
  return found === undefined
    ? accept(initialService(parameters))
    : reject('ParameterInvalid', { parameter: found.parameter, fault: found.fault })
}

/** @param keeping of whoever plays: what is kept is the same */
export const initialService = (parameters: Parameters, keeping: Keeping = COPIED): ServiceState => ({
  parameters,
  programs: keeping(),
  models: keeping(),
  tasks: keeping(),
  claims: keeping(),
  disputes: keeping(),
  seals: keeping(),
  enrollments: keeping(),
  rounds: keeping(),
  roundWeights: keeping(),
  answers: keeping(),
  delegates: keeping(),
  credits: keeping(),
  burnedWei: 0n,
  balanceWei: 0n,
})

/** A map with one entry set, kept as the map itself is: a plain one is copied. */
export const withEntry = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value) =>
  (map instanceof Kept ? map.with(key, value) : new Map(map).set(key, value)) as ReadonlyMap<Key, Value>

/** A map without one entry. */
export const withoutEntry = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> =>
  map instanceof Kept ? map.without(key) : new Map([...map].filter(([other]) => other !== key))

export const credit = (state: ServiceState, account: Address, wei: Wei): ServiceState => ({
  ...state,
  credits: withEntry(state.credits, account, (state.credits.get(account) ?? 0n) + wei),
})
