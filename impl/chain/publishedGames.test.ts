import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AbiCoder, keccak256, toBeHex, toQuantity } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, type Hex } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, ZERO_HASH } from '../../spec/commitments/hash.ts'
import type { Rejection } from '../../spec/rejection.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import { registeredService, registrationOf } from '../../spec/service/registration.ts'
import { registerRules } from '../../spec/service/registry.ts'
import { initialService, type ServiceState, withEntry } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import type { Model } from '../../spec/tower/model.ts'
import { type AlphabetParameters, alphabetRules } from '../../spec/tower/phases/alphabet.ts'
import { alphabetTower } from './alphabet.fixture.ts'
import type { Log } from './blocks.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface } from './contractInterface.ts'
import { deployOpml, deployService } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { type Folded, foldLog } from './fold.ts'
import { chainVerdict, refusalVerdict } from './verdict.fixture.ts'

/** The games that are published for other implementations, on the contracts: read from the files, and from the logs. */

interface PublishedCall {
  readonly call: Call
  readonly context: Context & {
    readonly block?: { readonly number: number; readonly hashes: Record<number, Hash> }
  }
  readonly rejection?: Rejection['reason']
  readonly details?: Rejection['details']
  readonly id?: Id
  readonly paidWei?: bigint
  readonly balanceWei?: bigint
  readonly stateHash: Hash
}

interface PublishedGame {
  readonly name: string
  readonly tower?: AlphabetParameters
  readonly model?: Model
  readonly modelId: Id
  readonly parameters: Parameters
  readonly startHash: Hash
  readonly calls: readonly PublishedCall[]
  readonly endHash: Hash
}

const BYTES = new Set(['input', 'output', 'startWitness', 'outputWitness', 'witness'])

/** Amounts are printed as decimal strings, bytes as hex. */
const revive = (key: string, value: unknown): unknown => {
  if (typeof value !== 'string') return value
  if (BYTES.has(key)) return fromHex(value as Hex)
  return key.endsWith('Wei') ? BigInt(value) : value
}

const read = (name: string): readonly PublishedGame[] => {
  const path = join(import.meta.dirname, '../../spec/published/vectors', `${name}.json`)
  return JSON.parse(readFileSync(path, 'utf8'), revive).games
}

const GAMES = [...read('games'), ...read('toys')]

/**
 * What has no counterpart on the chain: no transaction is malformed as the one published call is, an `Expire` of a task id
 * of no bytes, since the encoder puts a task that nobody knows in its place.
 */
const NO_COUNTERPART: Readonly<Record<string, string>> = { CallMalformed: 'TaskUnknown' }

let chain: TestChain
beforeAll(async () => {
  const senders = new Set(GAMES.flatMap(({ calls }) => calls.map(({ context }) => context.sender)))
  chain = await startTestChain([...senders])
})
afterAll(() => chain?.stop())

interface Deployed {
  readonly contract: Address
  readonly start: ServiceState
}

const deployFor = async ({ tower, model, modelId, parameters }: PublishedGame): Promise<Deployed> => {
  const { provider } = chain
  const signer = await provider.getSigner(0)
  if (tower !== undefined) {
    const made = registerRules(initialService(parameters), modelId, alphabetRules(tower))
    if (!made.ok) throw new Error(made.rejection.reason)
    const towers = await alphabetTower(provider, parameters, new Map([[modelId, tower]]))
    return { contract: await deployService(signer, parameters, towers), start: made.value.state }
  }
  const { service, registry } = await deployOpml(signer, parameters)
  const sender = (await signer.getAddress()) as Address
  let now = Number((await provider.getBlock('latest'))!.timestamp)
  for (const call of registrationOf(model!)) {
    const data = encodeCall(call, initialService(parameters))
    const sent = await chain.submitData(registry, data, { sender, valueWei: 0n, now: ++now })
    expect(sent.outcome).toBe('accepted')
  }
  return { contract: service, start: registeredService(parameters, model!) }
}

/** Where the contract keeps a round: the seventh map of its ledger. */
const roundSlot = (round: number): bigint =>
  BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [round, 6])))

/**
 * Nobody chooses the number and the hash of a real block, and in a published game they are given: they are written where
 * the contract has noted its own, on the chain and in the fold. What is drawn with them is the contract's.
 */
const writeRound = async (
  contract: Address,
  service: ServiceState,
  round: number,
  { number, hashes }: { readonly number: number; readonly hashes: Record<number, Hash> },
): Promise<ServiceState> => {
  const before = service.rounds.get(round)!
  const closedIn = before.randomness === undefined ? number : before.closedIn
  const randomness = before.randomness && hashes[closedIn]!
  const words = [toBeHex(closedIn, 32), randomness ?? ZERO_HASH]
  for (const [i, word] of words.entries())
    await chain.provider.send('anvil_setStorageAt', [
      contract,
      toBeHex(roundSlot(round) + BigInt(i), 32),
      word,
    ])
  const data = opmlInterface().encodeFunctionData('roundEntry', [round])
  const kept = await chain.provider.send('eth_call', [{ to: contract, data }, 'latest'])
  const [entry] = opmlInterface().decodeFunctionResult('roundEntry', kept)
  expect([Number(entry.closedIn), entry.randomness]).toEqual([closedIn, words[1]])
  return { ...service, rounds: withEntry(service.rounds, round, { closedIn, randomness }) }
}

