import { isUint } from '../commitments/bytes.ts'
import type { Id } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import type { Seconds } from '../game/clocks.ts'
import { accept, type Result, reject } from '../result.ts'
import { settlementSeconds } from '../setting/times.ts'
import type { Call, Context } from './calls.ts'
import { credit, type ServiceState, type TaskState, withEntry } from './state.ts'
import { type Task, taskId } from './task.ts'

/** A requester puts a fee in escrow and commits an input. Any bytes are a valid input. */
export const request = (
  state: ServiceState,
  { nonce, modelId, input, deadline }: Call & { kind: 'Request' },
  { sender, valueWei, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  if (!state.models.has(modelId)) return reject('ModelUnknown', { modelId })
  if (!isUint(deadline, 40) || deadline < now) return reject('DeadlineInvalid', { deadline, now })
  // ESCROW-2: a challenger's bond is at least the fee, so that no fee is worth a frivolous dispute.
  if (valueWei > state.parameters.bondWei) return reject('FeeTooHigh', { feeWei: valueWei })
  const task: Task = {
    requester: sender,
    nonce,
    modelId,
    inputRoot: tensorRoot(input),
    feeWei: valueWei,
    deadline,
  }
  const id = taskId(task)
  if (state.tasks.has(id)) return reject('TaskExists', { id })
  return accept({
    state: {
      ...state,
      tasks: withEntry(state.tasks, id, { kind: 'Open', task }),
      balanceWei: state.balanceWei + valueWei,
    },
    id,
  })
}

/** The last second in which a task may still be settled; undefined where it is over. */
export const lastOpenSecond = (
  { parameters, models }: ServiceState,
  entry: TaskState,
): Seconds | undefined => {
  const { deadline, modelId } = entry.task
  if (entry.kind === 'Open') return deadline
  if (entry.kind !== 'Answered') return undefined
  return deadline + settlementSeconds(parameters, models.get(modelId)!.phases.length)
}

/**
 * A task that nobody answered by its deadline gives its fee back; one that was answered does when every claim on it
 * has had the time to become final and none did. Anyone may say so, once.
 */
export const expire = (
  state: ServiceState,
  { taskId: id }: Call & { kind: 'Expire' },
  { now }: Context,
): Result<ServiceState> => {
  const entry = state.tasks.get(id)
  if (entry === undefined) return reject('TaskUnknown', { id })
  const last = lastOpenSecond(state, entry)
  if (last === undefined) return reject('TaskNotOpen', { id })
  if (now <= last) return reject('TaskNotExpired', { now, deadline: last })
  return accept(
    credit(
      { ...state, tasks: withEntry(state.tasks, id, { kind: 'Expired', task: entry.task }) },
      entry.task.requester,
      entry.task.feeWei,
    ),
  )
}
