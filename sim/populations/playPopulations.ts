import { join } from 'node:path'
import { playedByPool } from '../runs/inOrder.ts'
import { Stopped } from '../stopped.ts'
import type { Tally } from './tally.ts'
import playHere, { type Seeds } from './worker.ts'

/** Seeds that a worker is sent at once: a second of work. */
const BATCH_RUNS = 50

const batchesOf = (first: number, runs: number): readonly Seeds[] =>
  Array.from({ length: Math.ceil(runs / BATCH_RUNS) }, (_, i) => ({
    first: first + i * BATCH_RUNS,
    count: Math.min(BATCH_RUNS, runs - i * BATCH_RUNS),
  }))

const WORKER = join(import.meta.dirname, 'worker.ts')

/**
 * Plays the random populations of so many seeds. Tallies are told in the order of the seeds, whoever played them.
 *
 * @throws Stopped
 */
export const playPopulations = async (
  { first, count: runs }: Seeds,
  workers: number,
  onTally: (tally: Tally) => void,
  signal: AbortSignal,
): Promise<void> => {
  const batches = batchesOf(first, runs)
  const stop = (): never => {
    throw new Stopped(`stopped before seed ${first + runs - 1}`)
  }
  try {
    if (workers > 1) {
      const tallies = playedByPool<Seeds, Tally>(WORKER, batches, workers, signal)
      for await (const tally of tallies) onTally(tally)
      return
    }
    for (const batch of batches) {
      onTally(playHere(batch))
      // A breath, so that a signal can come through.
      await new Promise(setImmediate)
      if (signal.aborted) stop()
    }
  } catch (error) {
    if (signal.aborted) stop()
    throw error
  }
}
