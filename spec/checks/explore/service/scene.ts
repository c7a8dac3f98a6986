import { deadline, type Seconds } from '../../../game/clocks.ts'
import type { Applied } from '../../../service/applied.ts'
import { applyCall } from '../../../service/apply.ts'
import { drawOf } from '../../../service/attention.ts'
import { revealEnd } from '../../../service/seals.ts'
import type { ServiceState } from '../../../service/state.ts'
import type { Address } from '../../../service/task.ts'
import { lastOpenSecond } from '../../../service/tasks.ts'
import type { Setting } from '../../../setting/setting.ts'
import { answersEnd, judgementEnd, roundOf } from '../../../setting/times.ts'
import {
  type Attempt,
  anyonesAttempts,
  attemptsOf,
  blockAt,
  dutyOf,
  outputAttempts,
  type Role,
} from './cast.ts'
import { accountOf, FEE, REQUESTER, START, STRANGER, setTable, type Table } from './table.ts'

/** One task of the service, or two side by side, to be explored: who plays, and who of them is honest. */
export interface ServiceInstance {
  readonly name: string
  readonly setting: Setting
  readonly cast: readonly Role[]
  readonly tasks?: 2
  /** For how long claims are taken, from the request on; 1 where it is not said. */
  readonly claimableSeconds?: Seconds
  /** A model for each of two tasks. */
  readonly models?: 2
  /** Whether whoever is not honest may let a stranger move for it, at any time. */
  readonly delegates?: true
  /** Whether a stranger may bring outputs, right and wrong ones. */
  readonly callbacks?: true
  /** Whether whoever has credit may withdraw it at any time; else nobody ever does. */
  readonly withdrawals?: true
  /** Past the assumptions: whoever is honest may also be late. */
  readonly mayBeLate?: true
}

export interface Scene {
  readonly instance: ServiceInstance
  readonly table: Table
  /** The tasks are requested, and every watcher has enrolled before. */
  readonly start: ServiceState
  readonly honest: ReadonlySet<Address>
}

/** Somebody's call at a second. */
export const send = (state: ServiceState, { sender, call, valueWei }: Attempt, now: Seconds) =>
  applyCall(state, call, { sender, valueWei, now, block: blockAt(state, now) })

/** Makes a call that the scene itself depends on. */
const must = (state: ServiceState, attempt: Attempt, now: Seconds): Applied => {
  const result = send(state, attempt, now)
  if (!result.ok) throw new Error(`${attempt.call.kind}: ${result.rejection.reason}`)
  return result.value
}

export const sceneOf = (instance: ServiceInstance): Scene => {
  const { setting, cast, tasks = 1, models = 1, claimableSeconds = 1 } = instance
  const table = setTable(setting.parameters, tasks, models, claimableSeconds)
  const { attention } = setting.parameters
  const enrolled = cast
    .filter(({ role }) => role === 'watcher')
    .flatMap(({ name }) => table.models.map((modelId) => ({ sender: accountOf(name), modelId })))
    .reduce((state, { sender, modelId }) => {
      const call = { kind: 'Enroll', modelId } as const
      return must(state, { sender, call, valueWei: attention!.stakeWei }, START - 1).state
    }, table.registered)
  const delegated = cast
    .filter(({ delegates }) => delegates)
    .reduce((state, { name }) => {
      const call = { kind: 'Delegate', to: STRANGER } as const
      return must(state, { sender: accountOf(name), call, valueWei: 0n }, START - 1).state
    }, enrolled)
  return {
    instance,
    table,
    start: table.requests.reduce(
      (state, { request }) => must(state, { sender: REQUESTER, call: request, valueWei: FEE }, START).state,
      delegated,
    ),
    honest: new Set(cast.filter(({ honest }) => honest).map(({ name }) => accountOf(name))),
  }
}

