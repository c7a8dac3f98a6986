import { toHex } from '../spec/commitments/bytes.ts'
import { registeredService } from '../spec/service/registration.ts'
import type { ServiceState } from '../spec/service/state.ts'
import { assemble } from './actors.ts'
import { answersOf } from './answers.ts'
import { balancesWei, claimOn, gasOf, isAnythingExpected, outcomeOf, unmet } from './outcome.ts'
import type { RunRecord, RunStage } from './record.ts'
import { replay, StoriesDiffer } from './replay.ts'
import type { Scenario } from './scenario/load.ts'
import { parametersOf } from './scenario/parameters.ts'
import { type OnEntry, tell } from './story.ts'
import { truthOf } from './truth.ts'
import { anvilWorld } from './worlds/anvilWorld.ts'
import { modelWorld } from './worlds/modelWorld.ts'
import type { World } from './worlds/world.ts'

/** A scenario, and the service as it stands before the first call. Nothing has been started yet. */
export interface Prepared {
  readonly scenario: Scenario
  readonly start: ServiceState
}

export const prepare = (scenario: Scenario): Prepared => ({
  scenario,
  start: registeredService(
    parametersOf(scenario.game, scenario.task.feeWei, scenario.runs.model),
    scenario.runs.model,
  ),
})

/** @param rpcUrl a running chain to play on instead of one of our own */
export const openWorld = (prepared: Prepared, rpcUrl: string | undefined): Promise<World> => {
  const { scenario, start } = prepared
  return scenario.world === 'model'
    ? Promise.resolve(modelWorld(start))
    : anvilWorld({ start, model: scenario.runs.model, rpcUrl })
}

/**
 * Plays a prepared scenario to its end. What a real chain told is replayed through the specification.
 *
 * @param started `performance.now()` when the whole run began
 * @param onStage told of what is known before the first call
 * @throws StoriesDiffer
 */
export const playScenario = async (
  { scenario, start }: Prepared,
  world: World,
  started: number,
  onEntry: OnEntry,
  onStage: (stage: RunStage) => void = () => {},
): Promise<RunRecord> => {
  const { runs } = scenario
  const troupe = assemble(scenario, world.startTime)
  await world.fund(troupe.actors)
  const stage: RunStage = {
    scenario,
    actors: troupe.actors,
    graph: { ...runs.graph, promptTokens: runs.conversation?.promptTokens.length },
    model: runs.model,
    task: troupe.task,
    place: world.place,
    start,
  }
  onStage(stage)
  const story = await tell(world, troupe, onEntry)
  const divergence = replay(start, story.journal, story.balances)
  if (divergence !== undefined) throw new StoriesDiffer(divergence)
  const outcome = outcomeOf(world.view(), troupe.task)
  const claim = claimOn(world.view(), troupe.task)?.[1].claim
  const truth = truthOf(claim, story.journal, troupe.run, runs.honest())
  const { claimIsTrue, output } = truth
  const asker = troupe.actors.find(({ isContract }) => isContract === true)
  const told = asker && (await world.toldOf(asker.address, troupe.task))
  const missed = unmet(scenario.expect, { ...outcome, claimIsTrue })
  return {
    ...stage,
    story,
    outcome,
    truth,
    unmet: missed,
    summary: {
      scenario: scenario.scenario,
      world: world.name,
      seed: scenario.seed,
      ...outcome,
      claimIsTrue,
      output,
      calledBack: told === undefined ? null : toHex(told),
      answers: answersOf(runs, truth, told) ?? null,
      k: scenario.game.phases.length,
      gas: gasOf(story.journal),
      seconds: {
        inference: troupe.run.seconds,
        dispute: story.seconds,
        total: (performance.now() - started) / 1000,
      },
      balancesWei: balancesWei(story.balances),
      expectationsMet: isAnythingExpected(scenario.expect) ? missed.length === 0 : null,
    },
  }
}
