import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What a thread that reads is told. */
export interface ReadingSetup {
  readonly buffer: SharedArrayBuffer
  readonly first: number
  readonly end: number
}

/** Far more than the processor's caches hold. */
const BYTES = 2 ** 29

/**
 * Bytes a second that so many threads read from memory together, a word of each line of the cache.
 *
 * @param rounds the fastest of these counts
 */
export const measureReadBandwidth = async (threads: number, rounds: number): Promise<number> => {
  const buffer = new SharedArrayBuffer(BYTES)
  new Int32Array(buffer).fill(1)
  const workers = Array.from({ length: threads }, (_, thread) => {
    const [first, end] = [thread, thread + 1].map((part) => Math.floor(((BYTES / 64) * part) / threads) * 64)
    const workerData: ReadingSetup = { buffer, first: first!, end: end! }
    return new Worker(new URL('./readBandwidthWorker.ts', import.meta.url), { workerData })
  })
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const started = performance.now()
      for (const worker of workers) worker.postMessage('read')
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      least = Math.min(least, performance.now() - started)
    }
    return (1000 * BYTES) / least
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
