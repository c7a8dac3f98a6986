import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AbiCoder, keccak256, toBeHex } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  OUTSIDER,
  parametersOf,
  SERVER,
  START,
  serverOf,
  setTable,
  type Table,
  VERIFIER,
  verifierOf,
} from '../../spec/checks/properties/alphabetGame.ts'
import { type Bytes, bigEndian, fromHex, type Hex } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak, type StateRoot, type TensorRoot } from '../../spec/commitments/hash.ts'
import type { Opening } from '../../spec/game/position.ts'
import type { Program } from '../../spec/machine/program.ts'
import type { Rejection } from '../../spec/rejection.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import {
  initialService,
  type RunningDispute,
  type ServiceState,
  withEntry,
} from '../../spec/service/state.ts'
import type { Address, Claim, Dispute, Task } from '../../spec/service/task.ts'
import { verifierActs } from '../../spec/strategies/parties.ts'
import type { Model } from '../../spec/tower/model.ts'
import type { AlphabetParameters } from '../../spec/tower/phases/alphabet.ts'
import { alphabetTower, deployAlphabet, PLAYERS } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface } from './contractInterface.ts'
import { type Deployment, deployOpml } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { wordOf } from './packed.ts'
import {
  type Question,
  type RegistryChain,
  rulesOf,
  specVerdictOf,
  startRegistry,
  towerVerdicts,
} from './registry.fixture.ts'

/** The contracts are what the published vectors of towers and ids say. */

const PARAMETERS = { ...parametersOf(3), mostMoves: 2 ** 16 - 1 }

let registry: RegistryChain
let chain: TestChain
let deployment: Deployment
beforeAll(async () => {
  registry = await startRegistry()
  chain = await startTestChain([...PLAYERS, OUTSIDER])
  deployment = await deployOpml(await chain.provider.getSigner(0), PARAMETERS)
})
afterAll(async () => {
  await registry?.stop()
  await chain?.stop()
})

const VECTORS = join(import.meta.dirname, '../../spec/published/vectors')

interface Vector {
  readonly [field: string]: unknown
  readonly rejection?: string
}

interface AlphabetVectors {
  readonly tower: AlphabetParameters
  readonly top: TopVectors
  readonly joints: readonly JointVector[]
  readonly arbiter: readonly Vector[]
}

interface Published {
  readonly id: Id
  readonly rejection?: Rejection['reason']
}

interface PositionVector {
  readonly positionHash: Hash
  readonly openings: readonly { readonly opening: Opening; readonly opens: boolean }[]
}

interface JointVector {
  readonly phase?: number
  readonly joint?: string
  readonly descents: readonly Vector[]
}

interface TopVectors {
  readonly start: readonly Vector[]
  readonly output: readonly Vector[]
}

/** Amounts are printed as decimal strings. */
const revive = (key: string, value: unknown): unknown =>
  key.endsWith('Wei') && typeof value === 'string' ? BigInt(value) : value

const read = (name: string) => JSON.parse(readFileSync(join(VECTORS, `${name}.json`), 'utf8'), revive)

const bytesOf = (vector: Vector): Bytes => fromHex(vector['witness'] as Hex)

const topQuestions = ({ start, output }: TopVectors): readonly (readonly [Question, Vector])[] => [
  ...start.map(
    (vector) =>
      [
        { kind: 'startRoot', input: vector['input'] as TensorRoot, witness: bytesOf(vector) },
        vector,
      ] as const,
  ),
  ...output.map(
    (vector) =>
      [
        {
          kind: 'outputRoot',
          iterations: vector['iterations'] as number,
          end: vector['end'] as StateRoot,
          length: vector['length'] as number,
          witness: bytesOf(vector),
        },
        vector,
      ] as const,
  ),
]

const descentQuestions = (
  phase: number,
  vectors: readonly Vector[],
): readonly (readonly [Question, Vector])[] =>
  vectors.map((vector) => [
    {
      kind: 'descent',
      phase,
      preState: vector['preState'] as StateRoot,
      end: vector['end'] as StateRoot,
      length: vector['length'] as number,
      witness: bytesOf(vector),
    },
    vector,
  ])

/** What the vectors say, in the words of the tower that was asked. */
const publishedWord = ([{ kind }, vector]: readonly [Question, Vector]): unknown => {
  if (vector.rejection !== undefined) return vector.rejection
  return kind === 'descent' ? `${vector['enterRoot']} ${vector['exitRoot']}` : vector[kind]
}

