import { type MutationReport, scoreOf, whyOf } from '../../../spec/checks/mutants/generated.ts'
import { sampleOf } from '../sample.ts'
import { generateMutants, mutatedFiles, runGeneratedContracts, runPlantedContracts } from './contractRun.ts'
import { PLANTED_CONTRACTS } from './planted/planted.ts'
import { CONTRACT_SURVIVORS } from './survivors.ts'

/** Which mutants are tried. */
export interface ContractMutation {
  readonly planted: boolean
  readonly generated: boolean
  /** Whether a mutant's name, with its file, or a file's is asked for. */
  readonly has: (text: string) => boolean
  /** How many of the generated ones; all where absent. */
  readonly sample?: number
  readonly seed: number
  /** How many are tried side by side. */
  readonly workers: number
  readonly afresh: boolean
}

/** Breaks the contracts, one mutant at a time. */
export const mutateContracts = async (
  root: string,
  { planted, generated, has, sample, seed, workers, afresh }: ContractMutation,
): Promise<MutationReport> => {
  const byHand = planted ? PLANTED_CONTRACTS.filter(({ file, name }) => has(`${file} ${name}`)) : []
  const files = generated ? mutatedFiles().filter(has) : []
  const tested = byHand.length === 0 ? undefined : await runPlantedContracts(root, byHand, workers)
  if (tested !== undefined && tested.faults.length > 0)
    return { faults: tested.faults, survivors: [], unknown: [] }
  const made = files.length === 0 ? undefined : sampleOf(generateMutants(files), sample, seed)
  const outcomes = made && (await runGeneratedContracts(root, made, workers, afresh))
  const tried = (outcomes ?? []).flatMap(({ outcome, ...mutant }) =>
    outcome === 'none' ? [] : [{ ...mutant, outcome }],
  )
  const survivors = tried.filter(({ outcome }) => outcome === 'survived')
  return {
    faults: [],
    ...(tested && { planted: { total: byHand.length, killed: byHand.length - tested.survivors.length } }),
    ...(outcomes && { generated: scoreOf(tried) }),
    survivors: [
      ...(tested?.survivors ?? []),
      ...survivors.map(({ outcome, ...survivor }) => ({
        ...survivor,
        why: whyOf(survivor, CONTRACT_SURVIVORS),
      })),
    ],
    unknown: [],
  }
}
