import { Contract, Interface, type InterfaceAbi } from 'ethers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Id, MerkleRoot } from '../../spec/commitments/hash.ts'
import { maxMoves } from '../../spec/game/bounds.ts'
import type { Program } from '../../spec/machine/program.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import {
  type Attention,
  type Parameters,
  parameterFault,
  type Seals,
  type Wei,
} from '../../spec/setting/parameters.ts'
import { longestRuns, type Model, type PhaseName } from '../../spec/tower/model.ts'
import { artifact } from './artifacts.ts'
import { logsBetween } from './blocks.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface } from './contractInterface.ts'
import { deployContract, deployOpml, deployService, linked, parameterStruct } from './deploy.ts'
import { foldRegistration } from './registrations.ts'
import { type Attempt, nameOf, specVerdict } from './verdict.fixture.ts'

/** The most code that a contract may have (EIP-170). */
const MAX_CODE_BYTES = 24_576

const PARAMETERS: Parameters = {
  arity: 16,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  claimBondWei: 1000n,
  disputeBondWei: 400n,
  burnBasisPoints: 5000,
  disputesAtOnce: 4,
  mostMoves: 40,
  inclusionSeconds: 60,
  seals: { answerSeconds: 660, revealSeconds: 720 },
  attention: { stakeWei: 50n, oneIn: 3, minFeeWei: 20n, payWei: 10n },
}

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([OUTSIDER])
})
afterAll(() => chain?.stop())

interface RpcError {
  readonly info: { readonly error: { readonly data: string } }
}

const CONSTRUCTOR = new Interface(artifact('Opml').abi as InterfaceAbi)
/** The service's code, linked to nothing, since its constructor calls no library. */
const CODE = linked(
  'Opml',
  Object.fromEntries(Object.keys(artifact('Opml').links).map((name) => [name, OUTSIDER] as const)),
)

const latestSecond = async (): Promise<number> => (await chain.provider.getBlock('latest'))!.timestamp

/** The tower of a deployment with those parameters, deployed once. */
const towers = new Map<string, Address>()
const towerOf = async ({ arity, mostMoves }: Pick<Parameters, 'arity' | 'mostMoves'>): Promise<Address> => {
  const key = `${arity} ${mostMoves}`
  const tower =
    towers.get(key) ??
    (await deployContract('AlphabetTower', await chain.provider.getSigner(0), [arity, mostMoves]))
  towers.set(key, tower)
  return tower
}

type Struct = ReturnType<typeof parameterStruct>

/** The parameter that a deployment would be refused for; undefined where it would not. Nothing is deployed. */
const refusedParameter = async (given: Struct): Promise<string | undefined> => {
  const data = CODE + CONSTRUCTOR.encodeDeploy([given, await towerOf(given)]).slice(2)
  try {
    await chain.provider.send('eth_call', [{ from: OUTSIDER, data }, 'latest'])
    return undefined
  } catch (error) {
    const refusal = opmlInterface().parseError((error as RpcError).info.error.data)
    expect(refusal?.name).toBe('ParameterInvalid')
    return String(refusal?.args[0])
  }
}

type Edges<Value> = { readonly [Key in keyof Value]-?: readonly NonNullable<Value[Key]>[] }

