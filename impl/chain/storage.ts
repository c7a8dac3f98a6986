import type { Result as Decoded, JsonRpcProvider } from 'ethers'
import { type Hash, type Id, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { positionHash } from '../../spec/game/position.ts'
import type { ClaimState, DisputeState, ServiceState, TaskState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { ChainUnreachable } from './connection.ts'
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

/** What is kept of things that can still change. */
const PENDING = new Set(['Open', 'Answered', 'Pending', 'Running'])

/** Of each kind, so many that have not changed are read at a block: strangers may leave any number pending. */
const MOST_UNCHANGED = 500

/**
 * Entries of `after` that `before` does not have, or has otherwise, and those that are pending: of more than can be read,
 * some that the block's hash chooses, so that nobody knows which are not looked at, and none is for long.
 */
const toCheck = <Key, Value extends { readonly kind: string }>(
  before: ReadonlyMap<Key, Value>,
  after: ReadonlyMap<Key, Value>,
  block: Hash,
) => {
  const isChanged = ([key, value]: readonly [Key, Value]) => before.get(key) !== value
  const entries = [...after]
  const waiting = entries.filter((entry) => !isChanged(entry) && PENDING.has(entry[1].kind))
  const first = waiting.length === 0 ? 0 : Number(BigInt(block) % BigInt(waiting.length))
  const chosen = [...waiting.slice(first), ...waiting.slice(0, first)].slice(0, MOST_UNCHANGED)
  return [...entries.filter(isChanged), ...chosen]
}

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

/** Reads of a contract as it stood after a block. @throws ChainUnreachable where there is none */
const reader =
  (provider: JsonRpcProvider, address: Address, block: Hash) =>
  async (name: string, ...args: readonly unknown[]): Promise<Decoded> => {
    const data = opmlInterface().encodeFunctionData(name, args)
    const result = await provider.send('eth_call', [{ to: address, data }, { blockHash: block }])
    if (result === '0x') throw new ChainUnreachable(`there is no contract at ${address}`)
    return opmlInterface().decodeFunctionResult(name, result)
  }

/** The registry that a service was deployed over, as the service says after a block. */
export const readRegistry = async (
  provider: JsonRpcProvider,
  service: Address,
  block: Hash,
): Promise<Address> => {
  const [registry] = await reader(provider, service, block)('tower')
  return registry.toLowerCase()
}

/**
 * Holds the parameters of the deployment as it stood after a block against those that are believed.
 *
 * @returns the first difference, or undefined
 */
export const checkDeployment = async (
  provider: JsonRpcProvider,
  address: Address,
  block: Hash,
  parameters: Parameters,
): Promise<string | undefined> => {
  const read = reader(provider, address, block)
  const names = Object.keys(parameters).filter((name) => opmlInterface().hasFunction(name))
  const kept = await Promise.all(names.map(async (name) => [name, (await read(name))[0]] as const))
  const expected = Object.fromEntries(names.map((name) => [name, parameters[name as keyof Parameters]]))
  return differences('deployment', expected, Object.fromEntries(kept))[0]
}

/**
 * Holds what the contract keeps after a block, of all that is pending and of what changed from `before` to `after`,
 * against the fold.
 *
 * @param block hash of the block that was folded last
 * @param isWhole whether the fold leaves nothing out: strangers' models may bring accounts what it does not know
 * @returns the first difference, or undefined
 */
export const checkStorage = async (
  provider: JsonRpcProvider,
  address: Address,
  block: Hash,
  before: ServiceState,
  after: ServiceState,
  isWhole = true,
): Promise<string | undefined> => {
  const read = reader(provider, address, block)
  const task = async ([id, { kind }]: readonly [Id, TaskState]) =>
    differences(`task ${id}`, { kind: TASK_KINDS[kind] }, { kind: (await read('taskEntry', id))[0] })
  const claim = async ([id, entry]: readonly [Id, ClaimState]) =>
    differences(`claim ${id}`, claimWords(entry), (await read('claimEntry', id))[0])
  const dispute = async ([id, entry]: readonly [Id, DisputeState]) =>
    differences(`dispute ${id}`, disputeWords(entry), (await read('disputeEntry', id))[0])
  const credit = async ([account, wei]: readonly [Address, bigint]) => {
    const [kept] = await read('credits', account)
    return !isWhole && kept > wei ? [] : differences(`credit of ${account}`, { wei }, { wei: kept })
  }
  const money = async () => {
    const balanceWei = BigInt(await provider.send('eth_getBalance', [address, { blockHash: block }]))
    // Ether can be forced upon a contract; less than owed, or burned, is what must never be.
    return balanceWei < after.balanceWei
      ? [`the contract holds ${balanceWei} wei of ${after.balanceWei}`]
      : []
  }
  const faults = await Promise.all([
    ...toCheck(before.tasks, after.tasks, block).map(task),
    ...toCheck(before.claims, after.claims, block).map(claim),
    ...toCheck(before.disputes, after.disputes, block).map(dispute),
    ...[...after.credits].filter(([account, wei]) => before.credits.get(account) !== wei).map(credit),
    money(),
  ])
  return faults.flat()[0]
}
