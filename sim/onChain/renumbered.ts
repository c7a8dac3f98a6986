import type { ServiceState } from '../../spec/service/state.ts'

/**
 * A service as a chain has it, with the simulation's numbers of blocks: a chain has only those blocks that something
 * happened in, the simulation counts all of them.
 *
 * @param numbers the simulation's number of each block of the chain
 */
export const renumbered = (state: ServiceState, numbers: ReadonlyMap<number, number>): ServiceState => ({
  ...state,
  rounds: new Map(
    [...state.rounds].map(([round, entry]) => [
      round,
      { ...entry, closedIn: numbers.get(entry.closedIn) ?? entry.closedIn },
    ]),
  ),
})