const EDGES: Edges<Omit<Parameters, 'seals' | 'attention'>> = {
  arity: [0, 1, 2, 3, 63, 64, 65, 255],
  clockSeconds: [0, 1, 59, 60 * 21 - 1, 60 * 21, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  descentSeconds: [0, 1, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1],
  windowSeconds: [0, 1, 59, 60, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  claimBondWei: [0n, 1n, 399n, 400n, 1600n, 1601n, 2n ** 128n - 1n],
  disputeBondWei: [0n, 1n, 249n, 250n, 1000n, 1001n, 2n ** 128n - 1n],
  burnBasisPoints: [0, 1, 9_999, 10_000, 10_001, 16_383, 16_384, 65_535],
  disputesAtOnce: [0, 1, 2, 3, 2 ** 16 - 1],
  mostMoves: [0, 1, 117, 118, 119, 2 ** 16 - 1],
  inclusionSeconds: [0, 1, 170, 171, 172, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1],
}

const SEAL_EDGES: Edges<Seals> = {
  answerSeconds: [1, 59, 60, 179, 180, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  revealSeconds: [0, 1, 59, 60, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
}

const ATTENTION_EDGES: Edges<Attention> = {
  stakeWei: [0n, 1n, 2n ** 128n - 1n],
  oneIn: [0, 1, 2 ** 32 - 1],
  minFeeWei: [0n, 1n, 9n, 10n, 2n ** 128n - 1n],
  payWei: [0n, 1n, 20n, 21n, 2n ** 128n - 1n],
}

const each = <Value extends object>(value: Value, edges: Edges<Value>): readonly Value[] =>
  Object.entries(edges).flatMap(([key, values]) =>
    (values as readonly unknown[]).map((edge) => ({ ...value, [key]: edge })),
  )

const { seals, attention, ...BARE } = PARAMETERS
const atEdges: readonly Parameters[] = [
  { ...PARAMETERS, seals: undefined },
  { ...PARAMETERS, attention: undefined },
  ...[PARAMETERS, BARE].flatMap((base) => each(BARE, EDGES).map((edge) => ({ ...base, ...edge }))),
  ...each(seals!, SEAL_EDGES).map((edge) => ({ ...PARAMETERS, seals: edge })),
  // Without attention, which needs more time for answers; and where calls are included at once.
  ...[BARE, { ...BARE, inclusionSeconds: 0 }].flatMap((base) =>
    each(seals!, SEAL_EDGES).map((edge) => ({ ...base, seals: edge })),
  ),
  ...each(attention!, ATTENTION_EDGES).map((edge) => ({ ...PARAMETERS, attention: edge })),
  // A wei burns of a dispute, and a wei is left of a claim.
  { ...BARE, claimBondWei: 2n, disputeBondWei: 2n },
]

const anyOf = <Value extends object>(edges: Edges<Value>): fc.Arbitrary<Value> =>
  fc.record(
    Object.fromEntries(
      Object.entries(edges).map(([key, values]) => [key, fc.constantFrom(...(values as readonly unknown[]))]),
    ),
  ) as unknown as fc.Arbitrary<Value>

const anyParameters: fc.Arbitrary<Parameters> = fc
  .tuple(anyOf(EDGES), fc.option(anyOf(SEAL_EDGES)), fc.option(anyOf(ATTENTION_EDGES)))
  .map(([bare, withSeals, withAttention]) => ({
    ...bare,
    ...(withSeals && { seals: withSeals }),
    ...(withAttention && { attention: withAttention }),
  }))

describe('deployment', () => {
  // Rationale: a deployment that cannot be played on would take deposits that never come out again.
  test('IMPL-7 impossible parameters are refused, the same as in the specification', async () => {
    const seen = new Set<string | undefined>()
    for (const parameters of [...atEdges, ...fc.sample(anyParameters, 100)]) {
      // Zeros stand for what a deployment does not do; the specification leaves it out instead.
      const expected = parameterFault(parameters)?.parameter
      expect([parameters, await refusedParameter(parameterStruct(parameters))]).toEqual([
        parameters,
        expected,
      ])
      seen.add(expected)
    }
    for (const parameter of [undefined, 'attention', ...Object.keys(parameterStruct(PARAMETERS))])
      expect(seen).toContain(parameter)
  })

  // Rationale: the specification has no such deployment; whoever writes a client can ask for one.
  test('IMPL-7 what a deployment does not do has all its parameters zero, and what it does has none', async () => {
    const whole = parameterStruct(PARAMETERS)
    const none = { answerSeconds: 0, revealSeconds: 0, stakeWei: 0n, oneIn: 0, minFeeWei: 0n, payWei: 0n }
    expect(await refusedParameter({ ...whole, ...none })).toBeUndefined()
    expect(await refusedParameter({ ...whole, ...none, revealSeconds: 60 })).toBe('answerSeconds')
    const names = ['stakeWei', 'oneIn', 'minFeeWei', 'payWei'] as const
    for (let some = 1; some < 1 << names.length; some++) {
      const isZero = (i: number): boolean => ((some >> i) & 1) === 0
      const zeros = Object.fromEntries(names.filter((_, i) => isZero(i)).map((name) => [name, none[name]]))
      expect([some, await refusedParameter({ ...whole, ...zeros })]).toEqual([
        some,
        names.find((_, i) => isZero(i)),
      ])
    }
  })

  test('IMPL-7 a deployment says what it was deployed with, in every parameter', async () => {
    const { service } = await deployOpml(await chain.provider.getSigner(0), PARAMETERS)
    const said = await new Contract(service, opmlInterface(), chain.provider)
      .getFunction('parameters')
      .staticCall()
    const given = parameterStruct(PARAMETERS)
    for (const [name, value] of Object.entries(given))
      expect([name, BigInt(said[name])]).toEqual([name, BigInt(value)])
    // One that is told for another is seen.
    expect(new Set(Object.values(given).map(BigInt)).size).toBe(Object.keys(given).length)
  })

  // Rationale: a tower that was checked for other disputes than the deployment's lets them run out of clock.
  test('IMPL-7 a tower for another arity or for more moves is refused', async () => {
    for (const other of [{ arity: 15 }, { mostMoves: 41 }]) {
      const tower = await towerOf({ ...PARAMETERS, ...other })
      const deployed = deployService(await chain.provider.getSigner(0), PARAMETERS, tower)
      await expect(deployed).rejects.toThrow()
    }
  })

  test.each(['Opml', 'Market', 'Seals', 'Attention', 'Registry'])(
    'IMPL-8 %s is small enough to be deployed, with room to spare',
    (name) => {
      expect(artifact(name).deployedBytes).toBeLessThanOrEqual(MAX_CODE_BYTES - 2_000)
    },
  )
})

const root = (digit: string): MerkleRoot => `0x${digit.repeat(64)}` as MerkleRoot

const PROGRAM: Program = {
  codeBase: 0x1000,
  codeHeight: 8,
  codeRoot: root('1'),
  imageRoot: root('2'),
  entry: 0x1004,
}

const MODEL: Model = {
  program: PROGRAM,
  phases: ['graph', 'vm'],
  graphRoot: root('3'),
  nodeCount: 6,
  valueHeight: 4,
  weightHeight: 3,
  weightsRoot: root('4'),
  carryRoot: root('5'),
  inputSlot: 0,
  outputSlot: 9,
  outputBytes: 4,
  mostIterations: 0,
  stepLimit: 1000,
}

const PROGRAM_EDGES: { readonly [Key in keyof Program]?: readonly Program[Key][] } = {
  codeBase: [0, 1, 16, 31, 32, 2 ** 32 - 32, 2 ** 32 - 1],
  codeHeight: [0, 1, 27, 28, 255],
  codeRoot: [root('0'), root('f')],
  entry: [0, 2 ** 32 - 1],
}

const phaseLists: readonly (readonly PhaseName[])[] = [
  [],
  ['vm'],
  ['graph'],
  ['graph', 'vm'],
  ['vm', 'graph'],
  ['vm', 'vm'],
  ['graph', 'graph', 'vm'],
  ['graph', 'vm', 'vm'],
  ['tile', 'vm'],
  ['loop', 'graph', 'tile', 'vm'],
  Array<PhaseName>(31).fill('vm'),
  Array<PhaseName>(32).fill('vm'),
  Array<PhaseName>(255).fill('graph'),
]

const PHASES = ['loop', 'graph', 'tile', 'vm'] as const

const TOWERS: readonly (readonly PhaseName[])[] = [
  ['graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['loop', 'graph', 'tile', 'vm'],
]

/** Every list of one to four phases: 340 of them, few of which are towers. */
const shortLists = ((): readonly (readonly PhaseName[])[] => {
  const longer = (lists: readonly (readonly PhaseName[])[]) =>
    lists.flatMap((list) => PHASES.map((phase) => [...list, phase]))
  const ones = longer([[]])
  const [twos, threes] = [longer(ones), longer(longer(ones))]
  return [...ones, ...twos, ...threes, ...longer(threes)]
})()

const MODEL_EDGES: { readonly [Key in keyof Model]?: readonly Model[Key][] } = {
  program: [PROGRAM, { ...PROGRAM, entry: 0x1008 }],
  phases: phaseLists,
  nodeCount: [0, 1, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1],
  valueHeight: [0, 1, 3, 4, 24, 25, 255],
  weightHeight: [0, 1, 24, 25, 255],
  inputSlot: [0, 7, 8, 15, 16, 2 ** 32 - 1],
  outputSlot: [0, 7, 8, 15, 16, 2 ** 32 - 1],
  outputBytes: [0, 65_536, 65_537, 2 ** 32 - 1],
  mostIterations: [0, 1, 2 ** 32 - 1],
  stepLimit: [0, 1, 2 ** 48 - 1],
}

/** Each field at each of its edges, alone and in all pairs with the phase list. */
const variants = <Value extends object>(
  value: Value,
  edgesOf: { readonly [Key in keyof Value]?: readonly Value[Key][] },
): readonly Value[] =>
  Object.entries(edgesOf).flatMap(([key, values]) =>
    (values as readonly unknown[]).map((edge) => ({ ...value, [key]: edge })),
  )

describe('registry', () => {
  // Rationale: a model that the contract takes and the specification does not, or under another id, is one that
  // nobody can play as specified.
  test('IMPL-9 contract and spec register the same programs and models, under the same ids', async () => {
    const { registry } = await deployOpml(await chain.provider.getSigner(0), PARAMETERS)
    const empty = initialService(PARAMETERS)
    const context = { sender: OUTSIDER, valueWei: 0n, now: 1000 }
    const registered = applyCall(empty, { kind: 'RegisterProgram', program: PROGRAM }, context)
    if (!registered.ok) throw new Error(registered.rejection.reason)
    const programs = variants(PROGRAM, PROGRAM_EDGES)
    const models = phaseLists
      .flatMap((phases) => variants({ ...MODEL, phases }, MODEL_EDGES))
      .concat(variants<Model>({ ...MODEL, phases: ['vm'], valueHeight: 3, outputSlot: 7 }, MODEL_EDGES))
      .concat(
        shortLists.flatMap((phases) =>
          [0, 1].map((mostIterations) => ({ ...MODEL, phases, mostIterations })),
        ),
      )
    const expectAgreement = async (calls: readonly Call[], state: Attempt['state']) => {
      const attempts = calls.map((call) => ({ call, context, state }))
      const expected = attempts.map(specVerdict)
      expect(await chain.verdicts(registry, attempts)).toEqual(expected)
      return new Set(expected.map((verdict) => verdict.split(' ')[0]))
    }
    const register = async (call: Call, now: number) => {
      const attempt = { call, context: { ...context, now }, state: empty }
      expect((await chain.submit(registry, attempt)).outcome).toBe('accepted')
    }
    const programCalls = programs.map((program): Call => ({ kind: 'RegisterProgram', program }))
    const modelCalls = models.map((model): Call => ({ kind: 'RegisterModel', model }))
    expect(await expectAgreement([...programCalls, ...modelCalls.slice(0, 20)], empty)).toEqual(
      new Set(['accepted', 'ProgramInvalid', 'ProgramUnknown']),
    )
    const now = (await chain.provider.getBlock('latest'))!.timestamp
    await register({ kind: 'RegisterProgram', program: PROGRAM }, now + 1)
    const refusals = [
      'accepted',
      'AlreadyRegistered',
      'ModelInvalid',
      'NoDescent',
      'ProgramInvalid',
      'ProgramUnknown',
    ]
    await register({ kind: 'RegisterModel', model: MODEL }, now + 2)
    const both = applyCall(registered.value.state, { kind: 'RegisterModel', model: MODEL }, context)
    if (!both.ok) throw new Error(both.rejection.reason)
    expect(await expectAgreement([...programCalls, ...modelCalls], both.value.state)).toEqual(
      new Set(refusals),
    )
    expect([...both.value.state.models.keys()] as Id[]).toHaveLength(1)
  })

  // Rationale: a deployment's clocks hold so many moves and no more; a model of which a dispute could have one more would time out its honest
  // side.
  test('IMPL-9 a model is registered up to the moves that the deployment is made for, and with one more it is refused', async () => {
    const mostMoves = maxMoves([MODEL.nodeCount, 256], PARAMETERS.arity)
    const parameters = { ...PARAMETERS, mostMoves }
    const { registry, make } = await registryOf(MODEL, parameters)
    await make('RegisterProgram')
    const state = followed(initialService(parameters), { kind: 'RegisterProgram', program: PROGRAM })
    const context = { sender: OUTSIDER, valueWei: 0n, now: 1000 }
    const attempts = [1, 15, 16, 17, 255, 256, 257, 4096, 4097, 65_536, 2 ** 48 - 1].map(
      (stepLimit): Attempt => ({
        call: { kind: 'RegisterModel', model: { ...MODEL, stepLimit } },
        context,
        state,
      }),
    )
    const expected = attempts.map(specVerdict)
    expect(await chain.verdicts(registry, attempts)).toEqual(expected)
    expect(new Set(expected.map(nameOf))).toEqual(new Set(['accepted', 'MovesTooMany']))
  })

  // Rationale: how many moves a phase can have stands in the registry once more, and each phase by another number of the model's.
  test.each(
    [2, 16].flatMap((arity) =>
      TOWERS.map((phases) => ({ arity, phases, name: `${phases.join(', ')} at arity ${arity}` })),
    ),
  )('IMPL-9 the most moves of a model of $name are the specification’s', async ({ arity, phases }) => {
    const isLoop = phases[0] === 'loop'
    const long: Model = { ...MODEL, phases, ...(isLoop && { mostIterations: 9, outputSlot: 1 }) }
    const short: Model = { ...long, nodeCount: 1, stepLimit: 1, ...(isLoop && { mostIterations: 1 }) }
    for (const model of [long, short]) {
      const most = maxMoves(longestRuns(model), arity)
      for (const mostMoves of [most, most - 1]) {
        const { make, say } = await registryOf(model, { ...PARAMETERS, arity, mostMoves })
        await make('RegisterProgram')
        expect(await say('RegisterModel')).toBe(mostMoves === most ? 'accepted' : 'MovesTooMany')
      }
    }
  })

  // Rationale: whoever follows a registry learns of programs and models by its log alone.
  test('IMPL-9 what is registered is logged whole; it takes no value, and is not taken twice', async () => {
    const { registry, make, say } = await registryOf(MODEL, PARAMETERS)
    for (const kind of ['RegisterProgram', 'RegisterModel'] as const) {
      expect(await say(kind, 1n)).toBe('ValueUnexpected')
      await make(kind)
      expect(await say(kind)).toBe('AlreadyRegistered')
    }
    const block = await chain.provider.getBlockNumber()
    const logs = await logsBetween(chain.provider, [registry], 0, block)
    const told = logs.reduce(foldRegistration, initialService(PARAMETERS))
    const made = registrationOf(MODEL).reduce(
      (state, call) => followed(state, call),
      initialService(PARAMETERS),
    )
    expect(told.programs).toEqual(made.programs)
    // By their ids, which bind every field.
    expect([...told.models.keys()]).toEqual([...made.models.keys()])
    expect(made.models.size).toBe(1)
  })
})

const followed = (state: ServiceState, call: Call): ServiceState => {
  const result = applyCall(state, call, { sender: OUTSIDER, valueWei: 0n, now: 0 })
  if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
  return result.value.state
}

/** A registry of its own for a model, on which contract and specification say the same of what is registered. */
const registryOf = async (model: Model, parameters: Parameters) => {
  const signer = await chain.provider.getSigner(0)
  const registry = await deployContract('Registry', signer, [parameters.arity, parameters.mostMoves])
  const calls = new Map(registrationOf(model).map((call) => [call.kind, call]))
  let state = initialService(parameters)
  const attemptOf = async (kind: Call['kind'], valueWei: Wei): Promise<Attempt> => ({
    call: calls.get(kind)!,
    context: { sender: OUTSIDER, valueWei, now: (await latestSecond()) + 1 },
    state,
  })
  return {
    registry,
    say: async (kind: Call['kind'], valueWei: Wei = 0n): Promise<string> => {
      const attempt = await attemptOf(kind, valueWei)
      const [verdict] = await chain.verdicts(registry, [attempt])
      expect(verdict).toBe(specVerdict(attempt))
      return nameOf(verdict!)
    },
    make: async (kind: Call['kind']): Promise<void> => {
      const attempt = await attemptOf(kind, 0n)
      expect((await chain.submit(registry, attempt)).outcome).toBe('accepted')
      state = followed(state, attempt.call)
    },
  }
}
