import type { Simulation } from '../scenario/simulation.ts'
import type { Missed } from './expectation.ts'
import type { SimulationData } from './job.ts'
import type { SweepSummary } from './sweep.ts'

/** A simulation that was played: what its page tells. */
export interface SweepRecord {
  /** The file, as the user named it. */
  readonly file: string
  /** Hash of what was played: the file with what options changed in it. */
  readonly contentHash: string
  readonly data: SimulationData
  readonly simulation: Simulation
  readonly summary: SweepSummary
  /** What did not come as expected. */
  readonly missed: readonly Missed[]
  /** Null where nothing was expected. */
  readonly expectationsMet: boolean | null
  /** Wall clock. */
  readonly seconds: number
}
