import type { KnownSurvivors } from '../../../spec/checks/mutants/generated.ts'

/** The generated mutants of the contracts that survive, and why. */
export const CONTRACT_SURVIVORS: KnownSurvivors = {
  explained: [],
  equivalent: [],
  counted: {},
}
