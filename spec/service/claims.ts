import type { Bytes } from '../commitments/bytes.ts'
import type { Id } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import type { Seconds } from '../game/clocks.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Assertion, Call, Context } from './calls.ts'
import { type ClaimState, credit, type ServiceState, type TaskState, withEntry } from './state.ts'
import { type Address, type Claim, claimId, type Task } from './task.ts'

/** Holds an assertion against the task's model, and gives the claim that it makes. */
export const checkAssertion = (
  state: ServiceState,
  taskId: Id,
  task: Task,
  assertion: Assertion,
  server: Address,
): Result<{ id: Id; claim: Claim }> => {
  const { nonce, length, endRoot, output, startWitness, outputWitness } = assertion
  const { top } = state.models.get(task.modelId)!
  // CLAIM-1, keeps (1): the first state is the contract's own, from the model and the input that were committed.
  const startRoot = top.startRoot(task.inputRoot, startWitness)
  if (!startRoot.ok) return startRoot
  const outputRoot = top.outputRoot(endRoot, length, outputWitness)
  if (!outputRoot.ok) return outputRoot
  // CLAIM-2: the output that is paid for is the one in the state that can be disputed.
  const given = tensorRoot(output)
  if (given !== outputRoot.value) return reject('OutputMismatch', { committed: outputRoot.value, given })
  const made: Claim = {
    taskId,
    modelId: task.modelId,
    server,
    nonce,
    length,
    startRoot: startRoot.value,
    endRoot,
    outputRoot: outputRoot.value,
  }
  const id = claimId(made)
  return state.claims.has(id) ? reject('ClaimExists', { id }) : accept({ id, claim: made })
}

/** A claim stands: its window begins. */
export const stand = (state: ServiceState, id: Id, made: Claim, now: Seconds): ServiceState => {
  const windowEnd = now + state.parameters.windowSeconds
  const pending: ClaimState = { kind: 'Pending', claim: made, windowEnd, disputes: 0 }
  return { ...state, claims: withEntry(state.claims, id, pending) }
}

/** A task that takes claims, or why it does not. */
export const claimable = (
  state: ServiceState,
  id: Id,
  { valueWei, now }: Context,
): Result<TaskState & { kind: 'Open' | 'Answered' }> => {
  const { bondWei } = state.parameters
  const entry = state.tasks.get(id)
  if (entry === undefined) return reject('TaskUnknown', { id })
  if (entry.kind !== 'Open' && entry.kind !== 'Answered') return reject('TaskNotOpen', { id })
  const { deadline } = entry.task
  if (now > deadline) return reject('TaskExpired', { now, deadline })
  if (valueWei !== bondWei) return reject('BondMismatch', { expected: bondWei, given: valueWei })
  return accept(entry)
}

/**
 * A server answers a task: output, last state, proof that the one sits in the other, and a bond. Rival claims on one
 * task run side by side, so that whoever posts wrong ones buys no delay.
 */
export const claim = (
  state: ServiceState,
  call: Call & { kind: 'Claim' },
  context: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const found = claimable(state, call.taskId, context)
  if (!found.ok) return found
  const entry = found.value
  const checked = checkAssertion(state, call.taskId, entry.task, call, context.sender)
  if (!checked.ok) return checked
  const { id, claim: made } = checked.value
  const answered: TaskState =
    entry.kind === 'Answered' ? entry : { kind: 'Answered', task: entry.task, firstSealAt: undefined }
  const paid: ServiceState = {
    ...state,
    tasks: withEntry(state.tasks, call.taskId, answered),
    balanceWei: state.balanceWei + context.valueWei,
  }
  return accept({ state: stand(paid, id, made, context.now), id })
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
  const { task, firstSealAt } = answered
  const settled: TaskState = { kind: 'Settled', task, claim: id, firstSealAt, isNotified: false }
  const tasks = withEntry(state.tasks, taskId, settled)
  return accept(credit({ ...final, tasks }, server, task.feeWei))
}

/** Whom a call tells of an output. Whatever it does with that changes nothing here. */
export interface Callback {
  readonly requester: Address
  readonly taskId: Id
  readonly output: Bytes
}

/**
 * The requester of a settled task is called back with the output. Anyone may bring it, once. It is a call of its own,
 * so that neither a requester's code nor an output that nobody has at hand can hold up the server's pay.
 */
export const notify = (
  state: ServiceState,
  { taskId, output }: Call & { kind: 'Notify' },
): Result<{ state: ServiceState; callback: Callback }> => {
  const entry = state.tasks.get(taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: taskId })
  if (entry.kind !== 'Settled') return reject('TaskNotSettled', { id: taskId })
  if (entry.isNotified) return reject('AlreadyNotified', { id: taskId })
  // CALLBACK-1: whoever brings the output cannot bring another.
  const { outputRoot } = state.claims.get(entry.claim)!.claim
  const given = tensorRoot(output)
  if (given !== outputRoot) return reject('OutputMismatch', { committed: outputRoot, given })
  const tasks = withEntry(state.tasks, taskId, { ...entry, isNotified: true })
  return accept({ state: { ...state, tasks }, callback: { requester: entry.task.requester, taskId, output } })
}
