import type { Seconds } from '../game/clocks.ts'
import { type Result, reject } from '../result.ts'
import type { Parameters } from '../setting/parameters.ts'
import { answersEnd, roundOf } from '../setting/times.ts'
import { type Applied, changed } from './applied.ts'
import type { Call, Context } from './calls.ts'
import { bind, checkAssertion, claimable, stand } from './claims.ts'
import { enterRound } from './rounds.ts'
import { type ServiceState, withEntry } from './state.ts'
import { type Seal, sealedHash, sealId } from './task.ts'

/**
 * A claim may be sealed first: its server is bound to a result, and staked on it, before it says what the result is.
 * Nobody can copy it in time, and where verifiers are asked for their attention, nobody can answer by copying it.
 */

/** The last second in which a seal may not be revealed yet, ... */
export const closedUntil = (sealedAt: Seconds, parameters: Parameters): Seconds =>
  parameters.attention === undefined
    ? sealedAt + parameters.seals!.answerSeconds
    : answersEnd(parameters, roundOf(parameters, sealedAt))

/** ... and the last in which it may. */
export const revealEnd = (sealedAt: Seconds, parameters: Parameters): Seconds =>
  closedUntil(sealedAt, parameters) + parameters.seals!.revealSeconds

/** A server commits to a claim on a task, with the claim's bond. */
export const seal = (
  state: ServiceState,
  { taskId, sealed }: Call & { kind: 'Seal' },
  context: Context,
): Result<Applied> => {
  if (state.parameters.seals === undefined) return reject('NoSeals')
  const found = claimable(state, taskId, context)
  if (!found.ok) return found
  const made: Seal = { taskId, server: context.sender, sealed }
  const id = sealId(made)
  if (state.seals.has(id)) return reject('SealExists', { id })
  const { bound, number } = bind(found.value)
  const { now } = context
  const taken: ServiceState = {
    ...state,
    tasks: withEntry(state.tasks, taskId, bound),
    seals: withEntry(state.seals, id, { kind: 'Sealed', seal: made, number, sealedAt: now }),
    balanceWei: state.balanceWei + context.valueWei,
  }
  return changed(enterRound(taken, taskId, now), id)
}

/**
 * The server says what it has sealed: from then on it is a claim like any other, and its window starts. A rival may
 * have settled the task in between; the bond is the server's all the same.
 */
export const reveal = (
  state: ServiceState,
  call: Call & { kind: 'Reveal' },
  { sender, now }: Context,
): Result<Applied> => {
  const entry = state.seals.get(call.sealId)
  if (entry === undefined) return reject('SealUnknown', { id: call.sealId })
  if (entry.kind !== 'Sealed') return reject('SealOver', { id: call.sealId })
  const { seal: made, number, sealedAt } = entry
  if (sender !== made.server) return reject('NotYourSeal', { server: made.server })
  // SEAL-1: not while verifiers may still answer, and not for ever.
  const [closed, last] = [closedUntil(sealedAt, state.parameters), revealEnd(sealedAt, state.parameters)]
  if (now <= closed) return reject('RevealTooEarly', { last: closed, time: now })
  if (now > last) return reject('RevealTooLate', { last, time: now })
  const checked = checkAssertion(state, made.taskId, state.tasks.get(made.taskId)!.task, call, sender)
  if (!checked.ok) return checked
  const { id, claim } = checked.value
  // SEAL-2: what is revealed is what was sealed, to the letter.
  const opened = sealedHash(id, call.salt)
  if (opened !== made.sealed) return reject('SealMismatch', { expected: made.sealed, actual: opened })
  const seals = withEntry(state.seals, call.sealId, { kind: 'Revealed', seal: made, number, claim: id })
  return changed(stand({ ...state, seals }, id, claim, number, now), id)
}

/**
 * The bond behind a seal that was not revealed in time is burned: else a server could seal to count who is awake, and
 * walk away. Anyone may say so, once.
 */
export const forfeit = (
  state: ServiceState,
  { sealId: id }: Call & { kind: 'Forfeit' },
  { now }: Context,
): Result<Applied> => {
  const entry = state.seals.get(id)
  if (entry === undefined) return reject('SealUnknown', { id })
  if (entry.kind !== 'Sealed') return reject('SealOver', { id })
  const last = revealEnd(entry.sealedAt, state.parameters)
  if (now <= last) return reject('RevealNotOver', { last, time: now })
  const { seal: made, number } = entry
  return changed(
    {
      ...state,
      seals: withEntry(state.seals, id, { kind: 'Forfeited', seal: made, number }),
      burnedWei: state.burnedWei + state.parameters.claimBondWei,
    },
    id,
  )
}
