import { bigEndian } from '../commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../commitments/hash.ts'
import type { Seconds } from '../game/clocks.ts'
import { type Result, reject } from '../result.ts'
import { answersEnd, roundEnd, roundOf, roundStart } from '../setting/times.ts'
import { type Applied, changed } from './applied.ts'
import type { Call, Context } from './calls.ts'
import type { Draw, Enrollment, ServiceState } from './state.ts'
import { withEntry } from './state.ts'
import type { Address } from './task.ts'

/**
 * Attention is drawn in rounds of one answer time. Tasks of one model that are first sealed in a round stand side by
 * side, each as long as its attention part, and each verifier is held to the one that its draw falls on: it need work
 * on one task a round, whoever asks for how many. What decides the draw is the hash of a block behind the round, which
 * nobody knows while the round lasts: the block in which somebody says that the round is over. Whoever says so cannot
 * know it either, since a block does not know its own hash.
 */

/** Where the weights of a model's round are kept. */
export const roundWeightId = (model: Id, round: number): Id => keccak(model, bigEndian(round, 5))

/** ROUND-1: a task's first seal alone puts it among those that are drawn for, so that no later one moves it. */
export const enterRound = (state: ServiceState, taskId: Id, now: Seconds): ServiceState => {
  const entry = state.tasks.get(taskId)!
  if (state.parameters.attention === undefined || entry.kind !== 'Bound' || entry.draw !== undefined)
    return state
  const { modelId, attentionWei } = entry.task
  const round = roundOf(state.parameters, now)
  const id = roundWeightId(modelId, round)
  const weightStart = state.roundWeights.get(id) ?? 0n
  return {
    ...state,
    tasks: withEntry(state.tasks, taskId, { ...entry, draw: { round, weightStart } }),
    roundWeights: withEntry(state.roundWeights, id, weightStart + attentionWei),
  }
}

/** Somebody says that a round is over: the hash of this block, which nobody knows yet, is its randomness. */
export const closeRound = (
  state: ServiceState,
  { round }: Call & { kind: 'CloseRound' },
  { now, block }: Context,
): Result<Applied> => {
  const { parameters } = state
  if (parameters.attention === undefined) return reject('NoAttention')
  // ROUND-2: while it lasts, a task could still be put where its requester wants it.
  const [end, last] = [roundEnd(parameters, round), answersEnd(parameters, round)]
  if (now <= end) return reject('RoundNotOver', { last: end, time: now })
  if (now > last) return reject('AnswersOver', { last, time: now })
  // ROUND-3: once, so that nobody chooses among blocks.
  if (state.rounds.has(round)) return reject('RoundClosed', { round })
  if (block === undefined) return reject('BlockUnknown', { number: 0 })
  const closed = { closedIn: block.number, randomness: undefined }
  return changed({ ...state, rounds: withEntry(state.rounds, round, closed) }, undefined)
}

/** Somebody notes the hash of the block that closed a round, while the chain still knows it. */
export const recordRound = (
  state: ServiceState,
  { round }: Call & { kind: 'RecordRound' },
  { now, block }: Context,
): Result<Applied> => {
  const { parameters } = state
  if (parameters.attention === undefined) return reject('NoAttention')
  const entry = state.rounds.get(round)
  if (entry === undefined) return reject('RoundNotClosed', { round })
  if (entry.randomness !== undefined) return reject('RoundRecorded', { round })
  const last = answersEnd(parameters, round)
  if (now > last) return reject('AnswersOver', { last, time: now })
  const randomness = block?.hashes.get(entry.closedIn)
  if (randomness === undefined) return reject('BlockUnknown', { number: entry.closedIn })
  return changed({ ...state, rounds: withEntry(state.rounds, round, { ...entry, randomness }) }, undefined)
}

/** What decided a task's draw; undefined where nobody recorded it: then nobody is asked. */
export const randomnessOf = ({ rounds }: ServiceState, { round }: Draw): Hash | undefined =>
  rounds.get(round)?.randomness

/** Held to a round is who had staked before it began, and had not retired by then. */
export const isWatching = (
  { parameters }: ServiceState,
  { since, retiredAt }: Enrollment,
  { round }: Draw,
): boolean => {
  const start = roundStart(parameters, round)
  return since < start && (retiredAt === undefined || retiredAt >= start)
}

/** ROUND-4: which of a model's tasks in a round a verifier is held to follows from its account and the round's hash. */
export const isDrawn = (
  { roundWeights }: ServiceState,
  { model, attentionWei }: { readonly model: Id; readonly attentionWei: bigint },
  { round, weightStart }: Draw,
  verifier: Address,
  randomness: Hash,
): boolean => {
  const point = BigInt(keccak(verifier, randomness)) % roundWeights.get(roundWeightId(model, round))!
  return weightStart <= point && point < weightStart + attentionWei
}
