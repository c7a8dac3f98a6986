import { type Id, keccak } from '../../commitments/hash.ts'
import { cutPoints, type Position } from '../../game/position.ts'
import type { DisputeState, ServiceState, TaskState } from '../../service/state.ts'
import type { Wei } from '../../setting/parameters.ts'
import { traceAt } from '../../strategies/honest.ts'
import type { Trace } from '../../tower/tower.ts'

const sum = (amounts: Iterable<Wei>): Wei => [...amounts].reduce((total, wei) => total + wei, 0n)

/** Of a task: the fee until it is paid or given back, and what right answers have not drawn. */
const owedForTask = (state: ServiceState, id: Id, entry: TaskState): Wei => {
  const { feeWei, attentionWei } = entry.task
  if (entry.kind === 'Expired') return 0n
  if (entry.kind !== 'Settled') return feeWei
  const fee = entry.isPaid ? 0n : feeWei - attentionWei
  const { attention } = state.parameters
  const randomness = entry.draw && state.rounds.get(entry.draw.round)?.randomness
  if (attention === undefined || randomness === undefined) return fee
  const { endRoot } = state.claims.get(entry.claim)!.claim
  const all = [...state.answers.values()].filter(({ task }) => task === id)
  const undrawn = all.filter(
    ({ verifier, hash, isPaid }) => !isPaid && hash === keccak(id, verifier, endRoot, randomness),
  )
  const part = attentionWei / BigInt(Math.max(1, all.length))
  return fee + BigInt(undrawn.length) * (part < attention.payWei ? part : attention.payWei)
}

/** Of a dispute that is not over: what is left of its bond and, where its claim has fallen, its part of the reward. */
const owedForDispute = ({ parameters, claims }: ServiceState, dispute: DisputeState): Wei => {
  if (dispute.kind !== 'Running') return 0n
  const { claimBondWei, disputeBondWei, burnBasisPoints } = parameters
  const left = (bond: Wei): Wei => bond - (bond * BigInt(burnBasisPoints)) / 10_000n
  const claim = claims.get(dispute.claim)!
  if (claim.kind !== 'Refuted') return left(disputeBondWei)
  const { turn, turnSince, left: seconds } = dispute.clocks
  if (turn === 'challenger' && turnSince + seconds.challenger < claim.fallenAt) return 0n
  return left(disputeBondWei) + (left(claimBondWei) * BigInt(dispute.weight)) / BigInt(claim.weight)
}

/** Sum of all that the contract owes, holds for somebody, or has burned. */
const owed = (state: ServiceState): Wei => {
  const { claimBondWei, attention } = state.parameters
  const staked = [...state.claims.values(), ...state.seals.values()].filter(
    ({ kind }) => kind === 'Pending' || kind === 'Sealed',
  )
  return sum([
    ...[...state.tasks].map(([id, entry]) => owedForTask(state, id, entry)),
    ...staked.map(() => claimBondWei),
    ...[...state.disputes.values()].map((dispute) => owedForDispute(state, dispute)),
    ...[...state.enrollments.values()].map(() => attention!.stakeWei),
    ...state.credits.values(),
    state.burnedWei,
  ])
}

/**
 * ESCROW-1: the contract holds exactly what it owes: fees of tasks that are not over, bonds of seals, claims and
 * disputes that are not decided, stakes, credits, and what it burned. Undefined where that holds.
 *
 * Rationale: a contract that holds less cannot pay, and one that holds more has taken somebody's money.
 */
export const escrowFault = (state: ServiceState): string | undefined =>
  owed(state) === state.balanceWei ? undefined : `holds ${state.balanceWei} wei, owes ${owed(state)}`

/**
 * INVARIANT-1 to INVARIANT-3: at every point of a dispute with an honest party the start of what is disputed is the
 * true root there, every root that the honest party posted is true, and the end that its opponent stands by is false.
 * Undefined where all three hold.
 *
 * Rationale: this is why the honest party wins; whatever breaks one of the three loses it a dispute sooner or later.
 *
 * @param honest whether the honest party posted the position's vector
 * @param truth the true run of the top phase
 */
export const disputeFault = (
  { length, roots, at }: Position,
  honest: boolean,
  truth: Trace,
): string | undefined => {
  const points = cutPoints(length, roots.length - 1).map((point) => at.at(-1)! + point)
  const trueRoots = traceAt(truth, at).rootsAt(points)
  if (roots[0] !== trueRoots[0]) return `a false start at ${at.join('/')}`
  if (!honest) return roots.at(-1) === trueRoots.at(-1) ? `a true end at ${at.join('/')}` : undefined
  const lie = roots.findIndex((root, i) => root !== trueRoots[i])
  return lie < 0 ? undefined : `a false root ${lie} of an honest party at ${at.join('/')}`
}
