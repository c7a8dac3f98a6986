import { randomUUID } from 'node:crypto'
import { isNotConnectionError, Job, Queue, QueueEvents } from 'bullmq'
import type { RunResult } from '../runs/job.ts'
import { readResults } from '../runs/results.ts'
import type { Batch } from '../runs/worker.ts'
import { connectionOptions, lostServer, queueName, requireServer, watchServer } from './connection.ts'

/** Batches that stand in the queue at once: enough for many workers, few enough that memory stays flat. */
const AHEAD = 64
const GOODBYE_MILLISECONDS = 2_000
/** A batch is looked at again after so long, though no event has told of it. */
const LOOK_MILLISECONDS = 1_000

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
  const queue = new Queue<Batch, string>(queueName(), { connection })
  const events = new QueueEvents(queueName(), { connection })
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
  // A call may hear that the server is gone before the watch does.
  const asked = <Value>(work: Promise<Value>): Promise<Value> =>
    work.catch((error: Error) => {
      throw isNotConnectionError(error) ? error : lostServer(url)
    })
  const unlessOver = <Value>(work: Promise<Value>): Promise<Value> =>
    Promise.race([asked(work), stopped, isLost])
  try {
    await unlessOver(events.waitUntilReady())
    if ((await unlessOver(queue.getWorkersCount())) === 0) onWaiting()
    while (next < batches.length || ahead.length > 0) {
      while (ahead.length < AHEAD && next < batches.length) {
        const jobId = `${sweepId}-${next}`
        ahead.push(await unlessOver(queue.add('batch', batches[next++]!, { jobId })))
      }
      const first = ahead[0]!
      const results = await unlessOver(finished(queue, events, first.id!))
      ahead.shift()
      await unlessOver(first.remove())
      yield readResults(results)
    }
  } finally {
    watch.end()
    await leave(queue, events, ahead)
  }
}

/**
 * What a worker has given for a batch. BullMQ's own `waitUntilFinished` leaves the error of a server that is gone in a
 * promise that nobody holds.
 *
 * @throws Error what the worker failed by
 */
const finished = async (queue: Queue, events: QueueEvents, jobId: string): Promise<string> => {
  for (;;) {
    const news = newsOf(events)
    const job = await Job.fromId<Batch, string>(queue, jobId)
    if (job === undefined)
      throw new Error(`batch ${jobId} is no longer in the queue: somebody has removed it`)
    if (job.finishedOn !== undefined) {
      if (job.failedReason) throw new Error(job.failedReason)
      return job.returnvalue
    }
    await news
  }
}

/** Resolves when some batch is finished, or it is time to look again. */
const newsOf = (events: QueueEvents): Promise<void> =>
  new Promise((resolve) => {
    const tell = () => {
      clearTimeout(timer)
      events.off('completed', tell)
      events.off('failed', tell)
      resolve()
    }
    const timer = setTimeout(tell, LOOK_MILLISECONDS).unref()
    events.on('completed', tell)
    events.on('failed', tell)
  })

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
