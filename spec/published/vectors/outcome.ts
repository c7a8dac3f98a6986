import type { Rejection } from '../../rejection.ts'
import type { Result } from '../../result.ts'

/** A result as vectors give it: what came out under its own name, or the name of the refusal. */
export type Outcome<Name extends string, Value> =
  | { readonly [name in Name]: Value }
  | { readonly rejection: Rejection['reason'] }

/** The values that disagree are for people and not part of a vector. */
export const outcomeOf = <Name extends string, Value>(name: Name, result: Result<Value>) =>
  (result.ok ? { [name]: result.value } : { rejection: result.rejection.reason }) as Outcome<Name, Value>
