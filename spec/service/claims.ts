import type { Bytes } from '../commitments/bytes.ts'
import type { Id, TensorRoot } from '../commitments/hash.ts'
import { tensorRoot } from '../commitments/tensor.ts'
import type { Seconds } from '../game/clocks.ts'
import { accept, type Result, reject } from '../result.ts'
import { type Applied, changed } from './applied.ts'
import { settleAttention } from './attention.ts'
import type { Assertion, Call, Context } from './calls.ts'
import { feeOf } from './fees.ts'
import { type ClaimState, credit, type ServiceState, type TaskState, withEntry } from './state.ts'
import { type Address, type Claim, claimId, type Task } from './task.ts'

/** CLAIM-2: an output is as long as its model says, since its root binds no length, and has the root that is committed. */
export const checkOutput = (
  { outputBytes }: { readonly outputBytes: number },
  committed: TensorRoot,
  output: Bytes,
): Result<null> => {
  if (output.length !== outputBytes)
    return reject('OutputLengthInvalid', { expected: outputBytes, given: output.length })
  // An output that is too large to be carried is its root alone.
  if (outputBytes === 0) return accept(null)
  const given = tensorRoot(output)
  return given === committed ? accept(null) : reject('OutputMismatch', { expected: committed, actual: given })
}

/** Holds an assertion against the task's model, and gives the claim that it makes. */
export const checkAssertion = (
  state: ServiceState,
  taskId: Id,
  task: Task,
  assertion: Assertion,
  server: Address,
): Result<{ id: Id; claim: Claim }> => {
  const { nonce, length, endRoot, output, startWitness, outputWitness } = assertion
  const tower = state.models.get(task.modelId)!
  // CLAIM-1, keeps (1): the first state is the contract's own, from the model and the input that were committed.
  const startRoot = tower.top.startRoot(task.inputRoot, startWitness)
  if (!startRoot.ok) return startRoot
  const outputRoot = tower.top.outputRoot(endRoot, length, outputWitness, task.iterations)
  if (!outputRoot.ok) return outputRoot
  const carried = checkOutput(tower, outputRoot.value, output)
  if (!carried.ok) return carried
  const claim: Claim = {
    taskId,
    modelId: task.modelId,
    server,
    nonce,
    length,
    startRoot: startRoot.value,
    endRoot,
    outputRoot: outputRoot.value,
  }
  const id = claimId(claim)
  return state.claims.has(id) ? reject('ClaimExists', { id }) : accept({ id, claim })
}

/** A claim stands under its binding's number: its window begins. */
export const stand = (
  state: ServiceState,
  id: Id,
  claim: Claim,
  number: number,
  now: Seconds,
): ServiceState => {
  const windowEnd = now + state.parameters.windowSeconds
  const pending: ClaimState = { kind: 'Pending', claim, number, windowEnd, disputes: 0, weight: 0 }
  return { ...state, claims: withEntry(state.claims, id, pending) }
}

export type Claimable = TaskState & { readonly kind: 'Open' | 'Bound' }

/** A task that takes bindings, or why it does not. */
export const claimable = (state: ServiceState, id: Id, { valueWei, now }: Context): Result<Claimable> => {
  const { claimBondWei } = state.parameters
  const entry = state.tasks.get(id)
  if (entry === undefined) return reject('TaskUnknown', { id })
  if (entry.kind !== 'Open' && entry.kind !== 'Bound') return reject('TaskNotOpen', { id })
  const { deadline } = entry.task
  if (now > deadline) return reject('TaskExpired', { deadline, time: now })
  if (valueWei !== claimBondWei) return reject('BondMismatch', { expected: claimBondWei, given: valueWei })
  return accept(entry)
}

/** FEE-1: bindings are numbered in the order of the chain. */
export const bind = (
  entry: Claimable,
): { readonly bound: TaskState & { kind: 'Bound' }; readonly number: number } => {
  const { task } = entry
  if (entry.kind === 'Open')
    return { bound: { kind: 'Bound', task, bindings: 1, cursor: 0, draw: undefined }, number: 0 }
  return { bound: { ...entry, bindings: entry.bindings + 1 }, number: entry.bindings }
}

/**
 * A server claims a result of a task: output, last state, proof that the one sits in the other, and a bond. Rival
 * claims on one task run side by side, so that whoever posts wrong ones buys no delay.
 */
export const claim = (
  state: ServiceState,
  call: Call & { kind: 'Claim' },
  context: Context,
): Result<Applied> => {
  // ATTENTION-2: an open claim would let whoever cheats avoid the question.
  if (state.parameters.attention !== undefined) return reject('SealRequired')
  const found = claimable(state, call.taskId, context)
  if (!found.ok) return found
  const checked = checkAssertion(state, call.taskId, found.value.task, call, context.sender)
  if (!checked.ok) return checked
  const { id, claim: made } = checked.value
  const { bound, number } = bind(found.value)
  const paid: ServiceState = {
    ...state,
    tasks: withEntry(state.tasks, call.taskId, bound),
    balanceWei: state.balanceWei + context.valueWei,
  }
  return changed(stand(paid, id, made, number, context.now), id)
}

/**
 * A claim with no open dispute after its window is final, and its server has its bond back. The task's first final
 * claim settles it: its output is the task's. It has the fee too where no other server was bound before. Anyone may
 * say so, once.
 */
export const finalize = (
  state: ServiceState,
  { claimId: id }: Call & { kind: 'Finalize' },
  { now }: Context,
): Result<Applied> => {
  const entry = state.claims.get(id)
  if (entry === undefined) return reject('ClaimUnknown', { id })
  if (entry.kind !== 'Pending') return reject('ClaimNotOpen', { id })
  if (entry.disputes > 0) return reject('ClaimDisputed', { id })
  if (now <= entry.windowEnd) return reject('WindowNotOver', { windowEnd: entry.windowEnd, time: now })
  const { claim, number } = entry
  const claims = withEntry(state.claims, id, { kind: 'Final', claim, number })
  const final = credit({ ...state, claims }, claim.server, state.parameters.claimBondWei)
  const bound = state.tasks.get(claim.taskId)!
  // A settled task never changes its output, and one whose fee has gone back has none.
  if (bound.kind !== 'Bound') return changed(final, id)
  const isPaid = bound.cursor === number
  const settled: TaskState = { ...bound, kind: 'Settled', claim: id, isPaid, isNotified: false }
  const tasks = withEntry(final.tasks, claim.taskId, settled)
  const paid = isPaid ? credit({ ...final, tasks }, claim.server, feeOf(bound.task)) : { ...final, tasks }
  return changed(settleAttention(paid, claim.taskId), id)
}
