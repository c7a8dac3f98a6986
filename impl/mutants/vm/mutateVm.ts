import { globSync } from 'node:fs'
import type { MutationReport } from '../../../spec/checks/mutants/generated.ts'
import { mutationReport } from '../../../spec/checks/mutants/mutationReport.ts'
import { runPlanted } from '../../../spec/checks/mutants/plantedRun.ts'
import { type Mutated, runStryker, type Tries } from '../../../spec/checks/mutants/strykerRun.ts'
import { PLANTED_TRANSLATOR } from './planted.ts'
import { TRANSLATOR_SURVIVORS } from './survivors.ts'

/** What a private copy of the machine and its tests needs. */
const COPIED = ['spec', 'impl', 'package.json', 'tsconfig.json', 'vitest.config.ts', '.vitest.setup.ts']

const mutatedTranslator = (root: string): Mutated => ({
  files: globSync('impl/vm/translate/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }).sort(),
  suite: 'impl/mutants/vm/suite.config.ts',
  tsconfig: 'impl/mutants/vm/tsconfig.json',
  leftOut: ['.cache', '.ci', 'contracts', 'reports', 'scenarios', 'sim'],
  working: '.cache/mutants/vm.json',
})

/** Which mutants are tried. */
export interface TranslatorMutation extends Tries {
  readonly planted: boolean
  readonly generated: boolean
}

/** Breaks the machine's translator, one mutant at a time. */
export const mutateVm = async (root: string, options: TranslatorMutation): Promise<MutationReport> => {
  const { planted, generated, has } = options
  const mutants = planted ? PLANTED_TRANSLATOR.filter(({ file, name }) => has(`${file} ${name}`)) : []
  const byHand = mutants.length === 0 ? undefined : await runPlanted(root, COPIED, mutants)
  if (byHand !== undefined && byHand.faults.length > 0)
    return mutationReport(byHand, undefined, TRANSLATOR_SURVIVORS)
  const mutated = mutatedTranslator(root)
  const isAsked = generated && mutated.files.some(has)
  const tried = isAsked ? await runStryker(root, mutated, options) : undefined
  return mutationReport(byHand, tried, TRANSLATOR_SURVIVORS)
}
