import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modelRuns } from '../../impl/inference/runs.ts'
import { encodeEdge } from '../../impl/inference/runTensors.ts'
import { loadModel } from '../../impl/models/catalogue.ts'
import { pixelsOf, testDigits } from '../../impl/models/mnist/data.ts'
import { actor } from '../agents/played.fixture.ts'
import { type BlockChain, openBlockChain } from '../onChain/blockChain.ts'
import { playOnChain } from '../onChain/playOnChain.ts'
import { hashOfLines, playJob, type SimulationData, seedOf, simulationAt } from '../runs/job.ts'
import type { FieldFault } from '../scenario/fault.ts'
import { isSimulation } from '../scenario/kind.ts'
import { checkSimulation } from '../scenario/simulation.ts'
import { figuresOf } from '../simulation/figures.ts'
import { canonical, simulatedLines } from '../simulation/journal.ts'
import { playRun } from '../simulation/run.ts'

let chain: BlockChain

beforeAll(async () => {
  chain = await openBlockChain(undefined)
}, 60_000)

afterAll(() => chain?.close())

const SAM = actor('sam', 'server', 'honest')
const VERA = actor('vera', 'verifier', 'honest')

/** A file on the tower of a model. */
const file = (task: object, game: object, actors: readonly object[]) => ({
  scenario: 'models',
  task: { everySeconds: 600, ...task },
  game,
  chain: { load: 0, baseFeeGwei: 1 },
  actors,
})

const MNIST = { model: 'mnist-mlp', image: 3 }
const TOY = { model: 'toy', seed: 4 }
const LANGUAGE = { model: 'llama-tiny', prompt: 'Once', tokens: 6, count: 1 }
const TOY_PHASES = ['loop', 'graph', 'tile', 'vm']
const LIZ = actor('liz', 'server', 'wrong-value', { at: { node: 3, element: 2 } })

const FILES = {
  mnist: file({ ...MNIST, count: 2 }, {}, [
    LIZ,
    actor('mal', 'attacker', 'rivals', { claims: 1 }),
    SAM,
    VERA,
  ]),
  machine: file(MNIST, { phases: ['vm'] }, [
    actor('liz', 'server', 'wrong-step', { at: { step: 1000 } }),
    VERA,
  ]),
  toy: file({ ...TOY, count: 1 }, { phases: TOY_PHASES }, [
    actor('liz', 'server', 'wrong-value', { at: { iteration: 1, node: 3, element: 2 } }),
    actor('fred', 'verifier', 'frivolous'),
    ...[SAM, VERA],
  ]),
  language: file(LANGUAGE, { phases: TOY_PHASES }, [
    actor('liz', 'server', 'wrong-value', { at: { iteration: 5, node: 18, element: 30 }, add: 4_000_000 }),
    actor('fred', 'verifier', 'frivolous'),
    ...[SAM, VERA],
  ]),
} as const

const at = (data: object) => simulationAt(data as SimulationData, {})

const faultsOf = (data: object): readonly string[] => {
  const faults: FieldFault[] = []
  checkSimulation(data, (fault) => faults.push(fault))
  return faults.map(({ path, reason }) => `${path.join('.')}: ${reason}`)
}

