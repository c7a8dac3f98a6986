import type { Simulation } from '../scenario/simulation.ts'
import { type Job, playJob, type RunResult, type SimulationData, simulationAt } from './job.ts'

/** What a worker is sent: the file, and some runs of one of its points. */
export interface Batch {
  readonly data: SimulationData
  readonly jobs: readonly Job[]
}

let last: { readonly key: string; readonly simulation: Simulation } | undefined

/** A point is checked once, not for each of its runs. */
const simulationFor = (data: SimulationData, job: Job): Simulation => {
  const key = JSON.stringify([data, job.at])
  if (last?.key !== key) last = { key, simulation: simulationAt(data, job.at) }
  return last.simulation
}

export default ({ data, jobs }: Batch): readonly RunResult[] =>
  jobs.map((job) => playJob(simulationFor(data, job), job))
