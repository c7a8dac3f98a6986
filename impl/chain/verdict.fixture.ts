import type { Hash } from '../../spec/commitments/hash.ts'
import type { Rejection } from '../../spec/rejection.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { opmlInterface } from './contractInterface.ts'
import { wordOf } from './packed.ts'

/** A call as somebody could make it, and the service that it would meet. */
export interface Attempt {
  readonly call: Call
  readonly context: Context
  readonly state: ServiceState
}

/** Calls that return the id of what they made. */
const MAKES: ReadonlySet<Call['kind']> = new Set([
  'RegisterProgram',
  'RegisterModel',
  'Request',
  'Claim',
  'Seal',
  'Reveal',
  'Open',
  'Enroll',
])

const text = (value: unknown): string => String(value).toLowerCase()

/** The values that disagree, as the contract tells them. */
const valuesOf = (
  { reason, details }: Rejection,
  { call, state }: Pick<Attempt, 'call' | 'state'>,
): readonly unknown[] => {
  const values = Object.values(details)
  if (reason !== 'StateMismatch' || call.kind !== 'Move') return values
  // The chain keeps a position's hash together with how its dispute stands.
  const dispute = state.disputes.get(call.disputeId)
  if (dispute?.kind !== 'Running') throw new Error(`dispute ${call.disputeId} does not run`)
  return values.map((hash) => wordOf(hash as Hash, dispute))
}

/** What was never there has no id on the chain, which hashes something else in its place. */
const WITHOUT_VALUES: ReadonlySet<string> = new Set([
  'TaskUnknown',
  'ClaimUnknown',
  'SealUnknown',
  'DisputeUnknown',
])

/** A refusal with the values that disagree, in the order in which both sides tell them. */
const refusalText = (reason: string, values: readonly unknown[]): string =>
  [reason, ...(WITHOUT_VALUES.has(reason) ? [] : values.map(text))].join(' ')

/** A refusal of a call in a state, with its values as the contract tells them. */
export const refusalVerdict = (rejection: Rejection, attempt: Pick<Attempt, 'call' | 'state'>): string =>
  refusalText(rejection.reason, valuesOf(rejection, attempt))

/** The specification's word on an attempt: `accepted`, with what it made, or the refusal with its values. */
export const specVerdict = (attempt: Attempt): string => {
  const { call, context, state } = attempt
  const result = applyCall(state, call, context)
  if (!result.ok) return refusalVerdict(result.rejection, attempt)
  return MAKES.has(call.kind) ? `accepted ${result.value.id}` : 'accepted'
}

/** The contract's word, from what came back of a call: in the same form. */
export const chainVerdict = (result: string | undefined, revertData: string | undefined): string => {
  if (result !== undefined) return result === '0x' ? 'accepted' : `accepted ${result}`
  // A call that runs dry returns nothing.
  const error =
    revertData === undefined || revertData === '0x' ? null : opmlInterface().parseError(revertData)
  return error === null ? `failed: ${revertData}` : refusalText(error.name, [...error.args])
}

/** The name alone. */
export const nameOf = (verdict: string): string => verdict.split(' ')[0]!
