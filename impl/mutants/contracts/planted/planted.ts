import type { Mutant } from '../../../../spec/checks/mutants/mutant.ts'
import { ATTENTION_MUTANTS } from './attentionMutants.ts'
import { COURT_MUTANTS } from './courtMutants.ts'
import { LIBRARY_MUTANTS } from './libraryMutants.ts'
import { MARKET_MUTANTS } from './marketMutants.ts'
import { MONEY_MUTANTS } from './moneyMutants.ts'
import { PHASE_MUTANTS } from './phaseMutants.ts'
import { REGISTRY_MUTANTS } from './registryMutants.ts'

/** Every planted mutant of the contracts. */
export const PLANTED_CONTRACTS: readonly Mutant[] = [
  ...MARKET_MUTANTS,
  ...MONEY_MUTANTS,
  ...COURT_MUTANTS,
  ...ATTENTION_MUTANTS,
  ...REGISTRY_MUTANTS,
  ...PHASE_MUTANTS,
  ...LIBRARY_MUTANTS,
]
