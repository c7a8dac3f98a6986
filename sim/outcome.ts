import type { Id } from '../spec/commitments/hash.ts'
import { callName } from '../spec/service/calls.ts'
import type { ServiceState } from '../spec/service/state.ts'
import type { Answers } from './answers.ts'
import type { Journal } from './journal.ts'
import type { Expectation } from './scenario/schema.ts'
import type { Balance } from './story.ts'
import type { Truth } from './truth.ts'
import type { WorldName } from './worlds/world.ts'

/** How a story ended. */
export interface Outcome {
  /** Null where no claim came about. */
  readonly claim: 'final' | 'refuted' | null
  /** Null where nobody disputed. */
  readonly winner: 'server' | 'verifier' | null
  readonly by: 'arbitration' | 'timeout' | 'none'
  /** Accepted moves of the dispute: open, dissect, descend, arbitrate, timeout. */
  readonly moves: number
}

const WINNERS = { asserter: 'server', challenger: 'verifier' } as const

/** The claim on a task, with its id; undefined where none came about. */
export const claimOn = (state: ServiceState, task: Id) =>
  [...state.claims].find(([, entry]) => entry.claim.taskId === task)

export const outcomeOf = (state: ServiceState, task: Id): Outcome => {
  const [claimId, claim] = claimOn(state, task) ?? []
  if (claim === undefined) return { claim: null, winner: null, by: 'none', moves: 0 }
  if (claim.kind === 'Pending') throw new Error('the story ended with a claim undecided')
  const disputes = [...state.disputes.values()].filter((entry) => entry.claim === claimId)
  if (disputes.some(({ kind }) => kind === 'Running'))
    throw new Error('the story ended with a dispute undecided')
  const dispute = disputes.find((entry) => entry.kind === 'Decided')
  const ended = claim.kind === 'Final' ? 'final' : 'refuted'
  return dispute === undefined
    ? { claim: ended, winner: null, by: 'none', moves: 0 }
    : { claim: ended, winner: WINNERS[dispute.winner], by: dispute.by, moves: dispute.moves }
}

/** What a scenario can expect. */
export type Expectable = Outcome & Pick<Truth, 'claimIsTrue'>

/** Whether somebody expected anything. */
export const isAnythingExpected = (expected: Expectation): boolean =>
  Object.values(expected).some((value) => value !== undefined)

/** The keys of `expect` that did not come true. */
export const unmet = (expected: Expectation, outcome: Expectable): readonly (keyof Expectation)[] =>
  (Object.keys(expected) as (keyof Expectation)[]).filter(
    (key) => expected[key] !== undefined && expected[key] !== outcome[key],
  )

export interface Gas {
  readonly total: number
  /** By the name of the call, in the order in which the calls first came. */
  readonly byKind: Readonly<Record<string, number>>
}

/** Null in the model, where nothing costs gas. */
export const gasOf = (journal: Journal): Gas | null => {
  const byKind: Record<string, number> = {}
  for (const { call, transaction } of journal) {
    if (transaction === undefined) return null
    byKind[callName(call)] = (byKind[callName(call)] ?? 0) + transaction.gasUsed
  }
  return { total: Object.values(byKind).reduce((sum, gas) => sum + gas, 0), byKind }
}

/** What `--json` prints: one object, amounts as decimal strings of wei, without gas. */
export interface Summary extends Outcome, Pick<Truth, 'claimIsTrue' | 'output'> {
  readonly scenario: string
  readonly world: WorldName
  readonly seed: number
  /** What the contract that asked was told, as hex; null where no contract asked, or it was told nothing. */
  readonly calledBack: string | null
  /** Null where the model does not answer in tokens. */
  readonly answers: Answers | null
  readonly k: number
  readonly gas: Gas | null
  readonly seconds: { readonly inference: number; readonly dispute: number; readonly total: number }
  readonly balancesWei: Readonly<Record<string, { readonly before: string; readonly after: string }>>
  /** Null where nothing was expected. */
  readonly expectationsMet: boolean | null
  /** Null where it could not be written. */
  readonly reportPath: string | null
}

export const balancesWei = (
  balances: readonly Pick<Balance, 'name' | 'before' | 'after'>[],
): Summary['balancesWei'] =>
  Object.fromEntries(
    balances.map(({ name, before, after }) => [name, { before: String(before), after: String(after) }]),
  )
