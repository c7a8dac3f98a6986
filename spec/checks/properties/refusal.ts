import type { Rejection } from '../../rejection.ts'
import type { Result } from '../../result.ts'

/** Refusals that have nothing to show: the deployment has no such thing at all. */
const BARE: ReadonlySet<Rejection['reason']> = new Set(['NoAttention', 'NoSeals', 'SealRequired'])

/**
 * REFUSE-2: why a call, a move or a witness is refused; it is a bug where that comes without the values that disagree.
 *
 * Rationale: a reason without its values cannot be argued with, and the contract's error carries them.
 */
export const refusalOf = (result: Result<unknown>): Rejection['reason'] | 'accepted' => {
  if (result.ok) return 'accepted'
  const { reason, details } = result.rejection
  if (!BARE.has(reason) && Object.values(details).every((value) => value === undefined))
    throw new Error(`REFUSE-2: ${reason} names no value that disagrees`)
  return reason
}
