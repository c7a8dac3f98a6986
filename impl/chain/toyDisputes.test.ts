import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { choices, forgingPlayer } from '../../spec/checks/properties/adversary.ts'
import { parametersOf, SERVER, VERIFIER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Player, Step } from '../../spec/checks/properties/play.ts'
import { toyForger } from '../../spec/checks/toy/toyForger.ts'
import type { Party } from '../../spec/game/clocks.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { View } from '../../spec/strategies/sight.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { pathInto } from '../../spec/tower/storey.ts'
import { type ToyRuns, toyRuns } from '../inference/toyRuns.ts'
import { seededToy } from '../models/toy.ts'
import { PLAYERS } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { type Asked, deployModel, playAbout, serverOn, verifierOn } from './dispute.fixture.ts'
import { ChainFollower } from './follower.ts'

const TOWERS: readonly (readonly PhaseName[])[] = [
  ['loop', 'graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['graph', 'vm'],
]

/** A second one for the tallest: it has all joints but one. */
const seedsOf = (phases: readonly PhaseName[]): readonly number[] => (phases.length === 4 ? [1, 2] : [1])

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain(PLAYERS)
})
afterAll(() => chain?.stop())

interface Table {
  readonly asked: Asked
  readonly runs: ToyRuns
  readonly seed: number
}

const tableOf = (phases: readonly PhaseName[], seed: number): Table => {
  const { toy, input } = seededToy(seed, phases)
  const asked: Asked = { model: toy.plain.model, input, parameters: parametersOf(2 + (seed % 3)) }
  return { asked, runs: toyRuns(toy, input), seed }
}

/** A run that goes wrong somewhere, and shows it at its end. */
const lying = ({ runs, asked, seed }: Table) =>
  runs.withElement(
    seed % asked.model.nodeCount,
    (3 * seed) % 16,
    1,
    seed % Math.max(1, asked.model.mostIterations),
  )

/** Makes each call on the chain; whoever follows it by its logs knows the very state that the specification has. */
const playOnChain = async ({ asked }: Table, steps: readonly Step[]): Promise<Step> => {
  await chain.rewind()
  const contract = await deployModel(chain, asked)
  const first = await chain.provider.getBlockNumber()
  const follower = new ChainFollower(chain.provider, contract, steps[0]!.before, first)
  for (const { intent, context, before } of steps) {
    const { outcome } = await chain.submit(contract, { call: intent.call, context, state: before })
    expect(`${intent.call.kind} ${outcome}`).toBe(`${intent.call.kind} accepted`)
  }
  await follower.sync()
  const last = steps.at(-1)!
  expect(stateHash(follower.state)).toBe(stateHash(last.applied.state))
  return last
}

const endOf = ({ applied: { state } }: Step) => ({
  claim: [...state.claims.values()][0]?.kind,
  dispute: [...state.disputes.values()][0],
})

/** The kinds of answers that were given, by the phases that a descent joins. */
const answersOf = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ intent: { call } }) => ('reply' in call ? [call.reply.kind] : []))

describe.each(TOWERS.map((phases) => ({ phases, name: phases.join(', ') })))(
  'disputes about toys of $name on the chain',
  ({ phases }) => {
    // Rationale: the joints are held against the specification one by one; here they carry whole disputes.
    test.each(seedsOf(phases))(
      'TOY-3 an honest verifier refutes a damaged claim, down to one instruction: seed %i',
      async (seed) => {
        const table = tableOf(phases, seed)
        const steps = playAbout(table.asked, (task) => [
          serverOn(task, lying(table)),
          verifierOn(task, table.runs.honest()),
        ])
        expect(endOf(await playOnChain(table, steps))).toMatchObject({
          claim: 'Refuted',
          dispute: { winner: 'challenger', by: 'arbitration' },
        })
        const answers = answersOf(steps)
        expect(answers.filter((kind) => kind === 'Descend')).toHaveLength(phases.length - 1)
        expect(answers.at(-1)).toBe('Arbitrate')
      },
    )

    test.each(seedsOf(phases))(
      'TOY-4 an honest server keeps its claim against a damaged run: seed %i',
      async (seed) => {
        const table = tableOf(phases, seed)
        const steps = playAbout(table.asked, (task) => [
          serverOn(task, table.runs.honest()),
          verifierOn(task, lying(table)),
        ])
        expect(endOf(await playOnChain(table, steps))).toMatchObject({
          claim: 'Final',
          dispute: { winner: 'asserter', by: 'arbitration' },
        })
      },
    )

    test.each(seedsOf(phases))(
      'TOY-5 an honest party wins against any moves that the chain takes: seed %i',
      async (seed) => {
        const table = tableOf(phases, seed)
        const { asked, runs } = table
        const forging = (address: Address, party: Party): Player => {
          const choose = choices(seed)
          const forge = toyForger(asked.model, runs.honest().trace, asked.parameters.arity, choose)
          return forgingPlayer(address, party, forge, choose, 0)
        }
        const attacked = playAbout(asked, (task) => [
          serverOn(task, runs.honest()),
          forging(VERIFIER, 'challenger'),
        ])
        expect(endOf(await playOnChain(table, attacked))).toMatchObject({
          claim: 'Final',
          dispute: { winner: 'asserter' },
        })
        const forger = forging(SERVER, 'asserter')
        const isDisputed = ({ state }: View): boolean =>
          [...state.disputes.values()].some(({ kind }) => kind === 'Running')
        const defended = playAbout(asked, (task) => {
          const liar = serverOn(task, lying(table))
          const server: Player = {
            address: SERVER,
            act: (view) => forger.act(view) ?? (isDisputed(view) ? undefined : liar.act(view)),
          }
          return [server, verifierOn(task, runs.honest())]
        })
        expect(endOf(await playOnChain(table, defended))).toMatchObject({
          claim: 'Refuted',
          dispute: { winner: 'challenger' },
        })
      },
    )
  },
)

describe('lies anywhere in a toy', () => {
  // Rationale: the seeds above lie in an element that is stored; a lie may be in any instruction of any run.
  test('TOY-6 whatever instruction of whatever run is false, the chain finds it', async () => {
    const found = new Set<number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
        fc.nat({ max: 50 }),
        async (choice, seed) => {
          const table = tableOf(['loop', 'graph', 'tile', 'vm'], seed)
          const honest = table.runs.honest()
          const path = pathInto(honest.trace, choice)
          const liar = table.runs.withLie(path)
          if (liar.prepared.endRoot === honest.prepared.endRoot) return
          const steps = playAbout(table.asked, (task) => [serverOn(task, liar), verifierOn(task, honest)])
          expect(endOf(await playOnChain(table, steps)).claim).toBe('Refuted')
          found.add(path.at(-1)!)
        },
      ),
      { numRuns: 12 },
    )
    expect(found.size).toBeGreaterThan(1)
  })
})
