import { callName } from '../spec/service/calls.ts'
import { hasLapsed } from '../spec/service/disputes.ts'
import type { ServiceState } from '../spec/service/state.ts'
import type { Address } from '../spec/service/task.ts'
import { leftShare, type Wei } from '../spec/setting/parameters.ts'
import type { Row } from './chronicle.ts'

/** What an account put into the contract, and what became of it, at one point of a run. */
export interface Stakes {
  /** Bonds and stakes that it sent. */
  readonly stakedWei: Wei
  /** Of these, what stands behind claims, seals, disputes and enrollments that are not over. */
  readonly standingWei: Wei
  /** Of these, what is lost: burned, or somebody else's. */
  readonly lostWei: Wei
  /** Fees that it paid, less those that went back. */
  readonly feesWei: Wei
  /** What it has received, or may withdraw, beyond its own stakes and fees. */
  readonly wonWei: Wei
  /** Received and receivable, less all that it sent: won less lost, fees and what still stands. */
  readonly netWei: Wei
}

const STAKING: ReadonlySet<string> = new Set(['claim', 'seal', 'open', 'enroll'])

const sum = (amounts: readonly Wei[]): Wei => amounts.reduce((total, wei) => total + wei, 0n)

/** What stands behind an account's things that are not over. */
const standing = (state: ServiceState, account: Address): Wei => {
  const { claimBondWei, disputeBondWei, attention } = state.parameters
  const claims = [...state.claims.values()].filter(
    ({ kind, claim }) => kind === 'Pending' && claim.server === account,
  ).length
  const seals = [...state.seals.values()].filter(
    ({ kind, seal }) => kind === 'Sealed' && seal.server === account,
  ).length
  const disputes = [...state.disputes.values()].filter((dispute) => {
    const claim = state.claims.get(dispute.claim)!
    if (dispute.kind !== 'Running' || dispute.challenger !== account) return false
    // One that had lapsed when the claim fell in another dispute has lost its bond.
    return claim.kind !== 'Refuted' || !hasLapsed(dispute, claim)
  }).length
  const enrollments = [...state.enrollments.values()].filter(({ verifier }) => verifier === account).length
  return (
    BigInt(claims + seals) * claimBondWei +
    BigInt(disputes) * leftShare(state.parameters, disputeBondWei) +
    BigInt(enrollments) * (attention?.stakeWei ?? 0n)
  )
}

/** What of an account's stakes came back to it. */
const returned = (rows: readonly Row[], state: ServiceState, account: Address): Wei => {
  const { claimBondWei, disputeBondWei, attention } = state.parameters
  const finals = [...state.claims.values()].filter(
    ({ kind, claim }) => kind === 'Final' && claim.server === account,
  ).length
  const kept = [...state.disputes.values()].filter(
    (dispute) =>
      dispute.challenger === account &&
      (dispute.kind === 'Drawn' || (dispute.kind === 'Decided' && dispute.winner === 'challenger')),
  ).length
  const unstaked = rows.filter(
    ({ entry: { call, outcome } }) =>
      call.kind === 'Unstake' && outcome === 'accepted' && call.verifier === account,
  ).length
  return (
    BigInt(finals) * claimBondWei +
    BigInt(kept) * leftShare(state.parameters, disputeBondWei) +
    BigInt(unstaked) * (attention?.stakeWei ?? 0n)
  )
}

/** Fees of an account's tasks that are not over, or were paid. */
const feesGone = (state: ServiceState, account: Address): Wei =>
  sum(
    [...state.tasks.values()].flatMap(({ kind, task }) =>
      task.requester === account && kind !== 'Expired' ? task.feeWei : [],
    ),
  )

/** @param rows the run so far; of all accounts */
export const stakesOf = (rows: readonly Row[], account: Address): Stakes => {
  const state = rows.at(-1)!.after
  const own = rows.filter(({ entry }) => entry.sender === account && entry.outcome === 'accepted')
  const sentBy = (isStake: boolean): Wei =>
    sum(own.flatMap(({ entry }) => (STAKING.has(callName(entry.call)) === isStake ? entry.valueWei : [])))
  const received = sum(own.map(({ paidWei }) => paidWei)) + (state.credits.get(account) ?? 0n)
  const stakedWei = sentBy(true)
  const standingWei = standing(state, account)
  const back = returned(rows, state, account)
  const feesWei = feesGone(state, account)
  return {
    stakedWei,
    standingWei,
    lostWei: stakedWei - standingWei - back,
    feesWei,
    wonWei: received - back - (sentBy(false) - feesWei),
    netWei: received - stakedWei - sentBy(false),
  }
}
