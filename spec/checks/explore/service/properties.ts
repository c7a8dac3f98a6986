import { maxDisputeSeconds, maxMoves } from '../../../game/bounds.ts'
import type { Seconds } from '../../../game/clocks.ts'
import { type Applied, applyCall } from '../../../service/apply.ts'
import type { ServiceState } from '../../../service/state.ts'
import { honestCostWei } from '../../../setting/bond.ts'
import { divideBond } from '../../../setting/parameters.ts'
import { escrowFault } from '../../properties/invariants.ts'
import type { Attempt } from './cast.ts'
import type { Scene } from './scene.ts'
import { STRANGER } from './table.ts'

/** What is checked on every state and every transition of every instance of the service. */
export const SERVICE_PROPERTIES = [
  { id: 'ESCROW-1', sentence: 'the contract holds exactly what it owes' },
  { id: 'ESCROW-5', sentence: 'what comes in and what goes out is the change of what it holds' },
  { id: 'ESCROW-6', sentence: 'what is burned is never unburned' },
  { id: 'REFUSE-3', sentence: 'a refused call changes nothing, and nothing throws' },
  { id: 'ABSORB-2', sentence: 'what is over is never left' },
  {
    id: 'SETTLE-1',
    sentence: 'the first final claim alone settles its task, and each final claim is paid once',
  },
  { id: 'SAFE-4', sentence: 'nobody honest loses a dispute, a bond or a stake' },
  { id: 'TRUTH-1', sentence: 'no false claim is final where a challenger is honest' },
  { id: 'WINDOW-3', sentence: 'at every second exactly one of open and finalize is possible' },
  { id: 'BOUND-6', sentence: 'a claim that has had its longest time can be brought to its end' },
  { id: 'LIVE-2', sentence: 'where nothing can happen any more, all is paid out or burned' },
  {
    id: 'LIVE-3',
    sentence: 'in the end each honest claim is final, and each false one refuted by the honest',
  },
  {
    id: 'LIVE-4',
    sentence: 'a task that somebody honest has answered is settled before its fee can go back',
  },
  { id: 'ECON-1', sentence: 'a verdict pays its winner at least what its calls can have cost' },
] as const

export type ServicePropertyId = (typeof SERVICE_PROPERTIES)[number]['id']

export type Check = (id: ServicePropertyId, holds: boolean, where: () => string) => void

const OVER = new Set([
  'Final',
  'Refuted',
  'Decided',
  'Refunded',
  'Revealed',
  'Forfeited',
  'Settled',
  'Expired',
])

/** Whether everything that is over in `before` is so, and the same, in `after`. */
const absorbs = (before: ServiceState, after: ServiceState): boolean =>
  (['tasks', 'claims', 'disputes', 'seals'] as const).every((kind) =>
    [...before[kind]].every(([id, entry]) => !OVER.has(entry.kind) || after[kind].get(id) === entry),
  )

const credited = (before: ServiceState, after: ServiceState, account: string): bigint =>
  (after.credits.get(account as never) ?? 0n) - (before.credits.get(account as never) ?? 0n)

/** What each claim that became final was paid, and what became of its task. */
const settlesOnce = (before: ServiceState, after: ServiceState): boolean =>
  [...after.claims].every(([id, { kind, claim }]) => {
    if (kind !== 'Final' || before.claims.get(id)!.kind === 'Final') return true
    const [was, is] = [before.tasks.get(claim.taskId)!, after.tasks.get(claim.taskId)!]
    const isFirst = was.kind === 'Answered'
    const fee = isFirst ? was.task.feeWei : 0n
    const isPaid = credited(before, after, claim.server) === after.parameters.bondWei + fee
    return isPaid && (isFirst ? is.kind === 'Settled' && is.claim === id : is === was)
  })

/** What each verdict paid its winner: the other's share, and its own bond back where it has challenged. */
const paysWinners = ({ instance }: Scene, before: ServiceState, after: ServiceState): boolean => {
  const { parameters, costs, lengths } = instance.setting
  const cost = honestCostWei(costs, maxMoves(lengths, parameters.arity))
  return [...after.disputes].every(([id, dispute]) => {
    if (dispute.kind !== 'Decided' || before.disputes.get(id)?.kind === 'Decided') return true
    const { winner } = divideBond(parameters)
    const back = dispute.winner === 'challenger' ? parameters.bondWei : 0n
    const gained = credited(before, after, dispute[dispute.winner])
    return gained === winner + back && gained - back >= cost
  })
}

