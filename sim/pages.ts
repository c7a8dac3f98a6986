import type { Entry } from './journal.ts'
import type { RunRecord, RunStage } from './record.ts'
import type { Missed } from './runs/expectation.ts'
import type { RunResult } from './runs/job.ts'
import type { SweepRecord } from './runs/sweepRecord.ts'
import type { Simulation } from './scenario/simulation.ts'
import type { PlayedRun } from './simulation/population.ts'
import type { RunSoFar } from './simulation/run.ts'

/** Shows a run while it goes on. */
export interface Watch {
  /** Where it is to be seen. */
  readonly url: string
  readonly begin: (stage: RunStage) => void
  readonly entry: (entry: Entry) => Promise<void>
  /** Shows the whole run, as long as somebody may want to see it. */
  readonly over: (record: RunRecord) => Promise<void>
  /** Leaves nothing running. */
  readonly close: () => void
}

/** A simulation that is one run. */
export interface PopulationRecord {
  /** The file, as the user named it. */
  readonly file: string
  /** Hash of what was played. */
  readonly contentHash: string
  readonly simulation: Simulation
  readonly run: PlayedRun
  /** What did not come as expected. */
  readonly missed: readonly Missed[]
  /** Null where nothing was expected. */
  readonly expectationsMet: boolean | null
  /** Wall clock. */
  readonly seconds: number
}

/** The page of a simulation, begun before its runs are played: they are written as they come, and not kept. */
export interface SweepPage {
  readonly add: (result: RunResult) => void
  /** @returns path of the page */
  readonly finish: (record: SweepRecord) => string
  /** Leaves nothing behind. */
  readonly discard: () => void
}

/** Shows a simulation while its runs are played. */
export interface SweepWatch {
  /** Where it is to be seen. */
  readonly url: string
  /** Runs that were finished in an earlier stretch. */
  readonly resume: (results: readonly RunResult[]) => void
  readonly add: (result: RunResult) => void
  /** Shows the whole, as long as somebody may want to see it. */
  readonly over: (record: SweepRecord) => Promise<void>
  /** Leaves nothing running. */
  readonly close: () => void
}

/** Shows one run of a population while it goes on. */
export interface PopulationWatch {
  /** Where it is to be seen. */
  readonly url: string
  readonly show: (run: RunSoFar) => Promise<void>
  /** Shows the whole run, as long as somebody may want to see it. */
  readonly over: (record: PopulationRecord) => Promise<void>
  /** Leaves nothing running. */
  readonly close: () => void
}

/** Pages are built above the simulator, so whoever writes them is handed in. Where none can be written they throw the system's error. */
export interface Pages {
  /**
   * Writes a run's page and says where it stands.
   *
   * @param folder undefined for the usual one
   */
  readonly writePage: (record: RunRecord, folder: string | undefined) => Promise<string>
  /** The same of one run of a population. */
  readonly writePopulation: (record: PopulationRecord, folder: string | undefined) => string
  /** Begins the page of a simulation: all of its runs, beside each other. */
  readonly beginSweepPage: (
    about: Pick<SweepRecord, 'file' | 'contentHash' | 'simulation'>,
    folder: string | undefined,
  ) => SweepPage
  /** Begins to show a run. */
  readonly openWatch: (title: string) => Promise<Watch>
  /** Begins to show a simulation. */
  readonly openSweepWatch: (
    about: Pick<SweepRecord, 'file' | 'contentHash' | 'data' | 'simulation'>,
  ) => Promise<SweepWatch>
  /** Begins to show one run of a population. */
  readonly openPopulationWatch: (
    about: Pick<PopulationRecord, 'file' | 'contentHash' | 'simulation'>,
  ) => Promise<PopulationWatch>
}