/** The number of the block that a call stands in, where it matters: without one given, a closing block knows no hash of its own. */
const blockNumber = ({ call, context }: PublishedCall, { rounds }: ServiceState): number | undefined =>
  context.block?.number ?? (call.kind === 'RecordRound' ? rounds.get(call.round)?.closedIn : undefined)

/** What would come of each of several calls in one state. */
const verdictsOn = async (
  contract: Address,
  calls: readonly PublishedCall[],
  state: ServiceState,
): Promise<readonly string[]> => {
  const body = calls.map((made, id) => {
    const { sender, valueWei, now } = made.context
    const data = encodeCall(made.call, state)
    const transaction = { from: sender, to: contract, data, value: toQuantity(valueWei) }
    const number = blockNumber(made, state)
    const at = { time: toQuantity(now), ...(number && { number: toQuantity(number) }) }
    return { jsonrpc: '2.0', id, method: 'eth_call', params: [transaction, 'latest', {}, at] }
  })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(chain.url, { method: 'POST', headers, body: JSON.stringify(body) })
  const answers = (await response.json()) as readonly {
    readonly id: number
    readonly result?: string
    readonly error?: { readonly data?: string }
  }[]
  const ordered = answers.toSorted((a, b) => a.id - b.id)
  return ordered.map(({ result, error }) => chainVerdict(result, error?.data))
}

/** Each accepted call, with those before it that are refused. */
const turns = (calls: readonly PublishedCall[]) => {
  const made: (readonly [readonly PublishedCall[], PublishedCall])[] = []
  let refused: PublishedCall[] = []
  for (const call of calls) {
    if (call.rejection !== undefined) refused.push(call)
    else {
      made.push([refused, call])
      refused = []
    }
  }
  expect(refused).toEqual([])
  return made
}

const playPublished = async (game: PublishedGame, count: (what: string) => void): Promise<void> => {
  await chain.rewind()
  const { contract, start } = await deployFor(game)
  expect(stateHash(start)).toBe(game.startHash)
  let folded: Folded = { service: start, strangers: new Set() }
  for (const [refused, made] of turns(game.calls)) {
    const { service } = folded
    const { call, context } = made
    const published = refused.map(({ call: other, rejection, details }) => {
      count(rejection!)
      const value = { reason: rejection!, details: details! } as Rejection
      return NO_COUNTERPART[rejection!] ?? refusalVerdict(value, { call: other, state: service })
    })
    const verdicts = await verdictsOn(contract, refused, service)
    expect([game.name, ...verdicts]).toEqual([game.name, ...published])
    for (const other of refused) expect(other.stateHash).toBe(stateHash(service))

    const before = await chain.provider.getBalance(context.sender)
    const sent = await chain.submit(contract, { call, context, state: service })
    expect([game.name, call.kind, sent.outcome]).toEqual([game.name, call.kind, 'accepted'])
    const receipt = await chain.provider.send('eth_getTransactionReceipt', [sent.transactionHash])
    for (const log of receipt.logs as readonly Log[]) folded = foldLog(folded, log, context.now)
    if ('round' in call)
      folded = { ...folded, service: await writeRound(contract, folded.service, call.round, context.block!) }
    const after = await chain.provider.getBalance(context.sender)
    expect(after - before + sent.gasWei + context.valueWei).toBe(made.paidWei)
    expect(await chain.provider.getBalance(contract)).toBe(made.balanceWei)
    expect(stateHash(folded.service)).toBe(made.stateHash)
    count(`${call.kind} is accepted`)
  }
  expect(stateHash(folded.service)).toBe(game.endHash)
  expect(await chain.storageFault(contract, start, folded.service)).toBeUndefined()
}

describe('the published games', () => {
  // Rationale: whoever writes the protocol anew is held to these games; a contract that plays them otherwise is
  // another protocol. Refusals have the published values, accepted calls pay what is published, and the state that
  // logs alone give has the published digest at every call.
  test('IMPL-13 every published game is played on the chain call by call, refusals and amounts included', async () => {
    const seen = new Map<string, number>()
    for (const game of GAMES)
      await playPublished(game, (what) => {
        seen.set(what, (seen.get(what) ?? 0) + 1)
      })
    const refusals = [...seen].filter(([what]) => !what.endsWith('accepted'))
    const accepted = [...seen].filter(([what]) => what.endsWith('accepted'))
    const sum = (counted: typeof refusals) => counted.reduce((total, [, times]) => total + times, 0)
    expect([refusals.length >= 40, accepted.length >= 18]).toEqual([true, true])
    expect([sum(refusals) > 1500, sum(accepted) > 300]).toEqual([true, true])
  }, 300_000)
})
