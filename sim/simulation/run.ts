import type { Simulation } from '../scenario/simulation.ts'
import { type PlayedRun, playCast } from './population.ts'
import { type Search, searched } from './search.ts'

/** A run, and what was tried before it. */
export interface SearchedRun extends PlayedRun {
  /** Of each adaptive attacker, in the order of the file. */
  readonly searches: readonly Search[]
}

/** Plays one run of a simulation: its seed decides everything that is left to chance. */
export const playRun = (simulation: Simulation, seed: number): SearchedRun => {
  const found = searched(simulation, playCast, seed)
  return { ...playCast(found.simulation, seed), searches: found.searches }
}