const expectPublished = (
  verdicts: readonly string[],
  cases: readonly (readonly [Question, Vector])[],
): void => {
  expect(verdicts.map((verdict) => verdict.split(':')[0])).toEqual(cases.map(publishedWord))
}

const expectVectors = async (
  model: Model,
  cases: readonly (readonly [Question, Vector])[],
): Promise<void> => {
  await registry.register(model)
  const questions = cases.map(([question]) => question)
  const verdicts = await registry.verdicts(model, questions)
  // The values of a refusal are no part of a vector.
  expect(verdicts).toEqual(questions.map((question) => specVerdictOf(rulesOf(model), question)))
  expectPublished(verdicts, cases)
}

/** A dispute on a chain, in which its asserter is to move. */
const disputedOn = async (contract: Address, table: Table): Promise<{ state: ServiceState; dispute: Id }> => {
  let { state } = table
  const make = async (call: Call, context: Context): Promise<Id> => {
    expect((await chain.submit(contract, { call, context, state })).outcome).toBe('accepted')
    const result = applyCall(state, call, context)
    if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
    ;({ state } = result.value)
    return result.value.id!
  }
  const { request, feeWei } = table.requester
  await make(request, { sender: table.requester.address, valueWei: feeWei, now: START })
  const { prepared } = serverOf(table, [0, 0])
  const claim: Call = { kind: 'Claim', taskId: table.task, nonce: 0, ...prepared }
  await make(claim, { sender: SERVER, valueWei: PARAMETERS.claimBondWei, now: START + 12 })
  const intent = verifierActs({ state, now: START + 24 }, verifierOf(table))!
  const opened = { sender: VERIFIER, valueWei: intent.valueWei, now: START + 24 }
  return { dispute: await make(intent.call, opened), state }
}

