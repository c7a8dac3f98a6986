import { expect, test } from 'vitest'
import { actor } from '../agents/played.fixture.ts'
import { type SimulationData, simulationAt } from '../runs/job.ts'
import { towersOf } from '../scenario/task.ts'
import { measureRates } from './measureRates.ts'
import { committedRates } from './rates.ts'

const computeOf = (task: object, game: object, costs: object) => {
  const actors = [actor('sam', 'server', 'honest'), actor('vera', 'verifier', 'honest')]
  const data = { scenario: 'rates', task: { count: 2, ...task }, game, costs, actors }
  return simulationAt(data as SimulationData, {}).compute
}

const MNIST = { model: 'mnist-mlp', image: 1 }

// Rationale: whoever states nothing is to be told what the engine takes, and not what somebody guessed.
test('RATES-1 of every model that ships there are rates for each of its towers, and a file that states none has them', () => {
  const rates = committedRates()
  for (const model of ['toy', 'mnist-mlp', 'mnist-cnn', 'llama-tiny', 'smollm2'])
    for (const phases of towersOf(model)) {
      const { inferenceSeconds, recomputeSeconds, disputeSeconds } = rates[model]![phases.join(',')]!
      expect([model, recomputeSeconds.length]).toEqual([model, phases.length])
      for (const seconds of [inferenceSeconds, ...recomputeSeconds, disputeSeconds])
        expect(seconds).toBeGreaterThan(0)
    }
  const measured = rates['mnist-mlp']!
  expect(measured['graph,vm']).toMatchObject(computeOf(MNIST, {}, {}))
  expect(measured['vm']).toMatchObject(computeOf(MNIST, { phases: ['vm'] }, {}))
  expect(computeOf(MNIST, {}, { inferenceSeconds: 7, recomputeSeconds: [8, 9] })).toEqual({
    inferenceSeconds: 7,
    recomputeSeconds: [8, 9],
  })
  expect(computeOf({ model: 'alphabet', lengths: [4, 4] }, {}, {})).toEqual({
    inferenceSeconds: 30,
    recomputeSeconds: [30, 30],
  })
})

// Rationale: clocks and bonds are reckoned with so much. Of smaller models milliseconds are spent on what costs the same for all.
test('RATES-3 as measured, a whole dispute about the dearest node of SmolLM2 costs at most two of its answers', () => {
  for (const { inferenceSeconds, disputeSeconds } of Object.values(committedRates()['smollm2']!))
    expect(disputeSeconds).toBeLessThanOrEqual(2 * inferenceSeconds)
})

test('RATES-2 the command measures every tower of a model anew', () => {
  const told: string[] = []
  const measured = measureRates(['mnist-mlp'], (model, phases) => told.push(`${model} ${phases.join(',')}`))
  expect(told).toEqual(towersOf('mnist-mlp').map((phases) => `mnist-mlp ${phases.join(',')}`))
  const towers = Object.keys(committedRates()['mnist-mlp']!)
  expect(Object.keys(measured['mnist-mlp']!)).toEqual(towers)
  for (const { inferenceSeconds } of Object.values(measured['mnist-mlp']!))
    expect(inferenceSeconds).toBeGreaterThan(0)
}, 60_000)
