import { maxDisputeSeconds } from '../../../game/bounds.ts'
import type { Seconds } from '../../../game/clocks.ts'
import type { Applied, Callback } from '../../../service/applied.ts'
import { feeOf } from '../../../service/fees.ts'
import type { ClaimState, ServiceState } from '../../../service/state.ts'
import { disputeCostWei } from '../../../setting/bonds.ts'
import { burnedShare, leftShare } from '../../../setting/parameters.ts'
import { escrowFault } from '../../properties/invariants.ts'
import type { Attempt } from './cast.ts'
import { type Scene, send } from './scene.ts'
import { accountOf, STRANGER } from './table.ts'

/** What is checked on every state and every transition of every instance of the service. */
export const SERVICE_PROPERTIES = [
  { id: 'ESCROW-1', sentence: 'the contract holds exactly what it owes' },
  { id: 'ESCROW-5', sentence: 'what comes in and what goes out is the change of what it holds' },
  { id: 'ESCROW-6', sentence: 'what is burned is never unburned' },
  { id: 'REFUSE-3', sentence: 'a refused call changes nothing, and nothing throws' },
  { id: 'ABSORB-2', sentence: 'what is over is never left' },
  {
    id: 'SETTLE-1',
    sentence: 'the first final claim alone settles its task, and each is paid its bond once',
  },
  { id: 'FEE-5', sentence: 'a fee goes to the first binding that holds, once' },
  { id: 'FEE-6', sentence: 'whoever copies what an honest server shows never has its fee' },
  { id: 'SAFE-4', sentence: 'nobody honest loses a dispute, a bond or a stake' },
  { id: 'TRUTH-1', sentence: 'no false claim is final where a challenger is honest' },
  { id: 'WINDOW-3', sentence: 'at every second exactly one of open and finalize is possible' },
  { id: 'WINDOW-4', sentence: 'a window lasts its time from the second in which its claim stands' },
  { id: 'BOUND-6', sentence: 'a claim that has had its longest time can be brought to its end' },
  { id: 'LIVE-2', sentence: 'where nothing can happen any more, all is paid out or burned' },
  {
    id: 'LIVE-3',
    sentence: 'in the end each honest claim is final, and each false one refuted by the honest',
  },
  {
    id: 'LIVE-4',
    sentence: 'a task that somebody honest has claimed is settled before its fee can go back',
  },
  { id: 'LIVE-5', sentence: 'in the end the first true binding of an honest server has the fee' },
  { id: 'DELEGATE-3', sentence: 'a delegate moves for its party, and nothing is ever its own' },
  {
    id: 'CALLBACK-5',
    sentence: 'a requester is told once, and what the claim says that settled its task',
  },
  {
    id: 'ECON-1',
    sentence: 'a verdict pays its winner at least what its calls cost, and what its dispute burned',
  },
  { id: 'ECON-2', sentence: 'a true claim that falls has cost those who attacked it more than it gave them' },
] as const

export type ServicePropertyId = (typeof SERVICE_PROPERTIES)[number]['id']

export type Check = (id: ServicePropertyId, holds: boolean, where: () => string) => void

const OVER = new Set(['Final', 'Refuted', 'Decided', 'Drawn', 'Revealed', 'Forfeited', 'Expired'])

/** Whether everything that is over in `before` is so, and the same, in `after`; a settled task keeps its claim. */
const absorbs = (before: ServiceState, after: ServiceState): boolean =>
  (['tasks', 'claims', 'disputes', 'seals'] as const).every((kind) =>
    [...before[kind]].every(([id, entry]) => !OVER.has(entry.kind) || after[kind].get(id) === entry),
  ) &&
  [...before.tasks].every(([id, task]) => {
    const next = after.tasks.get(id)!
    return task.kind !== 'Settled' || (next.kind === 'Settled' && next.claim === task.claim)
  })

const credited = (before: ServiceState, after: ServiceState, account: string): bigint =>
  (after.credits.get(account as never) ?? 0n) - (before.credits.get(account as never) ?? 0n)

/** What each claim that became final was paid, and what became of its task. */
const settlesOnce = (before: ServiceState, after: ServiceState): boolean =>
  [...after.claims].every(([id, { kind, claim, number }]) => {
    if (kind !== 'Final' || before.claims.get(id)!.kind === 'Final') return true
    const [was, is] = [before.tasks.get(claim.taskId)!, after.tasks.get(claim.taskId)!]
    const isFirst = was.kind === 'Bound'
    const fee = isFirst && was.cursor === number ? feeOf(was.task) : 0n
    const isPaid = credited(before, after, claim.server) === after.parameters.claimBondWei + fee
    return isPaid && (isFirst ? is.kind === 'Settled' && is.claim === id : is === was)
  })

