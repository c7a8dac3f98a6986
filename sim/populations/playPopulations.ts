import { join } from 'node:path'
import { Piscina } from 'piscina'
import { Stopped } from '../runs/sweep.ts'
import type { Tally } from './tally.ts'
import playHere, { type Seeds } from './worker.ts'

/** Seeds that a worker is sent at once: a second of work. */
const BATCH_RUNS = 50

const batchesOf = (first: number, runs: number): readonly Seeds[] =>
  Array.from({ length: Math.ceil(runs / BATCH_RUNS) }, (_, i) => ({
    first: first + i * BATCH_RUNS,
    count: Math.min(BATCH_RUNS, runs - i * BATCH_RUNS),
  }))

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
  if (workers === 1) {
    for (const batch of batches) {
      onTally(playHere(batch))
      // A breath, so that a signal can come through.
      await new Promise(setImmediate)
      if (signal.aborted) stop()
    }
    return
  }
  const pool = new Piscina<Seeds, Tally>({
    filename: join(import.meta.dirname, 'worker.ts'),
    minThreads: workers,
    maxThreads: workers,
  })
  try {
    const ahead: Promise<Tally>[] = []
    let next = 0
    const send = () => {
      while (ahead.length < 2 * workers && next < batches.length) {
        const sent = pool.run(batches[next++]!, { signal })
        // It is awaited in its turn; until then nobody is to call it unhandled.
        sent.catch(() => {})
        ahead.push(sent)
      }
    }
    for (send(); ahead.length > 0; send()) onTally(await ahead.shift()!)
  } catch (error) {
    if (signal.aborted) stop()
    throw error
  } finally {
    await pool.destroy()
  }
}
