import { REQUESTER, START } from '../../checks/properties/alphabetGame.ts'
import { play } from '../../checks/properties/play.ts'
import { isExpired } from '../../game/clocks.ts'
import type { Rejection } from '../../rejection.ts'
import { applyCall } from '../../service/apply.ts'
import { enrollmentId } from '../../service/attention.ts'
import { type Call, callName } from '../../service/calls.ts'
import { revealEnd } from '../../service/seals.ts'
import { initialService, type ServiceState } from '../../service/state.ts'
import { lastOpenSecond } from '../../service/tasks.ts'
import { type Attempt, attemptsAt, callsByAnyone } from '../vectors/attempts.ts'
import { drawsFrom } from '../vectors/draws.ts'
import type { GameCase } from '../vectors/gameCase.ts'
import { gameCases } from '../vectors/gameCases.ts'
import { modelCases, programCases } from '../vectors/idVectors.ts'
import {
  claimLabel,
  disputeLabel,
  ENTITIES,
  type Entity,
  enrollmentLabel,
  type Label,
  labelsOf,
  NONE,
  sealLabel,
  taskLabel,
} from './labels.ts'

/** What a call meets: the entity that it is about, and whether its time is over. */
const metBy = (state: ServiceState, call: Call, { sender, now }: Attempt['context']): Label => {
  const late = (label: Label, isLate: boolean) => (isLate ? `${label}, time over` : label)
  switch (call.kind) {
    case 'RegisterProgram':
    case 'RegisterModel':
    case 'Request':
      return 'any'
    case 'Claim':
    case 'Seal': {
      const task = state.tasks.get(call.taskId)
      const takesClaims = task?.kind === 'Open' || task?.kind === 'Bound'
      return `task ${late(taskLabel(task), takesClaims && now > task.task.deadline)}`
    }
    case 'Expire': {
      const task = state.tasks.get(call.taskId)
      const last = task && lastOpenSecond(state, task)
      return `task ${late(taskLabel(task), last !== undefined && now > last)}`
    }
    case 'Open':
    case 'Finalize':
    case 'PassClaim':
    case 'Collect': {
      const claim = state.claims.get(call.claimId)
      return `claim ${late(claimLabel(claim), claim?.kind === 'Pending' && now > claim.windowEnd)}`
    }
    case 'Move':
    case 'Timeout':
    case 'Draw': {
      const dispute = state.disputes.get(call.disputeId)
      return `dispute ${late(disputeLabel(dispute), dispute?.kind === 'Running' && isExpired(dispute.clocks, now))}`
    }
    case 'Reveal':
    case 'Forfeit':
    case 'PassSeal': {
      const seal = state.seals.get(call.sealId)
      const isLate = seal?.kind === 'Sealed' && now > revealEnd(seal.sealedAt, state.parameters)
      return `seal ${late(sealLabel(seal), isLate)}`
    }
    case 'Enroll':
    case 'Retire':
      return `enrollment ${enrollmentLabel(state.enrollments.get(enrollmentId(call.modelId, sender)))}`
    case 'Unstake':
      return `enrollment ${enrollmentLabel(state.enrollments.get(enrollmentId(call.modelId, call.verifier)))}`
    case 'CloseRound':
    case 'RecordRound': {
      const round = state.rounds.get(call.round)
      if (round === undefined) return 'round none'
      return round.randomness === undefined ? 'round Closed' : 'round Recorded'
    }
    case 'Attend':
    case 'Reward':
    case 'Slash':
    case 'Notify':
      return `task ${taskLabel(state.tasks.get(call.taskId))}`
    case 'Delegate':
      return 'any'
    case 'Withdraw':
      return (state.credits.get(sender) ?? 0n) > 0n ? 'credit' : 'no credit'
  }
}

/** An entity that a call took from one state to another. */
export interface Transition {
  readonly entity: Entity
  readonly from: Label
  readonly to: Label
}

export interface Observation {
  readonly call: string
  readonly met: Label
  readonly rejection: Rejection['reason'] | undefined
  /** Of an accepted call. */
  readonly transitions: readonly Transition[]
}

const transitionsOf = (before: ServiceState, after: ServiceState): readonly Transition[] => {
  const [from, to] = [labelsOf(before), labelsOf(after)]
  return ENTITIES.flatMap((entity) =>
    [...new Set([...from[entity].keys(), ...to[entity].keys()])]
      .map((id) => ({ entity, from: from[entity].get(id) ?? NONE, to: to[entity].get(id) ?? NONE }))
      .filter((transition) => transition.from !== transition.to),
  )
}

const observe = (state: ServiceState, { call, context }: Attempt): Observation => {
  const result = applyCall(state, call, context)
  return {
    call: callName(call),
    met: metBy(state, call, context),
    rejection: result.ok ? undefined : result.rejection.reason,
    transitions: result.ok ? transitionsOf(state, result.value.state) : [],
  }
}

const observeGame = ({ start, task, players, traces }: GameCase): readonly Observation[] => {
  const observations: Observation[] = []
  const earlier: Attempt[] = []
  play(start, START, task, players, ({ intent, context, before }) => {
    const accepted = { call: intent.call, context }
    earlier.push(accepted)
    const again = earlier.map(({ call, context: then }) => ({ call, context: { ...then, now: context.now } }))
    const attempts = [
      ...again,
      ...attemptsAt(before, intent.call, context, traces),
      ...callsByAnyone(before, context.now),
    ]
    observations.push(...attempts.map((attempt) => observe(before, attempt)))
  })
  return observations
}

/** Programs and models, good and bad, in an order in which some are known and some not yet, and all of them twice. */
const observeRegistry = (start: ServiceState): readonly Observation[] => {
  const draws = drawsFrom(7)
  const programs = programCases(draws).map((program): Call => ({ kind: 'RegisterProgram', program }))
  const models = modelCases(draws).map((model): Call => ({ kind: 'RegisterModel', model }))
  const observations: Observation[] = []
  let state = start
  for (const call of [...models, ...programs, ...programs, ...models, ...models]) {
    const context = { sender: REQUESTER, valueWei: 0n, now: START }
    observations.push(
      observe(state, { call, context }),
      observe(state, { call, context: { ...context, valueWei: 1n } }),
    )
    const result = applyCall(state, call, context)
    if (result.ok) state = result.value.state
  }
  return observations
}

/**
 * What the service does, seen from outside: games are played, and in each of their states every kind of call is tried,
 * those that are accepted, others like them, and all earlier ones again. What is written down is the rules as they
 * are, not as somebody drew them.
 */
export const observations = (): readonly Observation[] => {
  const games = gameCases()
  const { parameters } = games[0]!.start
  return [
    ...observeRegistry(initialService(parameters)),
    // Where no dispute may have more than its opening and a move.
    ...observeRegistry(initialService({ ...parameters, mostMoves: 2 })),
    ...games.flatMap(observeGame),
  ]
}
