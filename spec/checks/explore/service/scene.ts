import { deadline, type Seconds } from '../../../game/clocks.ts'
import { type Applied, applyCall } from '../../../service/apply.ts'
import { firstSealOf } from '../../../service/attention.ts'
import { answersEnd, revealEnd } from '../../../service/seals.ts'
import type { ServiceState } from '../../../service/state.ts'
import type { Address } from '../../../service/task.ts'
import { lastOpenSecond } from '../../../service/tasks.ts'
import type { Setting } from '../../../setting/setting.ts'
import { settlementSeconds } from '../../../setting/times.ts'
import { type Attempt, anyonesAttempts, attemptsOf, dutyOf, type Role } from './cast.ts'
import { accountOf, FEE, REQUESTER, START, STRANGER, setTable, type Table } from './table.ts'

/** One task of the service, to be explored: who plays, and who of them is honest. */
export interface ServiceInstance {
  readonly name: string
  readonly setting: Setting
  readonly cast: readonly Role[]
  /** Whether whoever has credit may withdraw it at any time; else nobody ever does. */
  readonly withdrawals?: true
  /** Past the assumptions: whoever is honest may also be late. */
  readonly mayBeLate?: true
}

export interface Scene {
  readonly instance: ServiceInstance
  readonly table: Table
  /** The task is requested, and every watcher has enrolled before. */
  readonly start: ServiceState
  readonly honest: ReadonlySet<Address>
}

/** Makes a call that the scene itself depends on. */
const must = (state: ServiceState, { sender, call, valueWei }: Attempt, now: Seconds): Applied => {
  const result = applyCall(state, call, { sender, valueWei, now })
  if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
  return result.value
}

export const sceneOf = (instance: ServiceInstance): Scene => {
  const { setting, cast } = instance
  const table = setTable(setting.parameters)
  const { attention } = setting.parameters
  const enrolled = cast
    .filter(({ role }) => role === 'watcher')
    .reduce((state, { name }) => {
      const call = { kind: 'Enroll', modelId: table.model } as const
      return must(state, { sender: accountOf(name), call, valueWei: attention!.stakeWei }, START - 1).state
    }, table.registered)
  const request = { sender: REQUESTER, call: table.request.request, valueWei: FEE }
  return {
    instance,
    table,
    start: must(enrolled, request, START).state,
    honest: new Set(cast.filter(({ honest }) => honest).map(({ name }) => accountOf(name))),
  }
}

/** Whatever anybody could send: the honest what their strategy says, everybody else anything. */
export const attempts = (
  { instance, table, honest }: Scene,
  state: ServiceState,
  now: Seconds,
): readonly Attempt[] => [
  ...instance.cast.flatMap((role) => {
    if (!role.honest) return attemptsOf(table, state, role)
    const duty = dutyOf(table, state, now, role)
    return duty === undefined ? [] : [duty]
  }),
  ...anyonesAttempts(table, state, STRANGER).filter(
    ({ sender, call }) => call.kind !== 'Move' || !honest.has(sender),
  ),
  ...(instance.withdrawals
    ? [...state.credits.keys()].map((sender) => ({
        sender,
        call: { kind: 'Withdraw' } as const,
        valueWei: 0n,
      }))
    : []),
]

/** The last second in which anything is still to become possible or impossible. */
export const lastSecond = ({ table }: Scene, state: ServiceState): Seconds => {
  const { parameters } = state
  const judged = settlementSeconds(parameters, 1)
  const task = state.tasks.get(table.task)!
  const sealedAt = firstSealOf(task)
  const ends = [
    lastOpenSecond(state, task) ?? 0,
    ...[...state.claims.values()].map((claim) => (claim.kind === 'Pending' ? claim.windowEnd : 0)),
    ...[...state.disputes.values()].map((dispute) =>
      dispute.kind === 'Running' && state.claims.get(dispute.claim)!.kind === 'Pending'
        ? deadline(dispute.clocks)
        : 0,
    ),
    ...[...state.seals.values()].map((seal) =>
      seal.kind === 'Sealed' ? revealEnd(seal.sealedAt, parameters.attention!) : 0,
    ),
    ...[...state.enrollments.values()].map(({ retiredAt }) => (retiredAt ?? 0) + judged),
    ...(task.kind === 'Settled' && sealedAt !== undefined && state.enrollments.size > 0
      ? [sealedAt + judged]
      : []),
    ...(sealedAt === undefined ? [] : [answersEnd(sealedAt, parameters.attention!)]),
  ]
  return Math.max(...ends)
}

/** Whether a second may pass: nobody honest would be late with what it wants to do. */
export const mayWait = (scene: Scene, state: ServiceState, now: Seconds): boolean => {
  const { table, instance } = scene
  const next = now + 1
  return instance.cast.every((role) => {
    if (!role.honest || instance.mayBeLate) return true
    const duty = dutyOf(table, state, now, role)
    if (duty === undefined) return true
    // A final claim that waits behind the task's last second loses its fee.
    const last = lastOpenSecond(state, state.tasks.get(table.task)!)
    if (duty.call.kind === 'Finalize' && last !== undefined && next > last) return false
    return applyCall(state, duty.call, { sender: duty.sender, valueWei: duty.valueWei, now: next }).ok
  })
}
