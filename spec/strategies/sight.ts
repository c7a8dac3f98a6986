import type { Id } from '../commitments/hash.ts'
import { deadline, type Seconds } from '../game/clocks.ts'
import { drawOf } from '../service/attention.ts'
import type { Call } from '../service/calls.ts'
import { closedUntil, revealEnd } from '../service/seals.ts'
import type { ClaimState, RunningDispute, SealState, ServiceState } from '../service/state.ts'
import { lastOpenSecond } from '../service/tasks.ts'
import type { Wei } from '../setting/parameters.ts'
import { answersEnd, roundEnd } from '../setting/times.ts'

/** What a party sees of the chain. */
export interface View {
  readonly state: ServiceState
  /** Time of the block that a call sent now would stand in. */
  readonly now: Seconds
  /** Its number; absent where nobody counts blocks. */
  readonly block?: number | undefined
}

export interface Intent {
  readonly call: Call
  readonly valueWei: Wei
}

/** Something that a party has to do, and the last second for it. */
export interface Duty {
  readonly intent: Intent
  readonly by: Seconds
}

/** The last second of what can be done at any time. */
export const NO_HURRY: Seconds = Number.POSITIVE_INFINITY

/** The intent with the nearest last second; of several, the first. */
export const mostUrgent = (duties: readonly Duty[]): Intent | undefined =>
  duties.reduce<Duty | undefined>(
    (first, duty) => (first === undefined || duty.by < first.by ? duty : first),
    undefined,
  )?.intent

/** A call that carries nothing. */
export const free = (call: Call): Intent => ({ call, valueWei: 0n })

type Pending = ClaimState & { readonly kind: 'Pending' }

/** The claims on a task, settled or not, that can still become final or fall. */
export const pendingClaims = (state: ServiceState, task: Id): readonly { id: Id; entry: Pending }[] =>
  [...state.claims].flatMap(([id, entry]) =>
    entry.kind === 'Pending' && entry.claim.taskId === task ? [{ id, entry }] : [],
  )

/** The disputes about any claim on a task that have no verdict yet, void ones among them. */
export const openDisputes = (state: ServiceState, task: Id): readonly { id: Id; dispute: RunningDispute }[] =>
  [...state.disputes].flatMap(([id, dispute]) =>
    dispute.kind === 'Running' && state.claims.get(dispute.claim)!.claim.taskId === task
      ? [{ id, dispute }]
      : [],
  )

/** Whether a dispute's claim has fallen in another one. */
export const isVoid = (state: ServiceState, { claim }: RunningDispute): boolean =>
  state.claims.get(claim)!.kind === 'Refuted'

/** The seals on a task that are not revealed, with the last seconds before and for that. */
export const openSeals = (
  { seals, parameters }: ServiceState,
  task: Id,
): readonly { id: Id; entry: SealState & { kind: 'Sealed' }; closed: Seconds; end: Seconds }[] =>
  [...seals].flatMap(([id, entry]) =>
    entry.kind === 'Sealed' && entry.seal.taskId === task
      ? [
          {
            id,
            entry,
            closed: closedUntil(entry.sealedAt, parameters),
            end: revealEnd(entry.sealedAt, parameters),
          },
        ]
      : [],
  )

/** The next second at which a call becomes possible that is not possible now; undefined where none is to come. */
export const nextDeadline = ({ state, now }: View, task: Id): Seconds | undefined => {
  const entry = state.tasks.get(task)
  const last = entry && lastOpenSecond(state, entry)
  const draw = entry && drawOf(entry)
  const deadlines = [
    ...(last === undefined ? [] : [last]),
    ...(draw === undefined
      ? []
      : [roundEnd(state.parameters, draw.round), answersEnd(state.parameters, draw.round)]),
    ...openDisputes(state, task).flatMap(({ dispute }) =>
      isVoid(state, dispute) ? [] : [deadline(dispute.clocks)],
    ),
    ...pendingClaims(state, task).map(({ entry: { windowEnd } }) => windowEnd),
    ...openSeals(state, task).flatMap(({ closed, end }) => [closed, end]),
  ].filter((second) => second >= now)
  return deadlines.length === 0 ? undefined : Math.min(...deadlines) + 1
}
