import { ATTACK_MUTANTS } from './attackMutants.ts'
import { ATTENTION_MUTANTS } from './attentionMutants.ts'
import { COMMITMENT_MUTANTS } from './commitmentMutants.ts'
import { EXPLORATION_MUTANTS } from './explorationMutants.ts'
import { GAME_MUTANTS } from './gameMutants.ts'
import { INCIDENT_MUTANTS } from './incidentMutants.ts'
import { MACHINE_MUTANTS } from './machineMutants.ts'
import type { Mutant } from './mutant.ts'
import { OPERATOR_MUTANTS } from './operatorMutants.ts'
import { SERVICE_MUTANTS } from './serviceMutants.ts'
import { TOWER_MUTANTS } from './towerMutants.ts'

/** Every planted mutant of the specification. */
export const PLANTED: readonly Mutant[] = [
  ...GAME_MUTANTS,
  ...SERVICE_MUTANTS,
  ...ATTACK_MUTANTS,
  ...ATTENTION_MUTANTS,
  ...EXPLORATION_MUTANTS,
  ...INCIDENT_MUTANTS,
  ...COMMITMENT_MUTANTS,
  ...MACHINE_MUTANTS,
  ...OPERATOR_MUTANTS,
  ...TOWER_MUTANTS,
]
