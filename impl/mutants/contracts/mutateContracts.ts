import type { MutationReport } from '../../../spec/checks/mutants/generated.ts'
import { mutationReport } from '../../../spec/checks/mutants/mutationReport.ts'
import type { Tries } from '../../../spec/checks/mutants/strykerRun.ts'
import { sampleOf } from '../sample.ts'
import { generateMutants, mutatedFiles, runGeneratedContracts, runPlantedContracts } from './contractRun.ts'
import { PLANTED_CONTRACTS } from './planted/planted.ts'
import { commitOutcomes } from './record.ts'
import { CONTRACT_SURVIVORS } from './survivors.ts'

/** Which mutants are tried. */
export interface ContractMutation extends Tries {
  readonly planted: boolean
  readonly generated: boolean
  /** How many are tried side by side. */
  readonly workers: number
  /** Whether what is known of the generated ones is kept in the repository. */
  readonly record: boolean
}

/** Breaks the contracts, one mutant at a time. */
export const mutateContracts = async (
  root: string,
  { planted, generated, has, sample, seed, workers, afresh, record }: ContractMutation,
): Promise<MutationReport> => {
  const mutants = planted ? PLANTED_CONTRACTS.filter(({ file, name }) => has(`${file} ${name}`)) : []
  const byHand = mutants.length === 0 ? undefined : await runPlantedContracts(root, mutants, workers)
  if (byHand !== undefined && byHand.faults.length > 0)
    return mutationReport(byHand, undefined, CONTRACT_SURVIVORS)
  const files = generated ? mutatedFiles().filter(has) : []
  const made = sampleOf(files.length === 0 ? [] : generateMutants(files), sample, seed)
  const outcomes = made.length === 0 ? undefined : await runGeneratedContracts(root, made, workers, afresh)
  if (record) commitOutcomes(root, generateMutants(mutatedFiles()))
  const tried = outcomes?.flatMap(({ outcome, ...mutant }) =>
    outcome === 'none' ? [] : [{ ...mutant, outcome }],
  )
  return mutationReport(byHand, tried, CONTRACT_SURVIVORS)
}
