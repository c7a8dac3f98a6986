import { type Hash, type Id, keccak, type StateRoot } from '../commitments/hash.ts'
import type { Seconds } from '../game/clocks.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Attention } from '../setting/parameters.ts'
import { settlementSeconds } from '../setting/times.ts'
import type { Call, Context } from './calls.ts'
import { answersEnd } from './seals.ts'
import {
  credit,
  type Enrollment,
  type ServiceState,
  type TaskState,
  withEntry,
  withoutEntry,
} from './state.ts'
import type { Address } from './task.ts'

/**
 * Attention challenges, against the verifier's dilemma: where nobody cheats, nobody is paid for looking, and soon
 * nobody looks. Verifiers stake on a model, and each task's true result asks some of them, at random. Who is asked must
 * say so before the result is revealed, and only one who has computed it can know.
 *
 * Source: Felten, "Cheater checking: how attention challenges solve the verifier's dilemma" (Offchain Labs, 2019).
 */

/** What a verifier answers with, and what decides whether it is asked: keccak(task, verifier, last root). */
export const attentionHash = (task: Id, verifier: Address, root: StateRoot): Hash =>
  keccak(task, verifier, root)

/** One hash in `oneIn` asks its verifier. */
export const asks = (hash: Hash, { oneIn }: Attention): boolean => BigInt(hash) * BigInt(oneIn) < 1n << 256n

/** Where a verifier's stake on a model is kept. */
export const enrollmentId = (model: Id, verifier: Address): Id => keccak(model, verifier)

/** Where a verifier's answer to a task is kept. */
export const answerId = (task: Id, verifier: Address): Id => keccak(task, verifier)

/** A task's first seal, settled or not; undefined where nobody has sealed, or the fee has gone back. */
export const firstSealOf = (entry: TaskState): Seconds | undefined =>
  entry.kind === 'Answered' || entry.kind === 'Settled' ? entry.firstSealAt : undefined

