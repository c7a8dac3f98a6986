import { expect } from 'vitest'
import { type Call, callName } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'

/** Counts of what a random suite has reached, by name: a generator that never goes somewhere must be seen. */
export interface Tally {
  readonly note: (name: string) => void
  /** Each of these must have come up at least so often, or the suite has proved little. */
  readonly expectAtLeast: (minima: Readonly<Record<string, number>>) => void
}

export const tally = (): Tally => {
  const counts = new Map<string, number>()
  return {
    note: (name) => counts.set(name, (counts.get(name) ?? 0) + 1),
    expectAtLeast: (minima) => {
      const short = Object.entries(minima).filter(([name, least]) => (counts.get(name) ?? 0) < least)
      expect(short.map(([name, least]) => `${name}: ${counts.get(name) ?? 0} of ${least}`)).toEqual([])
    },
  }
}

/** What a call has reached: its name, how deep it is, and what it has ended. */
export const noteReached = (reached: Tally, call: Call, before: ServiceState, after: ServiceState): void => {
  reached.note(callName(call))
  if (call.kind === 'Open') reached.note(`open by ${call.reply.kind}`)
  if (call.kind === 'Move') reached.note(`${call.reply.kind} in phase ${call.opening.phase}`)
  if (call.kind === 'Claim' && before.claims.size > 0) reached.note('a rival')
  for (const [id, dispute] of after.disputes) {
    const was = before.disputes.get(id)
    if (dispute.kind === 'Decided' && was?.kind !== 'Decided')
      reached.note(`${dispute.winner} won by ${dispute.by}`)
    if (was === undefined && before.disputes.size > 0) reached.note('a dispute beside another')
  }
}