/** Whether anybody sees what an honest server says: in a claim, or in a call that is on its way into a block. */
const isShown = (honest: Scene['honest'], { claims }: ServiceState, duties: readonly Attempt[]): boolean =>
  duties.some(({ call }) => call.kind === 'Claim' || call.kind === 'Reveal') ||
  [...claims.values()].some(({ claim }) => honest.has(claim.server))

/** Whatever anybody could send: the honest what their strategy says, everybody else anything that it knows. */
export const attempts = (
  { instance, table, honest }: Scene,
  state: ServiceState,
  now: Seconds,
  moved: number,
): readonly Attempt[] => {
  const duties = instance.cast
    .filter((role) => role.honest)
    .flatMap((role) => dutyOf(table, state, now, role, moved) ?? [])
  const others = instance.cast.filter((role) => !role.honest)
  const knows = (role: Role): boolean =>
    role.role !== 'server' || !role.copies || isShown(honest, state, duties)
  return [
    ...duties,
    ...others.filter(knows).flatMap((role) => attemptsOf(table, state, role)),
    ...anyonesAttempts(table, state, STRANGER).filter(
      ({ sender, call }) => call.kind !== 'Move' || !honest.has(sender),
    ),
    ...(instance.delegates
      ? others
          .filter(({ role }) => role !== 'watcher')
          .map(({ name }) => ({
            sender: accountOf(name),
            call: { kind: 'Delegate', to: STRANGER } as const,
            valueWei: 0n,
          }))
      : []),
    ...(instance.callbacks ? outputAttempts(table, STRANGER) : []),
    ...(instance.withdrawals
      ? [...state.credits.keys()].map((sender) => ({
          sender,
          call: { kind: 'Withdraw' } as const,
          valueWei: 0n,
        }))
      : []),
  ]
}

/** The last second in which anything is still to become possible or impossible. */
export const lastSecond = (_: Scene, state: ServiceState): Seconds => {
  const { parameters } = state
  const ends = [
    ...[...state.tasks.values()].flatMap((task) => {
      const draw = drawOf(task)
      const judged = task.kind === 'Settled' && state.enrollments.size > 0
      return [
        lastOpenSecond(state, task) ?? 0,
        ...(draw === undefined ? [] : [answersEnd(parameters, draw.round)]),
        ...(draw !== undefined && judged ? [judgementEnd(parameters, 1, draw.round)] : []),
      ]
    }),
    ...[...state.claims.values()].map((claim) => (claim.kind === 'Pending' ? claim.windowEnd : 0)),
    ...[...state.disputes.values()].map((dispute) =>
      dispute.kind === 'Running' && state.claims.get(dispute.claim)!.kind === 'Pending'
        ? deadline(dispute.clocks)
        : 0,
    ),
    ...[...state.seals.values()].map((seal) =>
      seal.kind === 'Sealed' ? revealEnd(seal.sealedAt, parameters) : 0,
    ),
    ...[...state.enrollments.values()].map(({ retiredAt }) =>
      retiredAt === undefined ? 0 : judgementEnd(parameters, 1, roundOf(parameters, retiredAt)),
    ),
  ]
  return Math.max(...ends)
}

/** Whether a second may pass: nobody honest would be late with what it wants to do. */
export const mayWait = (scene: Scene, state: ServiceState, now: Seconds, moved: number): boolean => {
  const { table, instance } = scene
  const next = now + 1
  return instance.cast.every((role) => {
    if (!role.honest || instance.mayBeLate) return true
    const duty = dutyOf(table, state, now, role, moved)
    if (duty === undefined) return true
    // Whoever makes only so many moves a second puts none off.
    if (role.role === 'server' && role.pace !== undefined && duty.call.kind === 'Move') return false
    // A final claim that waits behind its task's last second loses its fee.
    const task = state.tasks.get(table.requests[role.on ?? 0]!.task)!
    const last = lastOpenSecond(state, task)
    if (duty.call.kind === 'Finalize' && last !== undefined && next > last) return false
    return send(state, duty, next).ok
  })
}
