import { Redis } from 'ioredis'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { once } from '../../impl/inference/evaluate.ts'
import { codeDigest } from './codeDigest.ts'

/**
 * The queue of a simulation's runs, on every Redis or Valkey that holds one. Each state of the code has its own, so that
 * no worker of another one plays what would come out differently.
 */
export const queueName = once(() => `opml-simulation-${codeDigest(PROJECT_FOLDER).slice(0, 16)}`)

/** A queue that cannot be used: nothing answers there, or it went away. */
export class QueueUnreachable extends Error {
  override readonly name = 'QueueUnreachable'
}

/** Whether a text can name a queue's server. */
export const isQueueUrl = (text: string): boolean =>
  URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol) && new URL(text).hostname !== ''

export const QUEUE_URL_ALLOWED =
  'the URL of a Redis or Valkey server, redis://HOST:PORT or rediss://HOST:PORT'

const CONNECT_MILLISECONDS = 5_000
/** Attempts to reach a server that went away, a second apart at most. */
const MOST_RETRIES = 10

/** As BullMQ wants its connections: it waits for a server that goes away for a while, and then says so. */
export const connectionOptions = (url: string) => ({
  url,
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => (times > MOST_RETRIES ? null : Math.min(1000, 100 * times)),
})

/** @throws QueueUnreachable where nothing answers there that a queue can be kept on */
export const requireServer = async (url: string): Promise<void> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MILLISECONDS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let reason = ''
  redis.on('error', (error: Error & { readonly code?: string }) => {
    reason = error.message || error.code || ''
  })
  const late = AbortSignal.timeout(CONNECT_MILLISECONDS)
  const timeout = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error('no answer')))
  })
  try {
    await Promise.race([redis.connect().then(() => redis.ping()), timeout])
  } catch (error) {
    throw new QueueUnreachable(
      `--queue ${url}: no Redis or Valkey server answers there (${reason || (error as Error).message}); ` +
        'start one with: redis-server --port PORT',
    )
  } finally {
    redis.disconnect()
  }
}

export const lostServer = (url: string): QueueUnreachable =>
  new QueueUnreachable(`--queue ${url}: the server went away`)

/** Knows when a server has gone for good. */
export interface Watch {
  readonly isLost: Promise<QueueUnreachable>
  readonly end: () => void
}

export const watchServer = (url: string): Watch => {
  const redis = new Redis(url, connectionOptions(url))
  redis.on('error', () => {})
  let hasEnded = false
  const isLost = new Promise<QueueUnreachable>((resolve) => {
    redis.on('end', () => {
      if (!hasEnded) resolve(lostServer(url))
    })
  })
  const end = () => {
    hasEnded = true
    redis.disconnect()
  }
  return { isLost, end }
}
