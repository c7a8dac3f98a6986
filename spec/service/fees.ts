import type { Id } from '../commitments/hash.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Wei } from '../setting/parameters.ts'
import { type Applied, changed } from './applied.ts'
import type { Call } from './calls.ts'
import { type ClaimState, credit, type ServiceState, type TaskState, withEntry } from './state.ts'
import type { Task } from './task.ts'

/**
 * Who has a task's fee: the binding that came first and holds. A cursor stands on the first, and anyone moves it past
 * one that cannot have the fee any more. So whoever copies a claim comes behind it, and whoever finalizes first gains
 * nothing by that.
 */

/** What a task's server earns. */
export const feeOf = ({ feeWei, attentionWei }: Task): Wei => feeWei - attentionWei

type Claiming = TaskState & { readonly kind: 'Bound' | 'Settled' }

/** A task whose fee somebody may still have, with the cursor on that number; or why not. */
const cursorOn = (state: ServiceState, id: Id, number: number): Result<Claiming> => {
  const entry = state.tasks.get(id)!
  if (entry.kind !== 'Bound' && entry.kind !== 'Settled') return reject('TaskNotOpen', { id })
  if (entry.kind === 'Settled' && entry.isPaid) return reject('FeePaid', { id })
  if (entry.cursor !== number) return reject('CursorElsewhere', { cursor: entry.cursor, number })
  return accept(entry)
}

const advanced = (state: ServiceState, id: Id, entry: Claiming): ServiceState => ({
  ...state,
  tasks: withEntry(state.tasks, id, { ...entry, cursor: entry.cursor + 1 }),
})

/** Whether a claim says what the one that has settled the task says: the same end after as many steps. */
const agrees = (state: ServiceState, entry: Claiming, { claim }: ClaimState): boolean => {
  if (entry.kind !== 'Settled') return true
  const settling = state.claims.get(entry.claim)!.claim
  return claim.endRoot === settling.endRoot && claim.length === settling.length
}

/**
 * FEE-2: the cursor goes past a claim that has fallen, and past one that says otherwise than the settled task does, so
 * that a lie which is kept pending by its own disputes holds nobody's fee.
 */
export const passClaim = (
  state: ServiceState,
  { claimId: id }: Call & { kind: 'PassClaim' },
): Result<Applied> => {
  const claim = state.claims.get(id)
  if (claim === undefined) return reject('ClaimUnknown', { id })
  const { taskId } = claim.claim
  const found = cursorOn(state, taskId, claim.number)
  if (!found.ok) return found
  if (claim.kind !== 'Refuted' && agrees(state, found.value, claim)) return reject('ClaimStands', { id })
  return changed(advanced(state, taskId, found.value), taskId)
}

/** FEE-3: the cursor goes past a seal that was not revealed. */
export const passSeal = (
  state: ServiceState,
  { sealId: id }: Call & { kind: 'PassSeal' },
): Result<Applied> => {
  const seal = state.seals.get(id)
  if (seal === undefined) return reject('SealUnknown', { id })
  if (seal.kind !== 'Forfeited') return reject('SealNotForfeited', { id })
  const { taskId } = seal.seal
  const found = cursorOn(state, taskId, seal.number)
  return found.ok ? changed(advanced(state, taskId, found.value), taskId) : found
}

/** FEE-4: a final claim that the cursor stands on has the fee, whichever settled the task. Anyone may say so, once. */
export const collect = (
  state: ServiceState,
  { claimId: id }: Call & { kind: 'Collect' },
): Result<Applied> => {
  const claim = state.claims.get(id)
  if (claim === undefined) return reject('ClaimUnknown', { id })
  if (claim.kind !== 'Final') return reject('ClaimNotFinal', { id })
  const { taskId, server } = claim.claim
  const found = cursorOn(state, taskId, claim.number)
  if (!found.ok) return found
  if (found.value.kind !== 'Settled') throw new Error('a final claim leaves no task unsettled')
  if (!agrees(state, found.value, claim)) return reject('ClaimDiffers', { id })
  const tasks = withEntry(state.tasks, taskId, { ...found.value, isPaid: true })
  return changed(credit({ ...state, tasks }, server, feeOf(found.value.task)), id)
}