/** Who has a task's fee is bound under the cursor, final and agreed with; nobody who was bound before is. */
const paysFirst = (before: ServiceState, after: ServiceState): boolean =>
  [...after.tasks].every(([id, task]) => {
    const was = before.tasks.get(id)!
    if (task.kind !== 'Settled' || !task.isPaid || (was.kind === 'Settled' && was.isPaid)) return true
    const all = [...after.claims.values()].filter(({ claim }) => claim.taskId === id)
    const settling = after.claims.get(task.claim)!.claim.endRoot
    const paid = all.find(({ number }) => number === task.cursor)
    const earlier = all.filter(({ number }) => number < task.cursor)
    const hold = ({ kind, claim }: ClaimState) => kind !== 'Refuted' && claim.endRoot === settling
    const gained = paid === undefined ? -1n : credited(before, after, paid.claim.server)
    const hadBond = paid !== undefined && before.claims.get(claimIdOf(after, paid))!.kind === 'Pending'
    const due = feeOf(task.task) + (hadBond ? after.parameters.claimBondWei : 0n)
    return paid?.kind === 'Final' && hold(paid) && !earlier.some(hold) && gained === due
  })

/** Where a fee is paid, whoever claims what it has seen of an honest server is paid no more than a bond that is its own. */
const paysNoCopy = ({ instance }: Scene, before: ServiceState, after: ServiceState): boolean => {
  const isPaid = [...after.tasks].some(([id, task]) => {
    const was = before.tasks.get(id)!
    return task.kind === 'Settled' && task.isPaid && !(was.kind === 'Settled' && was.isPaid)
  })
  return (
    !isPaid ||
    instance.cast.every((role) => {
      if (role.role !== 'server' || !role.copies) return true
      const account = accountOf(role.name)
      const final = [...after.claims].filter(
        ([id, { kind, claim }]) =>
          claim.server === account && kind === 'Final' && before.claims.get(id)!.kind === 'Pending',
      )
      const { claimBondWei } = after.parameters
      return credited(before, after, account) === BigInt(final.length) * claimBondWei
    })
  )
}

const claimIdOf = ({ claims }: ServiceState, claim: ClaimState) =>
  [...claims].find(([, other]) => other === claim)![0]

/** What each verdict paid its winner, where no other challenger shares the reward. */
const paysWinners = ({ instance }: Scene, before: ServiceState, after: ServiceState): boolean => {
  const { parameters } = instance.setting
  const cost = disputeCostWei(instance.setting)
  const bond = leftShare(parameters, parameters.disputeBondWei)
  const burned = burnedShare(parameters, parameters.disputeBondWei)
  return [...after.disputes].every(([id, dispute]) => {
    if (dispute.kind !== 'Decided' || before.disputes.get(id)?.kind === 'Decided') return true
    const gained = credited(before, after, dispute[dispute.winner])
    if (dispute.winner === 'asserter') return gained === bond && gained >= cost
    const others = [...after.disputes.values()].filter(
      ({ kind, claim }) => kind === 'Running' && claim === dispute.claim,
    )
    return others.length > 0 ? gained >= bond : gained - bond >= burned + cost
  })
}

/** What a true claim's fall gave is no more than what all the disputes about it have burned, as the formula says. */
const attackFails = (scene: Scene, before: ServiceState, after: ServiceState): boolean =>
  [...after.claims].every(([id, entry]) => {
    if (entry.kind !== 'Refuted' || before.claims.get(id)!.kind === 'Refuted') return true
    if (!isTrue(scene, entry.claim.endRoot)) return true
    const { parameters, costs } = scene.instance.setting
    const disputes = [...after.disputes.values()].filter(({ claim }) => claim === id)
    const burned = BigInt(disputes.length) * burnedShare(parameters, parameters.disputeBondWei)
    return burned >= leftShare(parameters, parameters.claimBondWei) + costs.gainWei
  })

/** Whoever is told had not been told, and is from then on; what it is told is what settled its task. */
const tellsOnce = (
  { table }: Scene,
  before: ServiceState,
  after: ServiceState,
  callback: Callback | undefined,
): boolean =>
  [...after.tasks].every(([id, task]) => {
    const was = before.tasks.get(id)!
    const [wasTold, isTold] = [was, task].map((entry) => entry.kind === 'Settled' && entry.isNotified)
    if (callback?.taskId !== id) return wasTold === isTold
    if (wasTold || !isTold || task.kind !== 'Settled') return false
    const { claim } = after.claims.get(task.claim)!
    const said = [0, 1, 2, 3].find((says) => table.endOf(says) === claim.endRoot)!
    const { requester } = task.task
    return callback.requester === requester && callback.output === table.assertion(said).output
  })

