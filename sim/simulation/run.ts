import type { Simulation } from '../scenario/simulation.ts'
import type { Pause } from '../stopped.ts'
import { type PlayedRun, playCast, staged } from './population.ts'
import { type Search, searching } from './search.ts'
import { SimulatedRun } from './simulation.ts'

/** A run, and what was tried before it. */
export interface SearchedRun extends PlayedRun {
  /** Of each adaptive attacker, in the order of the file. */
  readonly searches: readonly Search[]
}

/** A run that goes on, as its chain has it. */
export type RunSoFar = Pick<PlayedRun, 'seed' | 'members' | 'start' | 'tower' | 'journal' | 'state'>

/**
 * Plays one run step by step: after each it yields, the run so far where something has happened and else nothing, so that
 * whoever plays it can show it, and do something else meanwhile.
 */
export function* playing(simulation: Simulation, seed: number): Generator<RunSoFar | undefined, SearchedRun> {
  const found = yield* searching(simulation, playCast, seed)
  const { agents, terms, ...about } = staged(found.simulation, seed)
  const run = new SimulatedRun(about.start, agents, terms)
  for (let told = 0; run.step(); told = run.journal.length)
    yield run.journal.length === told ? undefined : { ...about, journal: run.journal, state: run.state }
  return { ...run.play(), ...about, searches: found.searches }
}

/**
 * Plays one run as `playRun` does, and shows it whenever something has happened.
 *
 * @param show may end the run by an error
 * @param pause called where nothing has
 */
export const playShown = async (
  simulation: Simulation,
  seed: number,
  show: (run: RunSoFar) => Promise<void>,
  pause: Pause = async () => {},
): Promise<SearchedRun> => {
  const steps = playing(simulation, seed)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    await (value === undefined ? pause() : show(value))
  }
}

/** Plays one run of a simulation: its seed decides everything that is left to chance. */
export const playRun = (simulation: Simulation, seed: number): SearchedRun => {
  const search = searching(simulation, playCast, seed)
  for (;;) {
    const { done, value } = search.next()
    if (done === true) return { ...playCast(value.simulation, seed), searches: value.searches }
  }
}
