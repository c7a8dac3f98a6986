import type { Id } from '../commitments/hash.ts'
import type { Seconds } from '../game/clocks.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Attention } from '../setting/parameters.ts'
import type { Call, Context } from './calls.ts'
import { checkAssertion, claimable, stand } from './claims.ts'
import { type ServiceState, withEntry } from './state.ts'
import { type Seal, sealedHash, sealId } from './task.ts'

/**
 * A claim may be sealed first: its server is bound to an answer, and staked on it, before it says what the answer is.
 * Between seal and reveal the verifiers that attention selects must show that they have computed it themselves.
 */

/** The last second for answers; a seal is revealed behind it, ... */
export const answersEnd = (sealedAt: Seconds, { answerSeconds }: Attention): Seconds =>
  sealedAt + answerSeconds

/** ... and while now <= this one. */
export const revealEnd = (sealedAt: Seconds, attention: Attention): Seconds =>
  answersEnd(sealedAt, attention) + attention.revealSeconds

/** A server commits to a claim on a task, with the claim's bond. */
export const seal = (
  state: ServiceState,
  { taskId, sealed }: Call & { kind: 'Seal' },
  context: Context,
): Result<{ state: ServiceState; id: Id }> => {
  if (state.parameters.attention === undefined) return reject('NoAttention', {})
  const found = claimable(state, taskId, context)
  if (!found.ok) return found
  const made: Seal = { taskId, server: context.sender, sealed }
  const id = sealId(made)
  if (state.seals.has(id)) return reject('SealExists', { id })
  const entry = found.value
  // ATTENTION-1: the task's first seal alone starts the time for answers, so that no later one starts it anew.
  const firstSealAt = (entry.kind === 'Answered' ? entry.firstSealAt : undefined) ?? context.now
  return accept({
    state: {
      ...state,
      tasks: withEntry(state.tasks, taskId, { kind: 'Answered', task: entry.task, firstSealAt }),
      seals: withEntry(state.seals, id, { kind: 'Sealed', seal: made, sealedAt: context.now }),
      balanceWei: state.balanceWei + context.valueWei,
    },
    id,
  })
}

/**
 * The server says what it has sealed: from then on it is a claim like any other, and its window starts. A rival may
 * have settled the task in between; the bond is the server's all the same.
 */
export const reveal = (
  state: ServiceState,
  call: Call & { kind: 'Reveal' },
  { sender, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const entry = state.seals.get(call.sealId)
  if (entry === undefined) return reject('SealUnknown', { id: call.sealId })
  if (entry.kind !== 'Sealed') return reject('SealOver', { id: call.sealId })
  const { seal: made, sealedAt } = entry
  if (sender !== made.server) return reject('NotYourSeal', { server: made.server })
  const attention = state.parameters.attention!
  // SEAL-1: not while verifiers may still answer, and not for ever.
  if (now <= answersEnd(sealedAt, attention)) return reject('RevealTooEarly', { now })
  if (now > revealEnd(sealedAt, attention)) return reject('RevealTooLate', { now })
  const checked = checkAssertion(state, made.taskId, state.tasks.get(made.taskId)!.task, call, sender)
  if (!checked.ok) return checked
  const { id, claim } = checked.value
  // SEAL-2: what is revealed is what was sealed, to the letter.
  const opened = sealedHash(id, call.salt)
  if (opened !== made.sealed) return reject('SealMismatch', { expected: made.sealed, given: opened })
  const seals = withEntry(state.seals, call.sealId, { kind: 'Revealed', seal: made, claim: id })
  return accept({ state: stand({ ...state, seals }, id, claim, now), id })
}

/**
 * The bond behind a seal that was not revealed in time is burned: else a server could seal to count who is awake, and
 * walk away. Anyone may say so, once.
 */
export const forfeit = (
  state: ServiceState,
  { sealId: id }: Call & { kind: 'Forfeit' },
  { now }: Context,
): Result<ServiceState> => {
  const entry = state.seals.get(id)
  if (entry === undefined) return reject('SealUnknown', { id })
  if (entry.kind !== 'Sealed') return reject('SealOver', { id })
  const last = revealEnd(entry.sealedAt, state.parameters.attention!)
  if (now <= last) return reject('RevealNotOver', { now, last })
  return accept({
    ...state,
    seals: withEntry(state.seals, id, { kind: 'Forfeited', seal: entry.seal }),
    burnedWei: state.burnedWei + state.parameters.bondWei,
  })
}
