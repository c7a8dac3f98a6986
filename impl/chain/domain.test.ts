import type { ParamType } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER, REQUESTER, START } from '../../spec/checks/properties/alphabetGame.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import { deployAlphabet, instanceOf, PLAYERS, playGame } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface } from './contractInterface.ts'
import { deployOpml } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { ChainFollower } from './follower.ts'
import { mnistRuns } from './mnist.fixture.ts'
import { type Attempt, specVerdict } from './verdict.fixture.ts'
import { playGames, startGamesChain } from './wholeGames.fixture.ts'

const INSTANCE = instanceOf(3)

const GAME = playGame(INSTANCE, {
  honest: 'verifier',
  opponent: 'liar',
  lie: [2, 3],
  seed: 0,
  silentAfter: undefined,
  rival: [1, 2],
})

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

/** Of a move, which is packed bytes to the ABI: see contracts/Court.sol. */
const PACKED = { phase: 8, length: 48, segments: 8, segment: 8 } as const

/** Bits of each integer that a call takes, by its name: a name has one width wherever it stands. */
const widths = (): ReadonlyMap<string, number> => {
  const found = new Map<string, number>(Object.entries(PACKED))
  const visit = ({ name, baseType, type, components }: ParamType): void => {
    if (baseType === 'tuple') for (const component of components!) visit(component)
    const bits = Number(/^uint(\d+)$/.exec(type)?.[1])
    if (Number.isNaN(bits)) return
    expect([name, found.get(name) ?? bits]).toEqual([name, bits])
    found.set(name, bits)
  }
  opmlInterface().forEachFunction(({ inputs, constant }) => {
    if (!constant) inputs.forEach(visit)
  })
  return found
}

interface Field {
  readonly name: string
  readonly path: readonly string[]
  /** Amounts are bigints, all else is numbers. */
  readonly isAmount: boolean
}

/** The integers of a call, wherever they stand in it. */
const integersOf = (value: object, path: readonly string[] = []): readonly Field[] =>
  value instanceof Uint8Array || Array.isArray(value)
    ? []
    : Object.entries(value).flatMap(([name, inner]): readonly Field[] =>
        typeof inner === 'number' || typeof inner === 'bigint'
          ? [{ name, path: [...path, name], isAmount: typeof inner === 'bigint' }]
          : typeof inner === 'object' && inner !== null
            ? integersOf(inner, [...path, name])
            : [],
      )

const withPath = <Value extends object>(
  value: Value,
  [name, ...rest]: readonly string[],
  to: number | bigint,
): Value => {
  const inner = value[name as keyof Value]
  return { ...value, [name!]: rest.length === 0 ? to : withPath(inner as object, rest, to) }
}

const withField = (call: Call, { path, isAmount }: Field, to: bigint): Call =>
  withPath(call, path, isAmount ? to : Number(to))

/** The call with each of its integers at both ends of its width. */
const extremes = (call: Call): readonly (readonly [string, Call])[] => {
  const known = widths()
  return integersOf(call).flatMap((field) => {
    const bits = known.get(field.name)
    if (bits === undefined) return []
    const beyond = 1n << BigInt(bits)
    const ends = [0n, 1n, beyond - 2n, beyond - 1n]
    return ends.map((end) => [`${call.kind} ${field.path.join('.')}`, withField(call, field, end)] as const)
  })
}

/** Calls that anybody may make, and that leave something behind that others must follow. */
const MAKES = new Set(['Request', 'Claim', 'Open'])