/** A verifier puts a stake on its attention to a model. */
export const enroll = (
  state: ServiceState,
  { modelId: model }: Call & { kind: 'Enroll' },
  { sender: verifier, valueWei, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const { attention } = state.parameters
  if (attention === undefined) return reject('NoAttention', {})
  if (!state.models.has(model)) return reject('ModelUnknown', { modelId: model })
  if (valueWei !== attention.stakeWei)
    return reject('StakeMismatch', { expected: attention.stakeWei, given: valueWei })
  const id = enrollmentId(model, verifier)
  if (state.enrollments.has(id)) return reject('AlreadyEnrolled', { id })
  const enrollment: Enrollment = { model, verifier, since: now, retiredAt: undefined }
  return accept({
    state: {
      ...state,
      enrollments: withEntry(state.enrollments, id, enrollment),
      balanceWei: state.balanceWei + valueWei,
    },
    id,
  })
}

/** A verifier is asked no more; its stake stays until nothing that it was asked can be held against it any more. */
export const retire = (
  state: ServiceState,
  { modelId: model }: Call & { kind: 'Retire' },
  { sender, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const id = enrollmentId(model, sender)
  const entry = state.enrollments.get(id)
  if (entry === undefined) return reject('NotEnrolled', { id })
  if (entry.retiredAt !== undefined) return reject('AlreadyRetired', { id })
  const enrollments = withEntry(state.enrollments, id, { ...entry, retiredAt: now })
  return accept({ state: { ...state, enrollments }, id })
}

/** The last second in which a task whose first seal is of that second can be held against a verifier. */
const judgementEnd = (state: ServiceState, model: Id, firstSealAt: Seconds): Seconds =>
  firstSealAt + settlementSeconds(state.parameters, state.models.get(model)!.phases.length)

/** A retired verifier has its stake back. Anyone may say so, once. */
export const unstake = (
  state: ServiceState,
  { modelId: model, verifier }: Call & { kind: 'Unstake' },
  { now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const id = enrollmentId(model, verifier)
  const entry = state.enrollments.get(id)
  if (entry === undefined) return reject('NotEnrolled', { id })
  if (entry.retiredAt === undefined) return reject('NotRetired', { id })
  // ATTENTION-4: nobody takes its stake away from under a task that it was asked about.
  const last = judgementEnd(state, model, entry.retiredAt)
  if (now <= last) return reject('JudgementNotOver', { now, last })
  const enrollments = withoutEntry(state.enrollments, id)
  const { stakeWei } = state.parameters.attention!
  return accept({ state: credit({ ...state, enrollments }, verifier, stakeWei), id })
}

/** A verifier that is asked answers, before anything is revealed. */
export const attend = (
  state: ServiceState,
  { taskId, answer }: Call & { kind: 'Attend' },
  { sender, now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const { attention } = state.parameters
  const entry = state.tasks.get(taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: taskId })
  // ATTENTION-2: nobody can count the watchful before it has bound itself to a claim.
  const sealedAt = firstSealOf(entry)
  if (attention === undefined || sealedAt === undefined) return reject('TaskNotSealed', { id: taskId })
  // ATTENTION-3: once an answer could have been copied from a reveal it is none.
  const last = answersEnd(sealedAt, attention)
  if (now > last) return reject('AnswersOver', { now, last })
  if (!state.enrollments.has(enrollmentId(entry.task.modelId, sender)))
    return reject('NotEnrolled', { verifier: sender })
  if (!asks(answer, attention)) return reject('NotAsked', { answer })
  const id = answerId(taskId, sender)
  if (state.answers.has(id)) return reject('AnswerExists', { id })
  return accept({ state: { ...state, answers: withEntry(state.answers, id, answer) }, id })
}

/**
 * A verifier that was asked and did not answer, or answered otherwise, loses its stake: it is burned. Judged by the
 * claim that settled the task alone: a claim that was refuted, or is final behind another, says nothing of anybody.
 * Anyone may say so, once.
 */
export const slash = (
  state: ServiceState,
  { taskId, verifier }: Call & { kind: 'Slash' },
  { now }: Context,
): Result<{ state: ServiceState; id: Id }> => {
  const entry = state.tasks.get(taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: taskId })
  if (entry.kind !== 'Settled') return reject('TaskNotSettled', { id: taskId })
  const { task, firstSealAt } = entry
  if (firstSealAt === undefined) return reject('TaskNotSealed', { id: taskId })
  // ATTENTION-10: an open claim may settle its task while those who are asked may still answer.
  const answered = answersEnd(firstSealAt, state.parameters.attention!)
  if (now <= answered) return reject('AnswersNotOver', { now, last: answered })
  const last = judgementEnd(state, task.modelId, firstSealAt)
  if (now > last) return reject('JudgementOver', { now, last })
  const id = enrollmentId(task.modelId, verifier)
  const enrollment = state.enrollments.get(id)
  if (enrollment === undefined) return reject('NotEnrolled', { id })
  const { stakeWei } = state.parameters.attention!
  const hash = attentionHash(taskId, verifier, state.claims.get(entry.claim)!.claim.endRoot)
  if (!isWatching(enrollment, firstSealAt) || !asks(hash, state.parameters.attention!))
    return reject('NotAsked', { verifier })
  if (state.answers.get(answerId(taskId, verifier)) === hash) return reject('AnswerCorrect', { verifier })
  return accept({
    state: {
      ...state,
      enrollments: withoutEntry(state.enrollments, id),
      burnedWei: state.burnedWei + stakeWei,
    },
    id,
  })
}

/** Asked is who had staked before the task's first seal, and had not retired by then. */
const isWatching = ({ since, retiredAt }: Enrollment, firstSealAt: Seconds): boolean =>
  since < firstSealAt && (retiredAt === undefined || retiredAt >= firstSealAt)
