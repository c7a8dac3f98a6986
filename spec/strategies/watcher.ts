import type { Id, StateRoot } from '../commitments/hash.ts'
import { answerId, asks, attentionHash, enrollmentId, firstSealOf } from '../service/attention.ts'
import { answersEnd } from '../service/seals.ts'
import type { Address } from '../service/task.ts'
import type { Intent, View } from './parties.ts'

/** A verifier that has staked on its attention to a model. */
export interface Watcher {
  readonly address: Address
  readonly task: Id
  /** What it has computed to be the last state of the task's run; undefined where it has not looked. */
  readonly endRoot: StateRoot | undefined
}

/** A watcher runs the model, and answers where the result asks it. */
export const watcherActs = ({ state, now }: View, self: Watcher): Intent | undefined => {
  const { attention } = state.parameters
  const entry = state.tasks.get(self.task)
  const sealedAt = entry && firstSealOf(entry)
  if (attention === undefined || entry === undefined || sealedAt === undefined) return undefined
  if (self.endRoot === undefined || now > answersEnd(sealedAt, attention)) return undefined
  const isEnrolled = state.enrollments.has(enrollmentId(entry.task.modelId, self.address))
  if (!isEnrolled || state.answers.has(answerId(self.task, self.address))) return undefined
  const answer = attentionHash(self.task, self.address, self.endRoot)
  return asks(answer, attention)
    ? { call: { kind: 'Attend', taskId: self.task, answer }, valueWei: 0n }
    : undefined
}
