import { type ModelRuns, modelRuns } from '../impl/inference/runs.ts'
import { loadModel, UnknownModelError } from '../impl/models/catalogue.ts'
import { imageOf, testDigits } from '../impl/models/mnist/data.ts'
import type { StoredModel } from '../impl/models/modelFile.ts'
import { registeredService } from '../spec/service/registration.ts'
import type { ServiceState } from '../spec/service/state.ts'
import type { Parameters } from '../spec/setting/parameters.ts'
import { assemble } from './actors.ts'
import { BadInput } from './badInput.ts'
import type { Entry } from './journal.ts'
import { balancesWei, gasOf, outcomeOf, unmet } from './outcome.ts'
import type { RunRecord } from './record.ts'
import { replay, StoriesDiffer } from './replay.ts'
import { checkOptions } from './scenario/cast.ts'
import type { Scenario } from './scenario/load.ts'
import { tell } from './story.ts'
import { anvilWorld } from './worlds/anvilWorld.ts'
import { modelWorld } from './worlds/modelWorld.ts'
import type { World } from './worlds/world.ts'

/** What a deployment takes from a scenario. */
export const parametersOf = ({ game }: Scenario): Parameters => ({
  arity: game.arity,
  clockSeconds: game.clockSeconds,
  descentSeconds: game.descentSeconds,
  windowSeconds: game.windowSeconds,
  bondWei: game.bondWei,
  burnBasisPoints: game.burnBasisPoints,
})

const modelOf = ({ file, task }: Scenario): StoredModel => {
  try {
    return loadModel(task.model)
  } catch (error) {
    if (error instanceof UnknownModelError) throw new BadInput(file, 'task.model', error.message)
    throw error
  }
}

const inputOf = ({ file, task }: Scenario): Uint8Array => {
  const digits = testDigits()
  if (task.image >= digits.count)
    throw new BadInput(
      file,
      'task.image',
      `${task.image} is no test image: 0 to ${digits.count - 1} are allowed`,
    )
  return imageOf(digits, task.image)
}

/** A scenario with its model and input at hand, checked in every field. Nothing has been started yet. */
export interface Prepared {
  readonly scenario: Scenario
  readonly runs: ModelRuns
  readonly input: Uint8Array
  readonly start: ServiceState
}

/** @throws BadInput, ModelFileError, MnistFileError */
export const prepare = (scenario: Scenario): Prepared => {
  const model = modelOf(scenario)
  const input = inputOf(scenario)
  const runs = modelRuns(model, scenario.game.phases, input)
  checkOptions(scenario.file, scenario.cast, runs)
  if (scenario.task.feeWei > scenario.game.bondWei)
    throw new BadInput(
      scenario.file,
      'task.feeWei',
      'must be at most game.bondWei: a challenge must cost more than it can win',
    )
  return { scenario, runs, input, start: registeredService(parametersOf(scenario), runs.model) }
}

/** @param rpcUrl a running chain to play on instead of one of our own */
export const openWorld = (prepared: Prepared, rpcUrl: string | undefined): Promise<World> => {
  const { scenario, runs, start } = prepared
  return scenario.world === 'model'
    ? Promise.resolve(modelWorld(start))
    : anvilWorld({ start, model: runs.model, rpcUrl })
}

/**
 * Plays a prepared scenario to its end. What a real chain told is replayed through the specification.
 *
 * @param started `performance.now()` when the whole run began
 * @throws StoriesDiffer
 */
export const playScenario = async (
  { scenario, runs, input, start }: Prepared,
  world: World,
  started: number,
  onEntry: (entry: Entry) => void,
): Promise<RunRecord> => {
  const troupe = assemble(scenario, runs, input, world.startTime)
  await world.fund(troupe.actors)
  const story = await tell(world, troupe, onEntry)
  const divergence = replay(start, story.journal, story.balances)
  if (divergence !== undefined) throw new StoriesDiffer(divergence)
  const outcome = outcomeOf(world.view(), troupe.task)
  const missed = unmet(scenario.expect, outcome)
  return {
    scenario,
    actors: troupe.actors,
    graph: runs.graph,
    model: runs.model,
    task: troupe.task,
    start,
    story,
    outcome,
    unmet: missed,
    summary: {
      scenario: scenario.scenario,
      world: world.name,
      seed: scenario.seed,
      ...outcome,
      k: scenario.game.phases.length,
      gas: gasOf(story.journal),
      seconds: {
        inference: troupe.inferenceSeconds,
        dispute: story.seconds,
        total: (performance.now() - started) / 1000,
      },
      balancesWei: balancesWei(story.balances),
      expectationsMet: missed.length === 0,
    },
  }
}
