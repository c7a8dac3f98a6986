import { ContractFactory, type InterfaceAbi } from 'ethers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Id, MerkleRoot } from '../../spec/commitments/hash.ts'
import type { Program } from '../../spec/machine/program.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import { initialService } from '../../spec/service/state.ts'
import { type Parameters, parameterFault } from '../../spec/setting/parameters.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import { artifact } from './artifacts.ts'
import { type Attempt, specVerdict, startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface } from './contractInterface.ts'
import { deployOpml } from './deploy.ts'

/** The most code that a contract may have (EIP-170). */
const MAX_CODE_BYTES = 24_576

const PARAMETERS: Parameters = {
  arity: 16,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  bondWei: 1000n,
  burnBasisPoints: 5000,
}

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([OUTSIDER])
})
afterAll(() => chain?.stop())

interface RpcError {
  readonly info: { readonly error: { readonly data: string } }
}

/** The parameter that a deployment would be refused for; undefined where it would not. Nothing is deployed. */
const refusedParameter = async (parameters: Parameters): Promise<string | undefined> => {
  const { abi, bytecode } = artifact('Opml')
  const factory = new ContractFactory(abi as InterfaceAbi, bytecode)
  const { data } = await factory.getDeployTransaction(parameters, OUTSIDER)
  try {
    await chain.provider.send('eth_call', [{ from: OUTSIDER, data }, 'latest'])
    return undefined
  } catch (error) {
    const refusal = opmlInterface().parseError((error as RpcError).info.error.data)
    expect(refusal?.name).toBe('ParameterInvalid')
    return String(refusal?.args[0])
  }
}

const EDGES: { readonly [Key in keyof Parameters]: readonly Parameters[Key][] } = {
  arity: [0, 1, 2, 3, 63, 64, 65, 255],
  clockSeconds: [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  descentSeconds: [0, 1, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1],
  windowSeconds: [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  bondWei: [0n, 1n, 2n ** 128n - 1n],
  burnBasisPoints: [0, 1, 9_999, 10_000, 10_001, 16_383, 16_384, 65_535],
}

const edges = Object.entries(EDGES).flatMap(([key, values]) =>
  values.map((value): Parameters => ({ ...PARAMETERS, [key]: value })),
)

const anyParameters = fc.record({
  arity: fc.constantFrom(...EDGES.arity),
  clockSeconds: fc.constantFrom(...EDGES.clockSeconds),
  descentSeconds: fc.constantFrom(...EDGES.descentSeconds),
  windowSeconds: fc.constantFrom(...EDGES.windowSeconds),
  bondWei: fc.constantFrom(...EDGES.bondWei),
  burnBasisPoints: fc.constantFrom(...EDGES.burnBasisPoints),
})

describe('deployment', () => {
  // Rationale: a deployment that cannot be played on would take deposits that never come out again.
  test('IMPL-7 impossible parameters are refused, the same as in the specification', async () => {
    for (const parameters of [...edges, ...fc.sample(anyParameters, 100)]) {
      const expected = parameterFault(parameters)?.split(' ')[0]
      expect([parameters, await refusedParameter(parameters)]).toEqual([parameters, expected])
    }
  })

  test.each(['Opml', 'Registry'])('IMPL-8 %s is small enough to be deployed', (name) => {
    expect(artifact(name).deployedBytes).toBeLessThanOrEqual(MAX_CODE_BYTES)
  })
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
  Array<PhaseName>(31).fill('vm'),
  Array<PhaseName>(32).fill('vm'),
  Array<PhaseName>(255).fill('graph'),
]

const MODEL_EDGES: { readonly [Key in keyof Model]?: readonly Model[Key][] } = {
  program: [PROGRAM, { ...PROGRAM, entry: 0x1008 }],
  phases: phaseLists,
  nodeCount: [0, 1, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1],
  valueHeight: [0, 1, 3, 4, 24, 25, 255],
  weightHeight: [0, 1, 24, 25, 255],
  inputSlot: [0, 7, 8, 15, 16, 2 ** 32 - 1],
  outputSlot: [0, 7, 8, 15, 16, 2 ** 32 - 1],
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
})
