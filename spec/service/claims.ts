import type { Id } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Call, Context } from './calls.ts'
import { type ClaimState, credit, type ServiceState, withEntry } from './state.ts'
import { type Claim, claimId } from './task.ts'

/**
 * A server answers a task: output, last state, proof that the one sits in the other, and a bond. Rival claims on one
 * task run side by side, so that whoever posts wrong ones buys no delay.
 */
export const claim = (
  state: ServiceState,
  call: Call & { kind: 'Claim' },
  { sender, valueWei, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const { parameters } = state
  const entry = state.tasks.get(call.taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: call.taskId })
  if (entry.kind !== 'Open' && entry.kind !== 'Answered') return reject('TaskNotOpen', { id: call.taskId })
  const { task } = entry
  if (now > task.deadline) return reject('TaskExpired', { now, deadline: task.deadline })
  if (valueWei !== parameters.bondWei)
    return reject('BondMismatch', { expected: parameters.bondWei, given: valueWei })
  const { top } = state.models.get(task.modelId)!
  // CLAIM-1, keeps (1): the first state is the contract's own, from the model and the input that were committed.
  const startRoot = top.startRoot(task.inputRoot, call.startWitness)
  if (!startRoot.ok) return startRoot
  const outputRoot = top.outputRoot(call.endRoot, call.length, call.outputWitness)
  if (!outputRoot.ok) return outputRoot
  // CLAIM-2: the output that is paid for is the one in the state that can be disputed.
  const given = tensorRoot(call.output)
  if (given !== outputRoot.value) return reject('OutputMismatch', { committed: outputRoot.value, given })
  const made: Claim = {
    taskId: call.taskId,
    modelId: task.modelId,
    server: sender,
    nonce: call.nonce,
    length: call.length,
    startRoot: startRoot.value,
    endRoot: call.endRoot,
    outputRoot: outputRoot.value,
  }
  const id = claimId(made)
  if (state.claims.has(id)) return reject('ClaimExists', { id })
  const pending: ClaimState = {
    kind: 'Pending',
    claim: made,
    windowEnd: now + parameters.windowSeconds,
    disputes: 0,
  }
  return accept({
    state: {
      ...state,
      tasks: withEntry(state.tasks, call.taskId, { kind: 'Answered', task }),
      claims: withEntry(state.claims, id, pending),
      balanceWei: state.balanceWei + valueWei,
    },
    id,
  })
}

/**
 * A claim with no open dispute after its window is final. The task's first final claim fixes the output and takes the
 * fee; a later one, or one that comes when the fee has gone back, only has its bond back. Anyone may say so, once.
 */
export const finalize = (
  state: ServiceState,
  { claimId: id }: Call & { kind: 'Finalize' },
  { now }: Context,
): Result<ServiceState> => {
  const entry = state.claims.get(id)
  if (entry === undefined) return reject('ClaimUnknown', { id })
  if (entry.kind !== 'Pending') return reject('ClaimNotOpen', { id })
  if (entry.disputes > 0) return reject('ClaimDisputed', { disputes: entry.disputes })
  if (now <= entry.windowEnd) return reject('WindowNotOver', { now, windowEnd: entry.windowEnd })
  const { taskId, server } = entry.claim
  const claims = withEntry(state.claims, id, { kind: 'Final', claim: entry.claim })
  const final = credit({ ...state, claims }, server, state.parameters.bondWei)
  const answered = state.tasks.get(taskId)!
  if (answered.kind !== 'Answered') return accept(final)
  const { task } = answered
  const tasks = withEntry(state.tasks, taskId, { kind: 'Settled', task, claim: id })
  return accept(credit({ ...final, tasks }, server, task.feeWei))
}
