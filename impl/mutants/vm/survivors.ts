import type { KnownSurvivors } from '../../../spec/checks/mutants/generated.ts'

/** The generated mutants of the translator that survive, and why. */
export const TRANSLATOR_SURVIVORS: KnownSurvivors = {
  explained: [],
  equivalent: [],
  counted: {},
}
