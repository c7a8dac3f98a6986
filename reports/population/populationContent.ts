import type { Simulation } from '../../sim/scenario/simulation.ts'
import { type Beside, playCommand } from '../sections/files.ts'
import type { Position } from '../stepper/positions.ts'
import type { PopulationStage } from './populationStage.ts'

/** What a page of a run is made of. */
export interface PopulationContent {
  readonly simulation: Simulation
  readonly stage: PopulationStage
  readonly positions: readonly Position[]
  readonly seed: number
  /** The scenario's file, as the user named it. */
  readonly file: string
  /** What its files are called, without their endings. */
  readonly name: string
  /** Undefined of a page that is served. */
  readonly beside: Beside | undefined
}

/** A run that has a page is one run at one point, whatever its file says. */
export const playAgain = (file: string, world: Simulation['world']): string =>
  playCommand(file, { world, runs: 1 })
