import type { Simulation } from '../scenario/simulation.ts'
import { type PlayedRun, playCast, staged } from './population.ts'
import { type Search, searched } from './search.ts'
import { SimulatedRun } from './simulation.ts'

/** A run, and what was tried before it. */
export interface SearchedRun extends PlayedRun {
  /** Of each adaptive attacker, in the order of the file. */
  readonly searches: readonly Search[]
}

/** A run that goes on, as its chain has it. */
export type RunSoFar = Pick<PlayedRun, 'seed' | 'members' | 'start' | 'tower' | 'journal' | 'state'>

/**
 * Plays one run as `playRun` does, and shows it whenever something has happened.
 *
 * @param show may end the run by an error
 */
export const playShown = async (
  simulation: Simulation,
  seed: number,
  show: (run: RunSoFar) => Promise<void>,
): Promise<SearchedRun> => {
  const found = searched(simulation, playCast, seed)
  const { agents, terms, ...about } = staged(found.simulation, seed)
  const run = new SimulatedRun(about.start, agents, terms)
  for (let told = 0; run.step(); ) {
    if (run.journal.length === told) continue
    told = run.journal.length
    await show({ ...about, journal: run.journal, state: run.state })
  }
  return { ...run.play(), ...about, searches: found.searches }
}

/** Plays one run of a simulation: its seed decides everything that is left to chance. */
export const playRun = (simulation: Simulation, seed: number): SearchedRun => {
  const found = searched(simulation, playCast, seed)
  return { ...playCast(found.simulation, seed), searches: found.searches }
}