/** Of one accepted call. */
export const checkTransition = (
  scene: Scene,
  before: ServiceState,
  { valueWei }: Attempt,
  now: Seconds,
  { state: after, paidWei, callback }: Applied,
  check: Check,
  where: () => string,
): void => {
  check('ESCROW-5', after.balanceWei === before.balanceWei + valueWei - paidWei, where)
  check('ESCROW-6', after.burnedWei >= before.burnedWei, where)
  check('ABSORB-2', absorbs(before, after), where)
  check('SETTLE-1', settlesOnce(before, after), where)
  check('FEE-5', paysFirst(before, after), where)
  check('FEE-6', paysNoCopy(scene, before, after), where)
  check('DELEGATE-3', (after.credits.get(STRANGER) ?? 0n) === 0n, where)
  check('CALLBACK-5', tellsOnce(scene, before, after, callback), where)
  check('ECON-1', paysWinners(scene, before, after), where)
  if (scene.instance.cast.some((role) => role.role === 'server' && role.pace !== undefined))
    check('ECON-2', attackFails(scene, before, after), where)
  for (const [id, entry] of after.claims)
    if (entry.kind === 'Pending' && !before.claims.has(id))
      check('WINDOW-4', entry.windowEnd === now + after.parameters.windowSeconds, where)
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
  const enrolled = [...state.enrollments.values()].filter(({ verifier }) => honest.has(verifier))
  const staked = watching.length * table.models.length
  return !lost && !refuted && !forfeited && enrolled.length === staked
}

/** Whether somebody honest has that role in that task, or in any. */
const hasHonest = ({ instance }: Scene, role: string, task?: number): boolean =>
  instance.cast.some(
    (each) => each.role === role && each.honest && (task === undefined || (each.on ?? 0) === task),
  )

/** Which of the tasks a claim is about. */
const taskOf = ({ table }: Scene, { claim }: ClaimState): number =>
  table.requests.findIndex(({ task }) => task === claim.taskId)

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
  const accepts = (call: Attempt['call'], valueWei = 0n): boolean =>
    send(state, { sender: STRANGER, call, valueWei }, now).ok
  for (const [id, entry] of state.claims) {
    if (hasHonest(scene, 'challenger', taskOf(scene, entry)))
      check('TRUTH-1', entry.kind !== 'Final' || isTrue(scene, entry.claim.endRoot), where)
    if (entry.kind !== 'Pending') continue
    const isFinalizable = accepts({ kind: 'Finalize', claimId: id })
    if (entry.disputes === 0) {
      // A lie of the stranger's own, so that it contradicts every claim.
      const reply = { kind: 'Dissect', roots: table.vector(3) } as const
      const open = { kind: 'Open', claimId: id, nonce: 0, reply } as const
      check('WINDOW-3', accepts(open, state.parameters.disputeBondWei) !== isFinalizable, where)
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
  const isOver = [...state.tasks.values()].every(
    (task) => task.kind === 'Expired' || (task.kind === 'Settled' && task.isPaid),
  )
  const paysOut = state.balanceWei === state.burnedWei + kept && !(instance.withdrawals && credits > 0n)
  check('LIVE-2', isOver && paysOut, where)
  const claims = [...state.claims.values()]
  const servers = instance.cast.filter(({ role, honest: isHonest }) => role === 'server' && isHonest)
  const final = claims.filter(({ kind, claim }) => kind === 'Final' && honest.has(claim.server))
  const areRefuted = claims.every(
    (entry) =>
      entry.kind === 'Refuted' ||
      isTrue(scene, entry.claim.endRoot) ||
      !hasHonest(scene, 'challenger', taskOf(scene, entry)),
  )
  check('LIVE-3', final.length === servers.length && areRefuted, where)
  for (const { name, on = 0 } of servers) {
    const { task: id } = table.requests[on]!
    const task = state.tasks.get(id)!
    check('LIVE-4', task.kind === 'Settled', where)
    const own = claims.find(({ claim }) => claim.server === accountOf(name) && claim.taskId === id)
    const trueNumbers = claims
      .filter(({ kind, claim }) => claim.taskId === id && kind === 'Final' && isTrue(scene, claim.endRoot))
      .map(({ number }) => number)
    const isFirst = own?.number === Math.min(...trueNumbers)
    const settledTruly = task.kind === 'Settled' && isTrue(scene, state.claims.get(task.claim)!.claim.endRoot)
    if (isFirst && settledTruly)
      check('LIVE-5', task.kind === 'Settled' && task.isPaid && task.cursor === own?.number, where)
  }
}