describe('the published vectors', () => {
  // Rationale: whoever implements the protocol anew reads the vectors; the contract must be what they say.
  test('JOINT-1 the registry’s towers are what the vectors of tops and joints say, refusals with their values', async () => {
    const descents = read('descents')
    const { graph, vm } = descents as Record<string, { model: Model; top: TopVectors }>
    await expectVectors(graph!.model, topQuestions(graph!.top))
    await expectVectors(vm!.model, topQuestions(vm!.top))
    for (const { descents: vectors } of descents['graphJoints'] as readonly JointVector[])
      await expectVectors(graph!.model, descentQuestions(0, vectors))
    await expectVectors(graph!.model, descentQuestions(0, descents['unstableExits'] as readonly Vector[]))
  })

  test('JOINT-1 and so are those of a toy’s four phases', async () => {
    const { model, top, joints } = read('toys') as {
      model: Model
      top: TopVectors
      joints: readonly JointVector[]
    }
    await expectVectors(model, topQuestions(top))
    const seen = new Set<string>()
    for (const { joint, descents } of joints) {
      const phase = model.phases.findIndex((above, i) => `${above}/${model.phases[i + 1]}` === joint)
      seen.add(joint!)
      await expectVectors(model, descentQuestions(phase, descents))
    }
    expect([...seen].toSorted()).toEqual(['graph/tile', 'loop/graph', 'tile/vm'])
  })

  test('JOINT-1 and so are those of the alphabet’s towers, down to single steps', async () => {
    const { alphabet } = read('descents') as { alphabet: readonly AlphabetVectors[] }
    const models = new Map(alphabet.map(({ tower }, i) => [keccak<Id>(bigEndian(i, 4)), tower] as const))
    const contract = await alphabetTower(chain.provider, PARAMETERS, models)
    let [asked, refused] = [0, 0]
    for (const [i, model] of [...models.keys()].entries()) {
      const { top, joints, arbiter } = alphabet[i]!
      const cases = [
        ...topQuestions(top),
        ...joints.flatMap(({ phase, descents }) => descentQuestions(phase!, descents)),
        ...arbiter.map((vector) => {
          const question = { kind: 'stepRoot', preState: vector['preState'] as StateRoot } as const
          return [{ ...question, witness: bytesOf(vector) }, vector] as const
        }),
      ]
      const questions = cases.map(([question]) => question)
      expectPublished(await towerVerdicts(chain, contract, model, questions), cases)
      asked += cases.length
      refused += cases.filter(([, { rejection }]) => rejection !== undefined).length
    }
    expect([asked > 150, refused > 80, refused < asked]).toEqual([true, true, true])
  })

  // Rationale: an id that comes out otherwise is another program, model, task, claim or dispute. The service tells the id of
  // what it does not know, so that it can be asked for any.
  test('IMPL-14 programs and models are registered under the published ids, or refused as published', async () => {
    const { programs, models } = read('ids') as {
      programs: readonly (Published & { readonly program: Program })[]
      models: readonly (Published & { readonly model: Model })[]
    }
    const state = initialService(PARAMETERS)
    const say = async (call: Call): Promise<string> => {
      const context = { sender: OUTSIDER, valueWei: 0n, now: now++ }
      const [verdict] = await chain.verdicts(deployment.registry, [{ call, context, state }])
      if (verdict!.startsWith('accepted'))
        await chain.submitData(deployment.registry, encodeCall(call, state), context)
      return verdict!
        .split(' ')
        .slice(0, verdict!.startsWith('accepted') ? 2 : 1)
        .join(' ')
    }
    let now = 10_000
    for (const { program, id, rejection } of programs)
      expect(await say({ kind: 'RegisterProgram', program })).toBe(rejection ?? `accepted ${id}`)
    for (const { model, id, rejection } of models)
      expect(await say({ kind: 'RegisterModel', model })).toBe(rejection ?? `accepted ${id}`)
  })

  test('IMPL-14 tasks, claims and disputes have the published ids', async () => {
    const { tasks, claims, disputes } = read('ids') as {
      tasks: readonly (Published & { readonly task: Task })[]
      claims: readonly (Published & { readonly claim: Claim })[]
      disputes: readonly (Published & { readonly dispute: Dispute })[]
    }
    const empty = initialService(PARAMETERS)
    /** What the service says that it does not know. */
    const unknown = async (call: Call, state: ServiceState): Promise<string> => {
      const data = encodeCall(call, state)
      const answer = chain.provider.send('eth_call', [
        { from: OUTSIDER, to: deployment.service, data },
        'latest',
      ])
      const revert = await answer.catch(
        (error: { info: { error: { data: string } } }) => error.info.error.data,
      )
      const { name, args } = opmlInterface().parseError(revert)!
      return `${name} ${args[0]}`
    }
    for (const { task, id } of tasks) {
      const state = { ...empty, tasks: withEntry(empty.tasks, id, { kind: 'Open', task } as const) }
      expect(await unknown({ kind: 'Expire', taskId: id }, state)).toBe(`TaskUnknown ${id}`)
    }
    for (const { claim, id } of claims) {
      const entry = { kind: 'Final', claim, number: 0 } as const
      const state = { ...empty, claims: withEntry(empty.claims, id, entry) }
      expect(await unknown({ kind: 'Finalize', claimId: id }, state)).toBe(`ClaimUnknown ${id}`)
    }
    for (const { dispute, id } of disputes) {
      const { claimId: claim, ...parties } = dispute
      const entry = { kind: 'Drawn', claim, model: claim, ...parties, moves: 0 } as const
      const state = { ...empty, disputes: withEntry(empty.disputes, id, entry) }
      expect(await unknown({ kind: 'Timeout', disputeId: id }, state)).toBe(`DisputeUnknown ${id}`)
    }
  })

  // Rationale: a position is known to the chain by its hash alone; an opening that is of another must not pass for it.
  test('IMPL-14 positions open as published: a move is refused as one for another state or for what it says', async () => {
    const { positions } = read('ids') as { positions: readonly PositionVector[] }
    const table = setTable({
      tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
      parameters: PARAMETERS,
      seed: 1,
    })
    await chain.rewind()
    const contract = await deployAlphabet(chain, table)
    const { state, dispute: disputeId } = await disputedOn(contract, table)
    const running = state.disputes.get(disputeId) as RunningDispute
    let [opened, others] = [0, 0]
    for (const { positionHash, openings } of positions) {
      // The word that the chain keeps is another position's.
      const word = wordOf(positionHash, running)
      const slot = toBeHex(
        BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(['bytes32', 'uint256'], [disputeId, 3]))),
        32,
      )
      await chain.provider.send('anvil_setStorageAt', [contract, slot, word])
      for (const { opening, opens } of openings) {
        // No segment has so many roots, and none is arbitrated here: whatever opens is refused for its reply.
        const call: Call = { kind: 'Move', disputeId, opening, reply: { kind: 'Dissect', roots: [] } }
        const context = { sender: running.asserter, valueWei: 0n, now: running.clocks.turnSince + 1 }
        const [verdict] = await chain.verdicts(contract, [{ call, context, state }])
        const reason = verdict!.split(' ')[0]
        expect([opening, reason === 'StateMismatch']).toEqual([opening, !opens])
        if (opens) expect(['CannotDissect', 'RootCountMismatch']).toContain(reason)
        if (opens) opened++
        else others++
      }
    }
    expect([opened > 20, others > 20]).toEqual([true, true])
  })
})
