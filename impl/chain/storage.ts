import { Contract, type Provider } from 'ethers'
import { type Id, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { positionHash } from '../../spec/game/position.ts'
import type { ClaimState, DisputeState, ServiceState, TaskState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { opmlInterface } from './contractInterface.ts'

const TASK_KINDS = { Open: 1, Answered: 2, Settled: 3, Expired: 4 } as const
const CLAIM_KINDS = { Pending: 1, Final: 2, Refuted: 3 } as const
const DISPUTE_KINDS = { asserter: 1, challenger: 2 } as const
const VERDICT_KINDS = { asserter: 3, challenger: 4 } as const
const REFUNDED = 5

const claimWords = (entry: ClaimState) => ({
  kind: CLAIM_KINDS[entry.kind],
  server: entry.claim.server,
  ...(entry.kind === 'Pending' ? { windowEnd: entry.windowEnd, disputes: entry.disputes } : {}),
})

const disputeWords = (dispute: DisputeState) =>
  dispute.kind === 'Running'
    ? {
        kind: DISPUTE_KINDS[dispute.clocks.turn],
        positionHash: positionHash(dispute.position),
        turnSince: dispute.clocks.turnSince,
        asserterSeconds: dispute.clocks.left.asserter,
        challengerSeconds: dispute.clocks.left.challenger,
      }
    : {
        kind: dispute.kind === 'Decided' ? VERDICT_KINDS[dispute.winner] : REFUNDED,
        positionHash: ZERO_HASH,
      }

/** Entries of `after` that `before` does not have, or has otherwise. */
const changed = <Key, Value>(before: ReadonlyMap<Key, Value>, after: ReadonlyMap<Key, Value>) =>
  [...after].filter(([key, value]) => before.get(key) !== value)

const normal = (value: unknown): string => String(value).toLowerCase()

const differences = (
  what: string,
  expected: Readonly<Record<string, unknown>>,
  actual: Record<string, unknown>,
) =>
  Object.entries(expected)
    .filter(([field, value]) => normal(actual[field]) !== normal(value))
    .map(
      ([field, value]) =>
        `${what}: ${field} is ${normal(actual[field])} in the contract, ${normal(value)} in the fold`,
    )

/**
 * Holds what the contract keeps of everything that changed from `before` to `after` against the fold.
 *
 * @returns the first difference, or undefined
 */
export const checkStorage = async (
  provider: Provider,
  address: Address,
  before: ServiceState,
  after: ServiceState,
): Promise<string | undefined> => {
  const contract = new Contract(address, opmlInterface(), provider)
  const read = (name: string, ...args: readonly unknown[]) => contract.getFunction(name).staticCall(...args)
  const task = async ([id, { kind }]: readonly [Id, TaskState]) =>
    differences(`task ${id}`, { kind: TASK_KINDS[kind] }, { kind: await read('taskEntry', id) })
  const claim = async ([id, entry]: readonly [Id, ClaimState]) =>
    differences(`claim ${id}`, claimWords(entry), await read('claimEntry', id))
  const dispute = async ([id, entry]: readonly [Id, DisputeState]) =>
    differences(`dispute ${id}`, disputeWords(entry), await read('disputeEntry', id))
  const credit = async ([account, wei]: readonly [Address, bigint]) =>
    differences(`credit of ${account}`, { wei }, { wei: await read('credits', account) })
  const money = async () => {
    const balanceWei = await provider.getBalance(address)
    // Ether can be forced upon a contract; less than owed, or burned, is what must never be.
    return balanceWei < after.balanceWei
      ? [`the contract holds ${balanceWei} wei of ${after.balanceWei}`]
      : []
  }
  const faults = await Promise.all([
    ...changed(before.tasks, after.tasks).map(task),
    ...changed(before.claims, after.claims).map(claim),
    ...changed(before.disputes, after.disputes).map(dispute),
    ...changed(before.credits, after.credits).map(credit),
    money(),
  ])
  return faults.flat()[0]
}
