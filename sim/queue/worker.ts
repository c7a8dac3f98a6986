import { join } from 'node:path'
import { type Job, Worker } from 'bullmq'
import { Piscina } from 'piscina'
import type { RunResult } from '../runs/job.ts'
import { resultLine } from '../runs/results.ts'
import type { Batch } from '../runs/worker.ts'
import { connectionOptions, queueName, requireServer, watchServer } from './connection.ts'

/** A worker that says nothing for so long has gone, and what it had taken is given to another one. */
const LOCK_MILLISECONDS = 5_000
const STALLED_MILLISECONDS = 1_500
/** Workers that may be lost over one batch before it is given up: none is ever lost by what a batch says. */
const MOST_STALLS = 1_000

export interface QueueWorker {
  /** Resolves when the server went away for good. */
  readonly isLost: Promise<Error>
  /** Finishes what it has begun, and leaves. */
  readonly close: () => Promise<void>
}

/**
 * Plays batches of a queue, one after the other, in a thread of its own: so it goes on saying that it is there.
 *
 * @param onBatch told of each that it has played
 * @throws QueueUnreachable
 */
export const startWorker = async (url: string, onBatch: (runs: number) => void): Promise<QueueWorker> => {
  await requireServer(url)
  const pool = new Piscina<Batch, readonly RunResult[]>({
    filename: join(import.meta.dirname, '../runs/worker.ts'),
    minThreads: 1,
    maxThreads: 1,
  })
  const play = async ({ data }: Job<Batch, string>): Promise<string> => {
    const results = await pool.run(data)
    onBatch(results.length)
    return results.map(resultLine).join('')
  }
  const worker = new Worker<Batch, string>(queueName(), play, {
    connection: connectionOptions(url),
    lockDuration: LOCK_MILLISECONDS,
    stalledInterval: STALLED_MILLISECONDS,
    maxStalledCount: MOST_STALLS,
  })
  worker.on('error', () => {})
  const watch = watchServer(url)
  await worker.waitUntilReady()
  return {
    isLost: watch.isLost,
    close: async () => {
      await Promise.race([worker.close(), watch.isLost])
      watch.end()
      await pool.destroy()
    },
  }
}