describe('a population on the tower of a model', () => {
  // Rationale: what holds with symbols must hold with the states, the witnesses and the contracts of real models.
  test.each(Object.entries(FILES))(
    'TOWERS-1 of %s: lies are disputed down to the instruction and fall, and the shipped contracts tell the same story',
    async (_, data) => {
      expect(isSimulation({ data })).toBe(true)
      const simulation = at(data)
      const modelled = playJob(simulation, { point: 0, run: 0, at: {} })
      const { claims, honestLosses, parties } = modelled.figures
      expect([claims.falseFinals, honestLosses]).toEqual([0, 0])
      expect(claims.refuted).toBeGreaterThan(0)
      expect(parties['liz']!.bondsLost).toBe(simulation.task.count)
      const run = await playOnChain(simulation, seedOf(0, 0), chain)
      expect(hashOfLines(simulatedLines(run.journal))).toBe(modelled.journalHash)
      expect(figuresOf(simulation, run)).toEqual(modelled.figures)
      const replies = canonical(run.journal).flatMap(({ call, outcome }) =>
        call.kind === 'Move' && outcome === 'accepted' ? [call.reply.kind] : [],
      )
      expect(replies).toContain('Arbitrate')
    },
    240_000,
  )

  test('TOWERS-2 each task of mnist asks the next image, and an honest claim is what the model says of it', () => {
    const { state } = playRun(at(FILES.mnist), 1)
    const model = loadModel('mnist-mlp')
    const expected = [3, 4].map((image) => {
      const input = encodeEdge(pixelsOf(testDigits(), image), model.header.tensors!.input)
      return modelRuns(model, ['graph', 'vm'], input).honest().prepared.endRoot
    })
    const finals = [...state.tasks.values()].map((task) =>
      task.kind === 'Settled' ? state.claims.get(task.claim)!.claim.endRoot : undefined,
    )
    expect(finals).toEqual(expected)
  }, 120_000)

  test('TOWERS-3 what does not fit a tower is bad input, told by its field', () => {
    const one = (task: object, game: object, actors: readonly object[] = [SAM]) =>
      faultsOf(file(task, game, actors))
    expect(one({ ...MNIST, lengths: [4] }, {})).toEqual([
      expect.stringMatching(/^task.lengths: does not go with/),
    ])
    expect(one({ ...MNIST, count: 101 }, {})).toEqual([
      expect.stringMatching(/^task.count: is 101, .*1 to 100/),
    ])
    expect(one({ model: 'mnist-mlp' }, {})).toEqual([expect.stringMatching(/^task.image: is missing/)])
    expect(one(MNIST, { phases: TOY_PHASES })).toEqual([
      expect.stringMatching(/^game.phases: .*is no tower of mnist-mlp/),
    ])
    expect(one({ model: 'alphabet', image: 3 }, { phases: ['vm'] })).toEqual([
      expect.stringMatching(/^task.image: does not go with model alphabet/),
      expect.stringMatching(/^game.phases: does not go with model alphabet/),
    ])
    expect(one({ model: 'gpt-9' }, {})).toEqual([expect.stringMatching(/^task.model: is "gpt-9"; allowed/)])
    const garbage = actor('mal', 'server', 'wrong-anywhere', { continuation: 'garbage' })
    expect(one(MNIST, {}, [garbage])).toEqual([expect.stringMatching(/^actors.0.continuation: is garbage/)])
    const beyond = actor('liz', 'server', 'wrong-value', { at: { node: 3, element: 999 } })
    expect(one(MNIST, {}, [beyond])).toEqual([expect.stringMatching(/^actors.0.at.element: 999 is outside/)])
    expect(one(MNIST, { phases: ['vm'] }, [LIZ])).toEqual([
      expect.stringMatching(/^actors.0.strategy: wrong-value does not fit phases \[vm\]/),
    ])
    expect(one({ model: 'alphabet' }, {}, [LIZ])).toEqual([
      expect.stringMatching(/^actors.0.strategy: wrong-value alters an element/),
    ])
    const step = actor('liz', 'server', 'wrong-step', { at: { step: 9 } })
    expect(one({ model: 'alphabet' }, {}, [step])).toEqual([
      expect.stringMatching(/^actors.0.strategy: wrong-step does not fit 3 phases/),
    ])
    expect(one({ model: 'alphabet', lengths: [9] }, {}, [step])).toEqual([
      expect.stringMatching(/^actors.0.at.step: 9 is outside the run; allowed: 0 to 8/),
    ])
    expect(one({ model: 'alphabet', lengths: [10] }, {}, [step])).toEqual([])
  })
})
