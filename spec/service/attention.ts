import { type Hash, type Id, keccak, type StateRoot } from '../commitments/hash.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Attention, Wei } from '../setting/parameters.ts'
import { answersEnd, judgementEnd, roundOf } from '../setting/times.ts'
import { type Applied, changed } from './applied.ts'
import type { Call, Context } from './calls.ts'
import { isDrawn, isWatching, randomnessOf } from './rounds.ts'
import {
  credit,
  type Draw,
  type Enrollment,
  type ServiceState,
  type TaskState,
  withEntry,
  withoutEntry,
} from './state.ts'
import type { Address, Task } from './task.ts'

/**
 * Attention challenges, against the verifier's dilemma: where nobody cheats, nobody is paid for looking, and soon
 * nobody looks. Verifiers stake on a model, and each task's true result asks some of them, at random. Who is asked must
 * say so before the result is revealed, and only one who has computed it can know.
 *
 * Source: Felten, "Cheater checking: how attention challenges solve the verifier's dilemma" (Offchain Labs, 2019).
 */

/** What a verifier answers with, and what decides whether it is asked: keccak(task, verifier, last root, randomness). */
export const attentionHash = (task: Id, verifier: Address, root: StateRoot, randomness: Hash): Hash =>
  keccak(task, verifier, root, randomness)

/** One hash in `oneIn` asks its verifier. 0 and 1 ask nobody: on the chain they stand for no answer, and for one that is paid. */
export const asks = (hash: Hash, { oneIn }: Pick<Attention, 'oneIn'>): boolean =>
  BigInt(hash) > 1n && BigInt(hash) * BigInt(oneIn) < 1n << 256n

/** Where a verifier's stake on a model is kept. */
export const enrollmentId = (model: Id, verifier: Address): Id => keccak(model, verifier)

/** Where a verifier's answer to a task is kept. */
export const answerId = (task: Id, verifier: Address): Id => keccak(task, verifier)

/** Where a task stands among those that are drawn for; undefined where it does not, or the fee has gone back. */
export const drawOf = (entry: TaskState): Draw | undefined =>
  entry.kind === 'Bound' || entry.kind === 'Settled' ? entry.draw : undefined

/** A verifier puts a stake on its attention to a model. */
export const enroll = (
  state: ServiceState,
  { modelId: model }: Call & { kind: 'Enroll' },
  { sender: verifier, valueWei, now }: Context,
): Result<Applied> => {
  const { attention } = state.parameters
  if (attention === undefined) return reject('NoAttention')
  if (!state.models.has(model)) return reject('ModelUnknown', { id: model })
  if (valueWei !== attention.stakeWei)
    return reject('StakeMismatch', { expected: attention.stakeWei, given: valueWei })
  const id = enrollmentId(model, verifier)
  if (state.enrollments.has(id)) return reject('AlreadyEnrolled', { id })
  const enrollment: Enrollment = { model, verifier, since: now, retiredAt: undefined }
  const enrollments = withEntry(state.enrollments, id, enrollment)
  return changed({ ...state, enrollments, balanceWei: state.balanceWei + valueWei }, id)
}

/** A verifier is held to no later round; its stake stays until nothing can be held against it any more. */
export const retire = (
  state: ServiceState,
  { modelId: model }: Call & { kind: 'Retire' },
  { sender, now }: Context,
): Result<Applied> => {
  const id = enrollmentId(model, sender)
  const entry = state.enrollments.get(id)
  if (entry === undefined) return reject('NotEnrolled', { id })
  if (entry.retiredAt !== undefined) return reject('AlreadyRetired', { id })
  const enrollments = withEntry(state.enrollments, id, { ...entry, retiredAt: now })
  return changed({ ...state, enrollments }, id)
}

/** The last second in which a task of that round can be held against a verifier. */
const lastJudgement = (state: ServiceState, model: Id, round: number) =>
  judgementEnd(state.parameters, state.models.get(model)!.phases.length, round)

/** A retired verifier has its stake back. Anyone may say so, once. */
export const unstake = (
  state: ServiceState,
  { modelId: model, verifier }: Call & { kind: 'Unstake' },
  { now }: Context,
): Result<Applied> => {
  const id = enrollmentId(model, verifier)
  const entry = state.enrollments.get(id)
  if (entry === undefined) return reject('NotEnrolled', { id })
  if (entry.retiredAt === undefined) return reject('NotRetired', { id })
  // ATTENTION-4: nobody takes its stake away from under a task that it is held to.
  const last = lastJudgement(state, model, roundOf(state.parameters, entry.retiredAt))
  if (now <= last) return reject('JudgementNotOver', { last, time: now })
  const enrollments = withoutEntry(state.enrollments, id)
  return changed(credit({ ...state, enrollments }, verifier, state.parameters.attention!.stakeWei), id)
}

/** A verifier that is asked answers, before anything is revealed. */
export const attend = (
  state: ServiceState,
  { taskId, answer: hash }: Call & { kind: 'Attend' },
  { sender: verifier, now }: Context,
): Result<Applied> => {
  const { parameters } = state
  const entry = state.tasks.get(taskId)
  if (entry === undefined) return reject('TaskUnknown', { id: taskId })
  const draw = drawOf(entry)
  if (draw === undefined) return reject('TaskNotSealed', { id: taskId })
  // ATTENTION-3: once an answer could have been copied from a reveal it is none.
  const last = answersEnd(parameters, draw.round)
  if (now > last) return reject('AnswersOver', { last, time: now })
  // ROUND-5: nobody is asked before it is drawn who is.
  const randomness = randomnessOf(state, draw)
  if (randomness === undefined) return reject('RoundNotRecorded', { round: draw.round })
  const enrolled = enrollmentId(entry.task.modelId, verifier)
  const enrollment = state.enrollments.get(enrolled)
  if (enrollment === undefined) return reject('NotEnrolled', { id: enrolled })
  if (!isHeld(state, enrollment, entry.task, draw, randomness) || !asks(hash, parameters.attention!))
    return reject('NotAsked', { verifier })
  const id = answerId(taskId, verifier)
  if (state.answers.has(id)) return reject('AnswerExists', { id })
  const answers = withEntry(state.answers, id, { task: taskId, verifier, hash, isPaid: false })
  return changed({ ...state, answers }, id)
}

