import {
  type Generated,
  type KnownSurvivors,
  type MutationReport,
  scoreOf,
  unknownSurvivors,
  whyOf,
} from './generated.ts'
import type { PlantedReport } from './plantedRun.ts'

/** What a run comes to, from what became of the planted mutants and of the generated ones, where these were tried. */
export const mutationReport = (
  planted: PlantedReport | undefined,
  generated: readonly Generated[] | undefined,
  known: KnownSurvivors,
): MutationReport => {
  const survivors = (generated ?? []).filter(({ outcome }) => outcome === 'survived')
  return {
    faults: planted?.faults ?? [],
    ...(planted && {
      planted: { total: planted.total, killed: planted.total - planted.survivors.length },
    }),
    ...(generated && { generated: scoreOf(generated) }),
    survivors: [
      ...(planted?.survivors ?? []),
      ...survivors.map(({ outcome, ...survivor }) => ({ ...survivor, why: whyOf(survivor, known) })),
    ],
    unknown: unknownSurvivors(survivors, known),
  }
}
