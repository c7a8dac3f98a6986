import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Hash, keccak, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { type OnChain, playedOnChain } from '../onChain/sweepOnChain.ts'
import { playedByQueue } from '../queue/played.ts'
import type { Simulation } from '../scenario/simulation.ts'
import type { PlayedRun } from '../simulation/population.ts'
import { pausing, Stopped } from '../stopped.ts'
import { grid, type Point, type Variation } from './grid.ts'
import { playedByPool } from './inOrder.ts'
import { type Job, playPausing, type RunResult, type SimulationData, simulationAt } from './job.ts'
import { type PointSummary, PointTotals } from './points.ts'
import type { Batch } from './worker.ts'

/** What a scenario's runs came to. */
export interface SweepSummary {
  readonly points: readonly PointSummary[]
  readonly runs: number
  /** Of all journals in the order of points and runs. */
  readonly journalHash: Hash
}

export interface SweepOptions {
  readonly data: SimulationData
  readonly runs: number
  readonly vary: Variation
  /** Processes that play; 1 plays here. */
  readonly workers: number
  /** The queue that workers elsewhere play from, instead of processes of this machine. */
  readonly queue?: { readonly url: string; readonly onWaiting: () => void }
  /** The live chain that all runs are played on, instead. */
  readonly onChain?: OnChain
  /** Results of an earlier stretch, of the first jobs in their order. */
  readonly found: readonly RunResult[]
  /** Told of each result, in the order of the jobs. */
  readonly onResult: (result: RunResult, done: number, total: number) => void
  /** Told of the run where there is one alone and it is played here. */
  readonly onRun?: (one: OneRun) => void
  readonly signal?: AbortSignal
}

/** The run of a simulation that has one alone. */
export interface OneRun {
  readonly simulation: Simulation
  readonly run: PlayedRun
}

/** Runs that a worker is sent at once: enough that sending costs nothing, few enough that progress shows. */
const BATCH_RUNS = 16

const batchesOf = (
  data: SimulationData,
  points: readonly Point[],
  runs: number,
  skip: number,
): readonly Batch[] => {
  const batches: Batch[] = []
  const told = points.length * runs === 1 ? ({ isTold: true } as const) : {}
  for (const [point, at] of points.entries())
    for (let run = 0; run < runs; ) {
      const jobs: Job[] = []
      for (; run < runs && jobs.length < BATCH_RUNS; run++)
        if (point * runs + run >= skip) jobs.push({ point, run, at, ...told })
      if (jobs.length > 0) batches.push({ data, jobs })
    }
  return batches
}

/** Results of all batches in their order, played in this process. @throws Stopped */
async function* playedHere(
  batches: readonly Batch[],
  onRun: SweepOptions['onRun'],
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly RunResult[]> {
  const pause = pausing(signal)
  let last: { readonly at: Point; readonly simulation: Simulation } | undefined
  for (const { data, jobs } of batches)
    for (const job of jobs) {
      if (last?.at !== job.at) last = { at: job.at, simulation: simulationAt(data, job.at) }
      const { simulation } = last
      const { run, result } = await playPausing(simulation, job, pause)
      if (job.isTold) onRun?.({ simulation, run })
      yield [result]
    }
}

const WORKER = join(import.meta.dirname, 'worker.ts')

export const defaultWorkers = (): number => availableParallelism()

/**
 * Plays every run of every point. Points and runs have one order, in which their results are taken whoever played them:
 * what comes out is the same for any number of workers.
 *
 * @throws Stopped
 */
export const sweep = async (options: SweepOptions): Promise<SweepSummary> => {
  const { data, runs, vary, workers, queue, onChain, found, onResult, onRun, signal } = options
  const points = grid(vary)
  const totals = points.map((at) => new PointTotals(at, simulationAt(data, at).outside))
  const total = points.length * runs
  let [done, journalHash] = [0, ZERO_HASH]
  const take = (result: RunResult): void => {
    totals[result.point]!.add(result.figures, result.searches, result.chain)
    journalHash = keccak(journalHash, result.journalHash)
    done++
  }
  for (const result of found) take(result)
  const batches = batchesOf(data, points, runs, found.length)
  const played =
    onChain !== undefined
      ? playedOnChain(batches, onChain, signal)
      : // One run alone is nothing to hand out.
        total === 1 || (queue === undefined && workers === 1)
        ? playedHere(batches, onRun, signal)
        : queue !== undefined
          ? playedByQueue(batches, queue.url, signal, queue.onWaiting)
          : playedByPool<Batch, readonly RunResult[]>(WORKER, batches, workers, signal)
  for await (const results of played) {
    for (const result of results) {
      take(result)
      onResult(result, done, total)
    }
    if (signal?.aborted === true) throw new Stopped(`stopped after ${done} of ${total} runs`)
  }
  return { points: totals.map((point) => point.summary()), runs: total, journalHash }
}