/** Whether a verifier was watching when the round began, and is drawn for this task of it. */
const isHeld = (
  state: ServiceState,
  enrollment: Enrollment,
  { attentionWei }: Task,
  draw: Draw,
  randomness: Hash,
): boolean => {
  const { model, verifier } = enrollment
  return (
    isWatching(state, enrollment, draw) && isDrawn(state, { model, attentionWei }, draw, verifier, randomness)
  )
}

// --- Once the task is settled ------------------------------------------------------------------------------------

type Settled = TaskState & { readonly kind: 'Settled' }

/** ATTENTION-6: the claim that settled a task alone says what a right answer is. */
const rightAnswer = (state: ServiceState, id: Id, entry: Settled, verifier: Address): Hash | undefined => {
  const randomness = entry.draw && randomnessOf(state, entry.draw)
  const { endRoot } = state.claims.get(entry.claim)!.claim
  return randomness && attentionHash(id, verifier, endRoot, randomness)
}

/**
 * What each right answer to a task earns: a fixed sum or, where the task's part does not suffice for all who answered,
 * an equal part of it. A wrong answer counts, and costs its verifier the stake.
 */
export const payOf = ({ parameters, answers }: ServiceState, id: Id, { attentionWei }: Task): Wei => {
  const count = [...answers.values()].filter(({ task }) => task === id).length
  const { payWei } = parameters.attention!
  if (count === 0) return 0n
  const part = attentionWei / BigInt(count)
  return part < payWei ? part : payWei
}

/** ATTENTION-7: what nobody earns of a task's attention part is burned. */
export const settleAttention = (state: ServiceState, id: Id): ServiceState => {
  const entry = state.tasks.get(id)!
  if (entry.kind !== 'Settled' || state.parameters.attention === undefined) return state
  const right = [...state.answers.values()].filter(
    ({ task, verifier, hash }) => task === id && hash === rightAnswer(state, id, entry, verifier),
  )
  const earned = BigInt(right.length) * payOf(state, id, entry.task)
  return { ...state, burnedWei: state.burnedWei + entry.task.attentionWei - earned }
}

/** A verifier that answered right is paid. Anyone may say so, once. */
export const reward = (
  state: ServiceState,
  { taskId, verifier }: Call & { kind: 'Reward' },
): Result<Applied> => {
  const found = settledTask(state, taskId)
  if (!found.ok) return found
  const id = answerId(taskId, verifier)
  const answer = state.answers.get(id)
  if (answer === undefined) return reject('AnswerUnknown', { id })
  if (answer.isPaid) return reject('AnswerPaid', { id })
  if (answer.hash !== rightAnswer(state, taskId, found.value, verifier)) return reject('AnswerWrong', { id })
  const answers = withEntry(state.answers, id, { ...answer, isPaid: true })
  return changed(credit({ ...state, answers }, verifier, payOf(state, taskId, found.value.task)), id)
}

const settledTask = (state: ServiceState, id: Id): Result<Settled> => {
  const entry = state.tasks.get(id)
  if (entry === undefined) return reject('TaskUnknown', { id })
  return entry.kind === 'Settled' ? accept(entry) : reject('TaskNotSettled', { id })
}

/**
 * A verifier that was asked and did not answer, or that answered otherwise, asked or not, loses its stake: it is
 * burned. A claim that was refuted, or is final behind another, says nothing of anybody. Anyone may say so, once.
 */
export const slash = (
  state: ServiceState,
  { taskId, verifier }: Call & { kind: 'Slash' },
  { now }: Context,
): Result<Applied> => {
  const found = settledTask(state, taskId)
  if (!found.ok) return found
  const { task, draw } = found.value
  if (draw === undefined) return reject('TaskNotSealed', { id: taskId })
  const last = lastJudgement(state, task.modelId, draw.round)
  if (now > last) return reject('JudgementOver', { last, time: now })
  const randomness = randomnessOf(state, draw)
  if (randomness === undefined) return reject('RoundNotRecorded', { round: draw.round })
  const id = enrollmentId(task.modelId, verifier)
  const enrollment = state.enrollments.get(id)
  if (enrollment === undefined) return reject('NotEnrolled', { id })
  const { attention } = state.parameters
  const right = rightAnswer(state, taskId, found.value, verifier)!
  const answer = state.answers.get(answerId(taskId, verifier))
  if (answer?.hash === right) return reject('AnswerCorrect', { id: answerId(taskId, verifier) })
  const isAsked = isHeld(state, enrollment, task, draw, randomness) && asks(right, attention!)
  const hasAnswered = isWatching(state, enrollment, draw) && answer !== undefined
  if (!isAsked && !hasAnswered) return reject('NotAsked', { verifier })
  const enrollments = withoutEntry(state.enrollments, id)
  return changed({ ...state, enrollments, burnedWei: state.burnedWei + attention!.stakeWei }, id)
}