/** Of one accepted call. */
export const checkTransition = (
  scene: Scene,
  before: ServiceState,
  { valueWei }: Attempt,
  { state: after, paidWei }: Applied,
  check: Check,
  where: () => string,
): void => {
  check('ESCROW-5', after.balanceWei === before.balanceWei + valueWei - paidWei, where)
  check('ESCROW-6', after.burnedWei >= before.burnedWei, where)
  check('ABSORB-2', absorbs(before, after), where)
  check('SETTLE-1', settlesOnce(before, after), where)
  check('ECON-1', paysWinners(scene, before, after), where)
}

const isTrue = ({ table }: Scene, endRoot: string): boolean => endRoot === table.endOf(0)

/** Nothing that the honest have staked is lost. */
const isSafe = ({ honest, instance, table }: Scene, state: ServiceState): boolean => {
  const lost = [...state.disputes.values()].some(
    (dispute) =>
      dispute.kind === 'Decided' &&
      honest.has(dispute[dispute.winner === 'asserter' ? 'challenger' : 'asserter']),
  )
  const refuted = [...state.claims.values()].some(
    ({ kind, claim }) => kind === 'Refuted' && honest.has(claim.server),
  )
  const forfeited = [...state.seals.values()].some(
    ({ kind, seal }) => kind === 'Forfeited' && honest.has(seal.server),
  )
  // An honest watcher never retires here, so whoever is not enrolled was slashed.
  const watching = instance.cast.filter(({ role, honest: isHonest }) => role === 'watcher' && isHonest)
  const enrolled = [...state.enrollments.values()].filter(
    ({ verifier, model }) => honest.has(verifier) && model === table.model,
  )
  return !lost && !refuted && !forfeited && enrolled.length === watching.length
}

const hasHonest = ({ instance }: Scene, role: string): boolean =>
  instance.cast.some((each) => each.role === role && each.honest)

/** Of one state at one second. */
export const checkState = (
  scene: Scene,
  state: ServiceState,
  now: Seconds,
  check: Check,
  where: () => string,
): void => {
  check('ESCROW-1', escrowFault(state) === undefined, where)
  check('SAFE-4', isSafe(scene, state), where)
  const { table } = scene
  const accepts = (call: Parameters<typeof applyCall>[1], valueWei = 0n): boolean =>
    applyCall(state, call, { sender: STRANGER, valueWei, now }).ok
  for (const [id, entry] of state.claims) {
    if (hasHonest(scene, 'challenger'))
      check('TRUTH-1', entry.kind !== 'Final' || isTrue(scene, entry.claim.endRoot), where)
    if (entry.kind !== 'Pending') continue
    const isFinalizable = accepts({ kind: 'Finalize', claimId: id })
    if (entry.disputes === 0) {
      // A lie of the stranger's own, so that it contradicts every claim.
      const reply = { kind: 'Dissect', roots: table.vector(3) } as const
      const opens = accepts({ kind: 'Open', claimId: id, nonce: 0, reply }, state.parameters.bondWei)
      check('WINDOW-3', opens !== isFinalizable, where)
    }
    if (now > entry.windowEnd + maxDisputeSeconds(state.parameters, 1)) {
      const ends = [...state.disputes].some(
        ([dispute, { claim }]) => claim === id && accepts({ kind: 'Timeout', disputeId: dispute }),
      )
      check('BOUND-6', isFinalizable || ends, where)
    }
  }
}

/** Of a state in which no call is accepted and no second changes that. */
export const checkEnd = (scene: Scene, state: ServiceState, check: Check, where: () => string): void => {
  const { table, honest, instance } = scene
  const credits = [...state.credits.values()].reduce((sum, wei) => sum + wei, 0n)
  const stakes = [...state.enrollments.values()].filter(({ retiredAt }) => retiredAt === undefined)
  const kept = credits + BigInt(stakes.length) * (state.parameters.attention?.stakeWei ?? 0n)
  const { kind: taskKind } = state.tasks.get(table.task)!
  const isOver = ['Settled', 'Expired'].includes(taskKind)
  const paysOut = state.balanceWei === state.burnedWei + kept && !(instance.withdrawals && credits > 0n)
  check('LIVE-2', isOver && paysOut, where)
  const claims = [...state.claims.values()]
  const servers = instance.cast.filter(({ role, honest: isHonest }) => role === 'server' && isHonest)
  const final = claims.filter(({ kind, claim }) => kind === 'Final' && honest.has(claim.server))
  check('LIVE-4', servers.length === 0 || taskKind === 'Settled', where)
  const areRefuted = claims.every(({ kind, claim }) => kind === 'Refuted' || isTrue(scene, claim.endRoot))
  check('LIVE-3', final.length === servers.length && (areRefuted || !hasHonest(scene, 'challenger')), where)
}