describe('one domain', () => {
  // Rationale: a value that the chain takes and a client does not is a false claim that nobody disputes, or a client
  // that stops for ever.
  test('DOMAIN-1 at both ends of every integer of the ABI, contract, specification, encoder and follower agree', async () => {
    await chain.rewind()
    const contract = await deployAlphabet(chain, GAME.table)
    let { state } = GAME.table
    const block = await chain.provider.getBlockNumber()
    const follower = new ChainFollower(chain.provider, contract, state, block)
    const tried = new Set<string>()
    let accepted = 0
    const submit = async (attempt: Attempt): Promise<void> => {
      const { outcome } = await chain.submit(contract, attempt)
      const result = applyCall(state, attempt.call, attempt.context)
      expect(outcome).toBe(result.ok ? 'accepted' : result.rejection.reason)
      if (result.ok) ({ state } = result.value)
      await follower.sync()
      expect(follower.state).toEqual(state)
    }
    for (const { intent, context } of GAME.steps) {
      let now = context.now - 11
      const stranger: Context = MAKES.has(intent.call.kind) ? { ...context, sender: OUTSIDER } : context
      const attempts = extremes(intent.call).map(([name, call]) => {
        tried.add(name)
        return { call, context: { ...stranger, now: context.now }, state }
      })
      expect(await chain.verdicts(contract, attempts)).toEqual(attempts.map(specVerdict))
      for (const { call, context: tryout } of attempts) {
        const attempt = { call, context: { ...tryout, now: now++ }, state }
        if (now > context.now || !MAKES.has(call.kind)) continue
        if (applyCall(state, call, attempt.context).ok) accepted++
        await submit(attempt)
      }
      await submit({ call: intent.call, context, state })
    }
    const fields = [
      ...['Request nonce', 'Request iterations', 'Request deadline', 'Claim nonce', 'Claim length'],
      ...['Open nonce', 'Move opening.phase', 'Move opening.length', 'Move opening.segment'],
    ]
    expect(fields.filter((field) => !tried.has(field))).toEqual([])
    expect(accepted).toBeGreaterThanOrEqual(10)
  })

  test('DOMAIN-2 at both ends of every integer of programs and models, contract and specification agree', async () => {
    const { registry } = await deployOpml(await chain.provider.getSigner(0), INSTANCE.parameters)
    const runs = mnistRuns(['graph', 'vm'])
    let state: ServiceState = initialService(INSTANCE.parameters)
    for (const [index, call] of registrationOf(runs.model).entries()) {
      const context = { sender: REQUESTER, valueWei: 0n, now: START + 100_000 + index }
      const attempts = extremes(call).map(([, extreme]) => ({ call: extreme, context, state }))
      expect(attempts.length).toBeGreaterThan(10)
      expect(await chain.verdicts(registry, attempts)).toEqual(attempts.map(specVerdict))
      await chain.submit(registry, { call, context, state })
      const result = applyCall(state, call, context)
      if (!result.ok) throw new Error(result.rejection.reason)
      ;({ state } = result.value)
    }
  })

  // Rationale: what does not fit would be cut off, or written into the field beside it, and be another call.
  test('DOMAIN-3 an integer beyond its width is refused by encoder and specification', () => {
    const known = widths()
    for (const { intent, context, before } of GAME.steps)
      for (const field of integersOf(intent.call)) {
        const bits = known.get(field.name)
        if (bits === undefined) continue
        for (const beyond of [-1n, 1n << BigInt(bits)]) {
          const call = withField(intent.call, field, beyond)
          expect(() => encodeCall(call, before)).toThrow()
          expect(applyCall(before, call, context).ok).toBe(false)
        }
      }
  })

  // Rationale: the calls that DOMAIN-1 comes to are those of one dispute; every other call has widths of its own.
  test('DOMAIN-4 at both ends of every integer of every call, contract and specification agree', async () => {
    const games = await startGamesChain()
    const tried = new Set<string>()
    await playGames(games, async (duet, attempt) => {
      const attempts = extremes(attempt.call)
      // Throws where the two differ.
      await duet.compare(attempts.map(([, call]) => ({ ...attempt, call })))
      for (const [name] of attempts) tried.add(name)
    })
    await games.stop()
    const opening = ['phase', 'length', 'segments', 'segment'].map((field) => `Move opening.${field}`)
    expect(tried).toEqual(
      new Set([
        ...['Request nonce', 'Request iterations', 'Request attentionWei', 'Request deadline'],
        ...['Claim nonce', 'Claim length', 'Reveal nonce', 'Reveal length', 'Open nonce'],
        ...[...opening, 'Move reply.length', 'CloseRound round', 'RecordRound round'],
      ]),
    )
  })
})
