import type { Hash, Id, StateRoot } from '../commitments/hash.ts'
import { answerId, asks, attentionHash, drawOf, enrollmentId } from '../service/attention.ts'
import { isDrawn, isWatching } from '../service/rounds.ts'
import type { Draw, ServiceState } from '../service/state.ts'
import type { Address, Task } from '../service/task.ts'
import { answersEnd, roundEnd } from '../setting/times.ts'
import { free, type Intent, type View } from './sight.ts'

/** A verifier that has staked on its attention to a model. */
export interface Watcher {
  readonly address: Address
  readonly task: Id
  /** What it has computed to be the last state of the task's run; undefined where it has not looked. */
  readonly endRoot: StateRoot | undefined
}

/**
 * A watcher sees to it that a task's round is closed and recorded, runs the model where the draw holds it to the task,
 * answers where the result asks it, and is paid once the task is settled.
 */
export const watcherActs = (view: View, self: Watcher): Intent | undefined => {
  const { state, now } = view
  const { parameters } = state
  const entry = state.tasks.get(self.task)
  const draw = entry && drawOf(entry)
  if (entry === undefined || draw === undefined) return undefined
  const randomness = state.rounds.get(draw.round)?.randomness
  if (entry.kind === 'Settled') return randomness && reward(state, self, entry.claim, randomness)
  const isTime = now > roundEnd(parameters, draw.round) && now <= answersEnd(parameters, draw.round)
  if (!isTime) return undefined
  return randomness === undefined
    ? recording(view, draw)
    : attention(state, self, entry.task, draw, randomness)
}

/** The block that closes a round is known only behind it. */
const recording = ({ state, block }: View, { round }: Draw): Intent | undefined => {
  if (block === undefined) return undefined
  const closed = state.rounds.get(round)
  if (closed === undefined) return free({ kind: 'CloseRound', round })
  return block > closed.closedIn ? free({ kind: 'RecordRound', round }) : undefined
}

const attention = (
  state: ServiceState,
  { address, task: id, endRoot }: Watcher,
  { modelId, attentionWei }: Task,
  draw: Draw,
  randomness: Hash,
): Intent | undefined => {
  const enrollment = state.enrollments.get(enrollmentId(modelId, address))
  if (endRoot === undefined || enrollment === undefined || !isWatching(state, enrollment, draw))
    return undefined
  if (!isDrawn(state, { model: modelId, attentionWei }, draw, address, randomness)) return undefined
  const answer = attentionHash(id, address, endRoot, randomness)
  return asks(answer, state.parameters.attention!) && !state.answers.has(answerId(id, address))
    ? free({ kind: 'Attend', taskId: id, answer })
    : undefined
}

const reward = (
  { answers, claims }: ServiceState,
  { address, task }: Watcher,
  settling: Id,
  randomness: Hash,
): Intent | undefined => {
  const answer = answers.get(answerId(task, address))
  const right = attentionHash(task, address, claims.get(settling)!.claim.endRoot, randomness)
  return answer?.hash === right && !answer.isPaid
    ? free({ kind: 'Reward', taskId: task, verifier: address })
    : undefined
}
