import { Piscina } from 'piscina'

/**
 * Results in the order of their work, of which some is begun ahead: enough that whoever does it never waits, and no more,
 * so that memory stays flat.
 *
 * @param total how much work there is
 * @param ahead how much of it is under way at once
 * @param begin begins the work of a number from 0 on; called in order
 */
export async function* inOrder<Result>(
  total: number,
  ahead: number,
  begin: (index: number) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = []
  for (let next = 0; next < total || begun.length > 0; ) {
    for (; begun.length < ahead && next < total; next++) {
      const work = begin(next)
      // It is awaited in its turn; until then nobody is to call it unhandled.
      work.catch(() => {})
      begun.push(work)
    }
    yield await begun.shift()!
  }
}

/** So that no thread waits for the order of the results. */
const BATCHES_AHEAD_PER_THREAD = 3

/**
 * What a pool of threads makes of batches, in their order.
 *
 * @param worker file whose default export plays a batch
 * @throws an AbortError when the signal says so
 */
export async function* playedByPool<Batch, Result>(
  worker: string,
  batches: readonly Batch[],
  threads: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result> {
  const pool = new Piscina<Batch, Result>({ filename: worker, minThreads: threads, maxThreads: threads })
  const options = signal === undefined ? {} : { signal }
  try {
    yield* inOrder(batches.length, BATCHES_AHEAD_PER_THREAD * threads, (index) =>
      pool.run(batches[index]!, options),
    )
  } finally {
    await pool.destroy()
  }
}
