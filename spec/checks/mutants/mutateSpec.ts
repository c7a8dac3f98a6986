import { globSync } from 'node:fs'
import { isLibrary, type MutationReport } from './generated.ts'
import { mutationReport } from './mutationReport.ts'
import { PLANTED } from './planted.ts'
import { runPlanted } from './plantedRun.ts'
import { type Mutated, record, runStryker, type Tries } from './strykerRun.ts'
import { SURVIVORS } from './survivors.ts'

/** What a private copy of the specification needs. */
const COPIED = ['spec', 'package.json', 'tsconfig.json', 'vitest.config.ts', '.vitest.setup.ts']

const mutatedSpec = (root: string): Mutated => ({
  files: globSync('spec/**/*.ts', { cwd: root }).filter(isLibrary).sort(),
  suite: 'spec/checks/mutants/suite.config.ts',
  tsconfig: 'spec/checks/mutants/tsconfig.json',
  leftOut: ['.cache', '.ci', 'contracts', 'reports', 'scenarios', 'sim', 'spec/published/vectors/*.json'],
  working: '.cache/mutants/generated.json',
  recorded: 'spec/checks/mutants/generated.json.gz',
})

/** Which mutants are tried, and what of the outcome is kept. */
export interface SpecMutation extends Tries {
  readonly planted: boolean
  readonly generated: boolean
  /** Whether the outcome of the generated ones is kept in the repository. */
  readonly record: boolean
}

/** Breaks the specification in a private copy, one mutant at a time. */
export const mutateSpec = async (root: string, options: SpecMutation): Promise<MutationReport> => {
  const { planted, generated, has } = options
  const mutants = planted ? PLANTED.filter(({ file, name }) => has(`${file} ${name}`)) : []
  const byHand = mutants.length === 0 ? undefined : await runPlanted(root, COPIED, mutants)
  if (byHand !== undefined && byHand.faults.length > 0) return mutationReport(byHand, undefined, SURVIVORS)
  const mutated = mutatedSpec(root)
  const isAsked = generated && mutated.files.some(has)
  const tried = isAsked ? await runStryker(root, mutated, options) : undefined
  if (tried !== undefined && options.record) record(root, mutated)
  return mutationReport(byHand, tried, SURVIVORS)
}
