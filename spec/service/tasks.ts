import { tensorRoot } from '../commitments/tensor.ts'
import type { Seconds } from '../game/clocks.ts'
import { accept, type Result, reject } from '../result.ts'
import { burnedShare } from '../setting/parameters.ts'
import { settlementSeconds } from '../setting/times.ts'
import { type Applied, changed } from './applied.ts'
import type { Call, Context } from './calls.ts'
import { checkOutput } from './claims.ts'
import { credit, type ServiceState, type TaskState, withEntry } from './state.ts'
import { type Task, taskId } from './task.ts'

/** A requester puts a fee in escrow and commits an input. Any bytes are a valid input. */
export const request = (
  state: ServiceState,
  { nonce, modelId, input, iterations, attentionWei, deadline }: Call & { kind: 'Request' },
  { sender, valueWei, now }: Context,
): Result<Applied> => {
  const { parameters } = state
  const tower = state.models.get(modelId)
  if (tower === undefined) return reject('ModelUnknown', { id: modelId })
  const { mostIterations } = tower
  // ITERATIONS-3: at least one where the top phase counts them, and none elsewhere.
  if (iterations > mostIterations || (iterations === 0) !== (mostIterations === 0))
    return reject('IterationsInvalid', { most: mostIterations, given: iterations })
  if (deadline < now) return reject('DeadlineInvalid', { deadline, time: now })
  // ESCROW-2: a fee is less than what a lie surely burns, so that none is worth one.
  const most = burnedShare(parameters, parameters.claimBondWei) - 1n
  if (valueWei > most) return reject('FeeTooHigh', { feeWei: valueWei, most })
  const least = parameters.attention?.minFeeWei ?? 0n
  const mostAttention = parameters.attention === undefined ? 0n : valueWei
  if (attentionWei < least || attentionWei > mostAttention)
    return reject('AttentionFeeInvalid', { least, most: mostAttention, given: attentionWei })
  const task: Task = {
    requester: sender,
    nonce,
    modelId,
    inputRoot: tensorRoot(input),
    iterations,
    feeWei: valueWei,
    attentionWei,
    deadline,
  }
  const id = taskId(task)
  if (state.tasks.has(id)) return reject('TaskExists', { id })
  const tasks = withEntry(state.tasks, id, { kind: 'Open', task })
  return changed({ ...state, tasks, balanceWei: state.balanceWei + valueWei }, id)
}

/** The last second in which a task may still be settled; undefined where it is over. */
export const lastOpenSecond = (
  { parameters, models }: ServiceState,
  entry: TaskState,
): Seconds | undefined => {
  const { deadline, modelId } = entry.task
  if (entry.kind === 'Open') return deadline
  if (entry.kind !== 'Bound') return undefined
  return deadline + settlementSeconds(parameters, models.get(modelId)!.phases.length)
}

/**
 * TASK-1: a task that nobody was bound to by its deadline gives its fee back; one with bindings does when every claim
 * on it has had the time to become final and none did. A settled task never expires. Anyone may say so, once.
 */
export const expire = (
  state: ServiceState,
  { taskId: id }: Call & { kind: 'Expire' },
  { now }: Context,
): Result<Applied> => {
  const entry = state.tasks.get(id)
  if (entry === undefined) return reject('TaskUnknown', { id })
  const last = lastOpenSecond(state, entry)
  if (last === undefined) return reject('TaskNotOpen', { id })
  if (now <= last) return reject('TaskNotExpired', { deadline: last, time: now })
  const { task } = entry
  const tasks = withEntry(state.tasks, id, { kind: 'Expired', task })
  return changed(credit({ ...state, tasks }, task.requester, task.feeWei), id)
}

/**
 * The requester of a settled task is called back with the output. Anyone may bring it, once. It is a call of its own,
 * so that neither a requester's code nor an output that nobody has at hand can hold up the server's pay.
 */
export const notify = (
  state: ServiceState,
  { taskId, output }: Call & { kind: 'Notify' },
): Result<Applied> => {
  const entry = state.tasks.get(taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: taskId })
  if (entry.kind !== 'Settled') return reject('TaskNotSettled', { id: taskId })
  if (entry.isNotified) return reject('AlreadyNotified', { id: taskId })
  const { outputRoot } = state.claims.get(entry.claim)!.claim
  // CALLBACK-1: whoever brings the output cannot bring another, nor a longer or shorter one.
  const carried = checkOutput(state.models.get(entry.task.modelId)!, outputRoot, output)
  if (!carried.ok) return carried
  const tasks = withEntry(state.tasks, taskId, { ...entry, isNotified: true })
  const callback = { requester: entry.task.requester, taskId, outputRoot, output }
  return accept({ state: { ...state, tasks }, id: taskId, paidWei: 0n, callback })
}
