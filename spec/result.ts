import type { Rejection } from './rejection.ts'

/**
 * What a total function of this specification returns. A refused move is a value with a reason, never an
 * exception: `throw` is for our own bugs only.
 */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly rejection: Rejection }

export const accept = <Value>(value: Value): Result<Value> => ({ ok: true, value })

export const reject = (
  reason: Rejection['reason'],
  details: Readonly<Record<string, unknown>> = {},
): Result<never> => ({ ok: false, rejection: { reason, details } })
