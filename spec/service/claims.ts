import type { Id } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Call, Context } from './calls.ts'
import { type ClaimState, credit, type ServiceState, withEntry } from './state.ts'
import { type Claim, claimId } from './task.ts'

/** A server answers an open task: output, last state, proof that the one sits in the other, and a bond. */
export const claim = (
  state: ServiceState,
  call: Call & { kind: 'Claim' },
  { sender, valueWei, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const { parameters } = state
  const entry = state.tasks.get(call.taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: call.taskId })
  if (entry.kind !== 'Open') return reject('TaskNotOpen', { id: call.taskId })
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
    dispute: undefined,
  }
  return accept({
    state: {
      ...state,
      tasks: withEntry(state.tasks, call.taskId, { kind: 'Claimed', task, claim: id }),
      claims: withEntry(state.claims, id, pending),
      balanceWei: state.balanceWei + valueWei,
    },
    id,
  })
}

/** A claim with no open dispute after its window is final: bond and fee go to its server. Anyone may say so. */
export const finalize = (
  state: ServiceState,
  { claimId: id }: Call & { kind: 'Finalize' },
  { now }: Context,
): Result<ServiceState> => {
  const entry = state.claims.get(id)
  if (entry === undefined) return reject('ClaimUnknown', { id })
  if (entry.kind !== 'Pending') return reject('ClaimNotOpen', { id })
  if (entry.dispute !== undefined) return reject('ClaimDisputed', { dispute: entry.dispute })
  if (now <= entry.windowEnd) return reject('WindowNotOver', { now, windowEnd: entry.windowEnd })
  const { task } = state.tasks.get(entry.claim.taskId)!
  return accept(
    credit(
      {
        ...state,
        claims: withEntry(state.claims, id, { kind: 'Final', claim: entry.claim }),
        tasks: withEntry(state.tasks, entry.claim.taskId, { kind: 'Settled', task, claim: id }),
      },
      entry.claim.server,
      state.parameters.bondWei + task.feeWei,
    ),
  )
}
