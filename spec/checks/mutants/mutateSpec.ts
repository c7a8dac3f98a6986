import { type MutationReport, scoreOf, unknownSurvivors, whyOf } from './generated.ts'
import { libraryFiles, record, runGenerated } from './generatedRun.ts'
import { PLANTED } from './planted.ts'
import { runPlanted } from './plantedRun.ts'
import { SURVIVORS } from './survivors.ts'

/** Which mutants are tried, and what of the outcome is kept. */
export interface SpecMutation {
  readonly planted: boolean
  readonly generated: boolean
  /** Whether a mutant's name, with its file, or a file's is asked for. */
  readonly has: (text: string) => boolean
  readonly afresh: boolean
  readonly record: boolean
}

/** Breaks the specification in a private copy, one mutant at a time. */
export const mutateSpec = async (
  root: string,
  { planted, generated, has, afresh, record: recorded }: SpecMutation,
): Promise<MutationReport> => {
  const mutants = planted ? PLANTED.filter(({ file, name }) => has(`${file} ${name}`)) : []
  const files = generated ? libraryFiles(root).filter(has) : []
  const byHand = mutants.length === 0 ? undefined : await runPlanted(root, mutants)
  if (byHand !== undefined && byHand.faults.length > 0)
    return { faults: byHand.faults, survivors: [], unknown: [] }
  const tried = files.length === 0 ? undefined : await runGenerated(root, files, afresh)
  if (tried !== undefined && recorded) record(root)
  const survivors = (tried ?? []).filter(({ outcome }) => outcome === 'survived')
  return {
    faults: [],
    ...(byHand && {
      planted: { total: mutants.length, killed: mutants.length - byHand.survivors.length },
    }),
    ...(tried && { generated: scoreOf(tried) }),
    survivors: [
      ...(byHand?.survivors ?? []),
      ...survivors.map(({ outcome, ...survivor }) => ({ ...survivor, why: whyOf(survivor, SURVIVORS) })),
    ],
    unknown: unknownSurvivors(survivors, SURVIVORS),
  }
}
