import { cutPoints, type Position } from '../../game/position.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Wei } from '../../setting/parameters.ts'
import { traceAt } from '../../strategies/honest.ts'
import type { Trace } from '../../tower/tower.ts'

/** Sum of all that the contract owes, holds for somebody, or has burned. */
const owed = (state: ServiceState): Wei => {
  const { bondWei } = state.parameters
  const fees = [...state.tasks.values()].map(({ kind, task }) =>
    kind === 'Open' || kind === 'Answered' ? task.feeWei : 0n,
  )
  const claimBonds = [...state.claims.values()].map(({ kind }) => (kind === 'Pending' ? bondWei : 0n))
  const sealBonds = [...state.seals.values()].map(({ kind }) => (kind === 'Sealed' ? bondWei : 0n))
  const stakes = [...state.enrollments.values()].map(() => state.parameters.attention!.stakeWei)
  const disputeBonds = [...state.disputes.values()].map(({ kind }) => (kind === 'Running' ? bondWei : 0n))
  return [
    ...[fees, claimBonds, disputeBonds, sealBonds, stakes].flat(),
    ...state.credits.values(),
    state.burnedWei,
  ].reduce((sum, wei) => sum + wei, 0n)
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
