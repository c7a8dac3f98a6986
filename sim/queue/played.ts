import { randomUUID } from 'node:crypto'
import { Queue, QueueEvents } from 'bullmq'
import type { RunResult } from '../runs/job.ts'
import { readResults } from '../runs/results.ts'
import type { Batch } from '../runs/worker.ts'
import { connectionOptions, QUEUE_NAME, requireServer, watchServer } from './connection.ts'

/** Batches that stand in the queue at once: enough for many workers, few enough that memory stays flat. */
const AHEAD = 64
const GOODBYE_MILLISECONDS = 2_000

type Queued = Awaited<ReturnType<Queue<Batch, string>['add']>>

/**
 * The results of batches that workers on any machine play, in the order of the batches. A batch that a worker takes and
 * does not bring back is given to another one; its result is the same, and is taken once.
 *
 * @param onWaiting told where nobody is there yet to play
 * @throws QueueUnreachable
 */
export async function* playedByQueue(
  batches: readonly Batch[],
  url: string,
  signal: AbortSignal | undefined,
  onWaiting: () => void,
): AsyncGenerator<readonly RunResult[]> {
  await requireServer(url)
  const connection = connectionOptions(url)
  const queue = new Queue<Batch, string>(QUEUE_NAME, { connection })
  const events = new QueueEvents(QUEUE_NAME, { connection })
  // What goes wrong with a connection is told by its end.
  queue.on('error', () => {})
  events.on('error', () => {})
  const sweepId = randomUUID()
  const ahead: Queued[] = []
  let next = 0
  const stopped = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  const watch = watchServer(url)
  const isLost = watch.isLost.then((error) => Promise.reject(error))
  // Each is awaited in a race; where the race is over before, nobody is to call it unhandled.
  for (const end of [stopped, isLost]) end.catch(() => {})
  const unlessOver = <Value>(work: Promise<Value>): Promise<Value> => Promise.race([work, stopped, isLost])
  try {
    await unlessOver(events.waitUntilReady())
    if ((await unlessOver(queue.getWorkersCount())) === 0) onWaiting()
    while (next < batches.length || ahead.length > 0) {
      while (ahead.length < AHEAD && next < batches.length) {
        const jobId = `${sweepId}-${next}`
        ahead.push(await unlessOver(queue.add('batch', batches[next++]!, { jobId })))
      }
      const first = ahead[0]!
      const results = await unlessOver(first.waitUntilFinished(events))
      ahead.shift()
      await unlessOver(first.remove())
      yield readResults(results)
    }
  } finally {
    watch.end()
    await leave(queue, events, ahead)
  }
}

/** Takes back what nobody has begun, and says goodbye; a server that is gone is left as it is. */
const leave = async (queue: Queue, events: QueueEvents, waiting: readonly Queued[]): Promise<void> => {
  const goodbye = async () => {
    await Promise.allSettled(waiting.map((job) => job.remove()))
    await Promise.allSettled([queue.close(), events.close()])
  }
  await Promise.race([goodbye(), new Promise((resolve) => setTimeout(resolve, GOODBYE_MILLISECONDS).unref())])
  // Where the server is gone there is nobody to wait for.
  for (const part of [queue, events]) part.disconnect().catch(() => {})
}
