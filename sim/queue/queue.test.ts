import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { EXIT } from '../exitCode.ts'
import type { SimulationData } from '../runs/job.ts'
import { resultLine } from '../runs/results.ts'
import { type SweepOptions, sweep } from '../runs/sweep.ts'
import { Stopped } from '../stopped.ts'
import { workerCommand } from './command.ts'
import { isQueueUrl, QueueUnreachable } from './connection.ts'
import { freePort, hasRedis, startRedis, startWorkerProcess, type WorkerProcess } from './redis.fixture.ts'

const data: SimulationData = {
  scenario: 'queue',
  seed: 5,
  task: { model: 'alphabet', lengths: [8, 8, 64], count: 2 },
  chain: { reorgs: { every: 3000, depth: 2 } },
  actors: [
    { name: 'sam', role: 'server', strategy: 'cheat', probability: 0.5 },
    { name: 'vera', role: 'verifier', strategy: 'honest' },
  ],
}

const swept = async (given: Partial<SweepOptions>, onDone: (done: number) => void = () => {}) => {
  const lines: string[] = []
  const summary = await sweep({
    data,
    runs: 40,
    vary: { 'actors.sam.probability': [0, 0.5, 1] },
    workers: 1,
    found: [],
    onResult: (result, done) => {
      lines.push(resultLine(result))
      onDone(done)
    },
    ...given,
  })
  return { summary, lines: lines.join('') }
}

describe.skipIf(!hasRedis())('runs that a queue hands out, with a redis-server of Debian’s', () => {
  /** Rationale: whoever uses ten machines must get what one gives, whatever becomes of one of them on the way. */
  test('QUEUE-1 two workers, one killed in the middle: byte for byte what one process gives, and no run counted twice', async () => {
    const alone = await swept({})
    const redis = await startRedis()
    const workers: WorkerProcess[] = []
    try {
      for (let i = 0; i < 2; i++) workers.push(await startWorkerProcess(redis.url))
      let isKilled = false
      const shared = await swept(
        { queue: { url: redis.url, onWaiting: () => expect.unreachable('workers are there') } },
        (done) => {
          if (done < 8 || isKilled) return
          isKilled = true
          workers[0]!.child.kill('SIGKILL')
        },
      )
      expect(isKilled).toBe(true)
      expect(shared).toEqual(alone)
      expect(shared.lines.trimEnd().split('\n')).toHaveLength(120)
      // Told to stop, a worker finishes and says that it was interrupted.
      expect(await workers[1]!.kill('SIGTERM')).toBe(EXIT.interrupted)
      expect(workers[1]!.said()).toMatch(/runs played/)
    } finally {
      for (const { kill } of workers) await kill('SIGKILL')
      await redis.stop()
    }
  }, 120_000)

  test('QUEUE-2 one who stops takes its runs back from the queue, and what was finished has been told', async () => {
    const redis = await startRedis()
    const worker = await startWorkerProcess(redis.url)
    try {
      const stop = new AbortController()
      let told = 0
      const stopped = swept(
        { queue: { url: redis.url, onWaiting: () => {} }, signal: stop.signal },
        (done) => {
          told = done
          if (done >= 20) stop.abort()
        },
      )
      await expect(stopped).rejects.toBeInstanceOf(Stopped)
      expect(told).toBeGreaterThanOrEqual(20)
      // The queue is empty: the next sweep is not kept waiting.
      const next = await swept({ runs: 1, queue: { url: redis.url, onWaiting: () => {} } })
      expect(next).toEqual(await swept({ runs: 1 }))
    } finally {
      await worker.kill('SIGKILL')
      await redis.stop()
    }
  }, 120_000)

  test('QUEUE-3 where no worker is there that is said, and a server that goes away ends the sweep with a reason', async () => {
    const redis = await startRedis()
    let isWaiting = false
    const sweeping = swept({
      queue: {
        url: redis.url,
        onWaiting: () => {
          isWaiting = true
          void redis.stop()
        },
      },
    })
    await expect(sweeping).rejects.toBeInstanceOf(QueueUnreachable)
    expect(isWaiting).toBe(true)
  }, 120_000)

  /** Rationale: whichever of its connections first hears that the server is gone, the reason is the same. */
  test('QUEUE-6 nor is it a puzzle where the server goes in the middle, whatever was just being asked', async () => {
    const lost = async (finished: number) => {
      const redis = await startRedis()
      const worker = await startWorkerProcess(redis.url)
      try {
        const sweeping = swept({ queue: { url: redis.url, onWaiting: () => {} } }, (done) => {
          if (done === finished) void redis.stop()
        })
        await expect(sweeping).rejects.toBeInstanceOf(QueueUnreachable)
      } finally {
        await worker.kill('SIGKILL')
      }
    }
    await Promise.all([1, 5, 20].map(lost))
  }, 120_000)
})

describe('a queue that is none', () => {
  test('QUEUE-4 a URL of something else is bad input', async () => {
    for (const url of ['', 'localhost:6379', 'http://localhost:6379', 'redis://'])
      expect([url, isQueueUrl(url), await workerCommand(['--queue', url])]).toEqual([
        url,
        false,
        EXIT.badInput,
      ])
    expect(await workerCommand([])).toBe(EXIT.badInput)
    expect(await workerCommand(['--help'])).toBe(EXIT.met)
  })

  // Rationale: its page tells it call by call, so that whoever writes the page has to play it; once is enough.
  test('QUEUE-7 one run alone is handed out to nobody', async () => {
    const nobody = `redis://127.0.0.1:${await freePort()}`
    const played: unknown[] = []
    const alone = { runs: 1, vary: {}, onRun: (one: unknown) => played.push(one) }
    const handed = await swept({ ...alone, queue: { url: nobody, onWaiting: () => expect.unreachable() } })
    expect([handed, played.length]).toEqual([await swept({ ...alone, onRun: () => {} }), 1])
  })

  test('QUEUE-5 a server that is not there, or never answers, is said to be so', async () => {
    const nobody = `redis://127.0.0.1:${await freePort()}`
    expect(await workerCommand(['--queue', nobody])).toBe(EXIT.chain)
    await expect(swept({ queue: { url: nobody, onWaiting: () => {} } })).rejects.toThrow(
      /no Redis or Valkey server answers there \(.*ECONNREFUSED/,
    )
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { readonly port: number }
    try {
      const url = `redis://127.0.0.1:${port}`
      await expect(swept({ queue: { url, onWaiting: () => {} } })).rejects.toThrow(/no answer/)
    } finally {
      silent.close()
    }
  })
})
