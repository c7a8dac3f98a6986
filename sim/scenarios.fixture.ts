import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { maxMoves } from '../spec/game/bounds.ts'
import { withFolder } from './command.fixture.ts'
import type { RunRecord } from './record.ts'
import { openWorld, playScenario, prepare } from './run.ts'
import { loadScenario, type Scenario } from './scenario/load.ts'
import type { WorldName } from './worlds/world.ts'

interface Variant {
  readonly phases: string
  readonly actors: readonly string[]
  readonly arity: string
}

/** A scenario file's text. */
export const scenarioText = ({ phases, actors, arity }: Variant): string =>
  [
    'scenario: variant',
    'seed: 5',
    'task: { model: mnist-mlp, image: 3 }',
    `game: { phases: ${phases}, arity: ${arity}, clockSeconds: 3600, descentSeconds: 600, windowSeconds: 7200 }`,
    'actors:',
    ...actors.map((actor) => `  - ${actor}`),
    '',
  ].join('\n')

/** Loads a scenario, a file's path or its text, for as long as it is used. */
export const withScenario = <Value>(
  given: string,
  use: (scenario: Scenario) => Promise<Value>,
): Promise<Value> =>
  withFolder(async (folder) => {
    const file = existsSync(given) ? given : join(folder, 'variant.yaml')
    if (file !== given) writeFileSync(file, given)
    return use(loadScenario(file))
  })

/** Plays a scenario, a file's path or its text, in a world, and leaves nothing running. */
export const playVariant = (given: string, worldName: WorldName): Promise<RunRecord> =>
  withScenario(given, async (scenario) => {
    const prepared = prepare({ ...scenario, world: worldName })
    const world = await openWorld(prepared, undefined)
    try {
      return await playScenario(prepared, world, performance.now(), () => {})
    } finally {
      await world.close()
    }
  })

/** The most instructions of any run of the shipped model: what the bound on moves is computed with. */
const LONGEST_RUN = 2 ** 19

/** The bound on moves of the run's tower, and one more for a timeout that takes a move's place. */
export const moveBound = ({ scenario, graph }: RunRecord): number => {
  const { phases, arity } = scenario.game
  const lengths = phases.map((phase) => (phase === 'graph' ? graph.nodes.length : LONGEST_RUN))
  return maxMoves(lengths, arity) + 1
}
