import { START } from '../../checks/properties/alphabetGame.ts'
import { play, type Step } from '../../checks/properties/play.ts'
import { positionHash } from '../../game/position.ts'
import { applyCall } from '../../service/apply.ts'
import type { Call, Context } from '../../service/calls.ts'
import type { ClaimState, DisputeState, ServiceState, TaskState } from '../../service/state.ts'
import { stateHash } from '../../service/stateHash.ts'
import { type Attempt, attemptsAt, callsByAnyone, type Traces } from './attempts.ts'
import { type Draws, drawsFrom } from './draws.ts'
import type { GameCase } from './gameCase.ts'
import { gameCases } from './gameCases.ts'
import type { VectorFile } from './json.ts'

/** Whole games, from request to withdrawal, with calls between that are refused. */
const REFUSED_PER_CALL = 5

const refusedAt = (
  state: ServiceState,
  { call, context }: Attempt,
  traces: Traces | undefined,
  draws: Draws,
) => {
  const all = [...attemptsAt(state, call, context, traces), ...callsByAnyone(state, context.now)].flatMap(
    (attempt) => {
      const result = applyCall(state, attempt.call, attempt.context)
      return result.ok ? [] : [{ ...attempt, rejection: result.rejection }]
    },
  )
  // Reasons are drawn before calls, so that the many ways to damage a witness do not crowd out the rest.
  const reasons = [...new Set(all.map(({ rejection }) => rejection.reason))]
  return Array.from({ length: Math.min(REFUSED_PER_CALL, reasons.length) }, () => {
    const [reason] = reasons.splice(draws.below(reasons.length), 1)
    return draws.pick(all.filter(({ rejection }) => rejection.reason === reason))
  })
}

const disputeVector = (dispute: DisputeState) =>
  dispute.kind === 'Running'
    ? {
        kind: dispute.kind,
        position: dispute.position,
        positionHash: positionHash(dispute.position),
        clocks: dispute.clocks,
        moves: dispute.moves,
        weight: dispute.weight,
      }
    : dispute.kind === 'Decided'
      ? { kind: dispute.kind, winner: dispute.winner, by: dispute.by, moves: dispute.moves }
      : { kind: dispute.kind, moves: dispute.moves }

const taskVector = (entry: TaskState) => {
  if (entry.kind === 'Open' || entry.kind === 'Expired') return { kind: entry.kind }
  const { task: _, draw, ...bound } = entry
  return { ...bound, ...(draw === undefined ? {} : { draw }) }
}

const claimVector = (entry: ClaimState) => {
  const { claim: _, ...kept } = entry
  return kept
}

/** What a call changed, by id. */
const changes = (before: ServiceState, after: ServiceState) => {
  const changed = <Key, Value>(
    from: ReadonlyMap<Key, Value>,
    to: ReadonlyMap<Key, Value>,
    write: (value: Value) => unknown,
  ) =>
    Object.fromEntries(
      [...to].filter(([key, value]) => from.get(key) !== value).map(([key, value]) => [key, write(value)]),
    )
  return {
    tasks: changed(before.tasks, after.tasks, taskVector),
    claims: changed(before.claims, after.claims, claimVector),
    disputes: changed(before.disputes, after.disputes, disputeVector),
    // Absent where nothing changed, as in most games.
    ...(before.seals === after.seals
      ? {}
      : { seals: changed(before.seals, after.seals, ({ kind, number }) => ({ kind, number })) }),
    ...(before.enrollments === after.enrollments
      ? {}
      : {
          enrollments: changed(before.enrollments, after.enrollments, ({ since, retiredAt }) => ({
            since,
            retiredAt: retiredAt ?? null,
          })),
          unstaked: [...before.enrollments.keys()].filter((id) => !after.enrollments.has(id)),
        }),
    ...(before.answers === after.answers
      ? {}
      : {
          answers: changed(before.answers, after.answers, ({ hash, isPaid }) => ({ hash, isPaid })),
        }),
    ...(before.rounds === after.rounds
      ? {}
      : {
          rounds: changed(before.rounds, after.rounds, ({ closedIn, randomness }) => ({
            closedIn,
            randomness: randomness ?? null,
          })),
        }),
    ...(before.delegates === after.delegates
      ? {}
      : { delegates: changed(before.delegates, after.delegates, (to) => to) }),
    credits: changed(before.credits, after.credits, (wei) => wei),
  }
}

/** Who calls, with what value, and when; the block matters to calls about rounds alone. */
const contextVector = (call: Call, { block, ...context }: Context) => ({
  ...context,
  ...(block !== undefined && 'round' in call
    ? { block: { number: block.number, hashes: Object.fromEntries(block.hashes) } }
    : {}),
})

const stepVectors = (
  { intent, context, before, applied }: Step,
  traces: Traces | undefined,
  draws: Draws,
): readonly unknown[] => {
  const accepted = { call: intent.call, context }
  return [
    ...refusedAt(before, accepted, traces, draws).map(({ call, context: given, rejection }) => ({
      call,
      context: contextVector(call, given),
      rejection: rejection.reason,
      details: rejection.details,
      stateHash: stateHash(before),
    })),
    {
      call: intent.call,
      context: contextVector(intent.call, context),
      id: applied.id,
      paidWei: applied.paidWei,
      changes: changes(before, applied.state),
      burnedWei: applied.state.burnedWei,
      balanceWei: applied.state.balanceWei,
      stateHash: stateHash(applied.state),
    },
  ]
}

export const gameVector = (game: GameCase, draws: Draws) => {
  const { name, tower, model, modelId, start, task, players, traces } = game
  const calls: unknown[] = []
  const end = play(start, START, task, players, (step) => calls.push(...stepVectors(step, traces, draws)))
  return {
    name,
    ...(tower ? { tower } : { model }),
    modelId,
    parameters: start.parameters,
    task,
    startHash: stateHash(start),
    calls,
    endHash: stateHash(end),
  }
}

export const gameVectors = (): VectorFile => {
  const draws = drawsFrom(6)
  return {
    about:
      'Whole games: spec/service, spec/game. Each call stands with who sends it, its value and its time; one with a rejection is refused, with the values that disagree as details, and changes nothing; another is accepted and changes what it says. stateHash is that of the state after the call. A game on a tower starts with that tower registered as modelId, one on a model with its program and the model registered.',
    games: gameCases().map((game) => gameVector(game, draws)),
  }
}
