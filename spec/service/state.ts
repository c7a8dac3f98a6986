import type { Hash, Id } from '../commitments/hash.ts'
import type { Clocks, Party, Seconds } from '../game/clocks.ts'
import type { Position } from '../game/position.ts'
import type { Program } from '../machine/program.ts'
import { accept, type Result, reject } from '../result.ts'
import { type Parameters, parameterFault, type Wei } from '../setting/parameters.ts'
import type { TowerRules } from '../tower/tower.ts'
import type { Address, Claim, Seal, Task } from './task.ts'

/** The contract's whole state. */
export interface ServiceState {
  readonly parameters: Parameters
  readonly programs: ReadonlyMap<Id, Program>
  readonly models: ReadonlyMap<Id, TowerRules>
  readonly tasks: ReadonlyMap<Id, TaskState>
  readonly claims: ReadonlyMap<Id, ClaimState>
  readonly disputes: ReadonlyMap<Id, DisputeState>
  /** Claims that are bound and staked, and not revealed. */
  readonly seals: ReadonlyMap<Id, SealState>
  /** Verifiers' stakes on models. */
  readonly enrollments: ReadonlyMap<Id, Enrollment>
  /** What selected verifiers answered, by task and verifier. */
  readonly answers: ReadonlyMap<Id, Hash>
  /** Who may move for an account besides itself. */
  readonly delegates: ReadonlyMap<Address, Address>
  /** What an account may withdraw. */
  readonly credits: ReadonlyMap<Address, Wei>
  /** Burned shares: they stay in the contract for ever. */
  readonly burnedWei: Wei
  /** The contract's balance. */
  readonly balanceWei: Wei
}

export type TaskState =
  /** Nobody has answered it. */
  | { readonly kind: 'Open'; readonly task: Task }
  /** It has a claim, or rivals side by side; it takes more until its deadline. */
  | { readonly kind: 'Answered'; readonly task: Task; readonly firstSealAt: Seconds | undefined }
  /** By its first final claim. */
  | {
      readonly kind: 'Settled'
      readonly task: Task
      readonly claim: Id
      readonly firstSealAt: Seconds | undefined
      /** Whether its requester has been called back. */
      readonly isNotified: boolean
    }
  /** The fee has gone back. */
  | { readonly kind: 'Expired'; readonly task: Task }

export type ClaimState =
  | {
      readonly kind: 'Pending'
      readonly claim: Claim
      readonly windowEnd: Seconds
      /** Disputes about it that are running: each is one against one, and none waits for another. */
      readonly disputes: number
    }
  | { readonly kind: 'Final'; readonly claim: Claim }
  | { readonly kind: 'Refuted'; readonly claim: Claim }

export type SealState =
  | { readonly kind: 'Sealed'; readonly seal: Seal; readonly sealedAt: Seconds }
  | { readonly kind: 'Revealed'; readonly seal: Seal; readonly claim: Id }
  /** It was not revealed in time, and its bond was burned. */
  | { readonly kind: 'Forfeited'; readonly seal: Seal }

/** A verifier that has staked on its attention to a model. */
export interface Enrollment {
  readonly model: Id
  readonly verifier: Address
  readonly since: Seconds
  /** From then on it is asked no more. */
  readonly retiredAt: Seconds | undefined
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
  | (Contest & { readonly kind: 'Running'; readonly position: Position; readonly clocks: Clocks })
  | (Contest & { readonly kind: 'Decided'; readonly winner: Party; readonly by: 'arbitration' | 'timeout' })
  /** The claim was refuted in another dispute, and the challenger has its bond back. */
  | (Contest & { readonly kind: 'Refunded' })

/** A deployment with impossible parameters is refused. */
export const deploy = (parameters: Parameters): Result<ServiceState> => {
  const fault = parameterFault(parameters)
  return fault === undefined ? accept(initialService(parameters)) : reject('ParameterInvalid', { fault })
}

export const initialService = (parameters: Parameters): ServiceState => ({
  parameters,
  programs: new Map(),
  models: new Map(),
  tasks: new Map(),
  claims: new Map(),
  disputes: new Map(),
  seals: new Map(),
  enrollments: new Map(),
  answers: new Map(),
  delegates: new Map(),
  credits: new Map(),
  burnedWei: 0n,
  balanceWei: 0n,
})

/** A map with one entry set. */
export const withEntry = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value) =>
  new Map(map).set(key, value) as ReadonlyMap<Key, Value>

/** A map without one entry. */
export const withoutEntry = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> =>
  new Map([...map].filter(([other]) => other !== key))

export const credit = (state: ServiceState, account: Address, wei: Wei): ServiceState => ({
  ...state,
  credits: withEntry(state.credits, account, (state.credits.get(account) ?? 0n) + wei),
})
