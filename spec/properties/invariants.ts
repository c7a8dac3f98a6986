import type { Wei } from '../parameters.ts'
import type { ServiceState } from '../service/state.ts'

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
