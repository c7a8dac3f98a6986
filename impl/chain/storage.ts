import type { Result as Decoded, JsonRpcProvider } from 'ethers'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { asHash, type Hash, type Id, ZERO_HASH } from '../../spec/commitments/hash.ts'
import type {
  Answer,
  ClaimState,
  DisputeState,
  Enrollment,
  Round,
  SealState,
  ServiceState,
  TaskState,
} from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { ChainUnreachable } from './connection.ts'
import { opmlInterface } from './contractInterface.ts'
import { parameterStruct } from './deploy.ts'
import { runningWord } from './packed.ts'

const TASK_KINDS = { Open: 1, Bound: 2, Settled: 3, Expired: 4 } as const
const CLAIM_KINDS = { Pending: 1, Final: 2, Refuted: 3 } as const
const SEAL_KINDS = { Sealed: 1, Revealed: 2, Forfeited: 3 } as const
const VERDICT_WORDS = { asserter: 1, challenger: 2 } as const
const DRAWN_WORD = 3
/** In the place of an answer that has been paid. */
const PAID = 1

const word = (value: number): Hash => asHash(bigEndian(value, 32))

const taskWords = (entry: TaskState, { claims, answers }: ServiceState, id: Id) => ({
  kind: TASK_KINDS[entry.kind],
  ...('bindings' in entry ? { bindings: entry.bindings, cursor: entry.cursor } : {}),
  ...('draw' in entry ? { isDrawn: entry.draw !== undefined } : {}),
  ...('draw' in entry && entry.draw !== undefined ? entry.draw : {}),
  ...('draw' in entry ? { answers: [...answers.values()].filter(({ task }) => task === id).length } : {}),
  ...(entry.kind === 'Settled'
    ? {
        settledBy: claims.get(entry.claim)!.number,
        isPaid: entry.isPaid,
        isNotified: entry.isNotified,
      }
    : {}),
})

const claimWords = (entry: ClaimState) => ({
  kind: CLAIM_KINDS[entry.kind],
  number: entry.number,
  ...(entry.kind === 'Pending' ? { windowEnd: entry.windowEnd, disputes: entry.disputes } : {}),
  ...(entry.kind === 'Refuted' ? { windowEnd: entry.fallenAt } : {}),
  ...(entry.kind === 'Final' ? {} : { weight: entry.weight }),
})

const sealWords = (entry: SealState) => ({
  kind: SEAL_KINDS[entry.kind],
  number: entry.number,
  ...(entry.kind === 'Sealed' ? { sealedAt: entry.sealedAt } : {}),
})

const disputeWord = (dispute: DisputeState): Hash => {
  if (dispute.kind === 'Running') return runningWord(dispute)
  return word(dispute.kind === 'Decided' ? VERDICT_WORDS[dispute.winner] : DRAWN_WORD)
}

/** What is kept of things that can still change. */
const PENDING = new Set(['Open', 'Bound', 'Settled', 'Pending', 'Running', 'Sealed'])

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
  const [kept] = await read('parameters')
  return differences('deployment', parameterStruct(parameters), kept)[0]
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
  const entry = async (
    what: string,
    name: string,
    id: unknown,
    expected: Readonly<Record<string, unknown>>,
  ) => differences(`${what} ${id}`, expected, (await read(name, id))[0])
  const single = async (what: string, name: string, args: readonly unknown[], expected: unknown) =>
    differences(`${what} ${args}`, { value: expected }, { value: (await read(name, ...args))[0] })
  const task = ([id, kept]: readonly [Id, TaskState]) =>
    entry('task', 'taskEntry', id, taskWords(kept, after, id))
  const claim = ([id, kept]: readonly [Id, ClaimState]) => entry('claim', 'claimEntry', id, claimWords(kept))
  const seal = ([id, kept]: readonly [Id, SealState]) => entry('seal', 'sealEntry', id, sealWords(kept))
  const dispute = ([id, kept]: readonly [Id, DisputeState]) =>
    single('dispute', 'disputeEntry', [id], disputeWord(kept))
  const enrollment = ([id, { since, retiredAt }]: readonly [Id, Enrollment]) =>
    entry('enrollment', 'enrollmentEntry', id, { since, retiredAt: retiredAt ?? 0 })
  const gone = (id: Id) => entry('enrollment', 'enrollmentEntry', id, { since: 0, retiredAt: 0 })
  const round = ([number, { closedIn, randomness }]: readonly [number, Round]) =>
    entry('round', 'roundEntry', number, { closedIn, randomness: randomness ?? ZERO_HASH })
  const answer = ([id, { hash, isPaid }]: readonly [Id, Answer]) =>
    single('answer', 'answerEntry', [id], isPaid ? word(PAID) : hash)
  const weight = ([id, wei]: readonly [Id, bigint]) => single('weight', 'roundWeight', [id], wei)
  const delegate = ([account, to]: readonly [Address, Address]) =>
    single('delegate of', 'delegates', [account], to)
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
    ...toCheck(before.seals, after.seals, block).map(seal),
    ...toCheck(before.disputes, after.disputes, block).map(dispute),
    ...changed(before.enrollments, after.enrollments).map(enrollment),
    ...[...before.enrollments.keys()].filter((id) => !after.enrollments.has(id)).map(gone),
    ...changed(before.rounds, after.rounds).map(round),
    ...changed(before.answers, after.answers).map(answer),
    ...changed(before.roundWeights, after.roundWeights).map(weight),
    ...changed(before.delegates, after.delegates).map(delegate),
    ...changed(before.credits, after.credits).map(credit),
    money(),
  ])
  return faults.flat()[0]
}
