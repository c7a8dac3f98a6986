import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where Debian's package redis-server puts it. */
const REDIS_SERVER = '/usr/bin/redis-server'

export const hasRedis = (): boolean => existsSync(REDIS_SERVER)

/** A port that nobody listened on a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number }
      server.close(() => resolve(port))
    })
  })

export interface RedisServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))

/** A server of the test's own, which keeps nothing. */
export const startRedis = async (): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-redis-'))
  const port = await freePort()
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn(REDIS_SERVER, [...flags, '--dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('redis-server did not start')))
    child.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve()
    })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGKILL')
      await ended(child)
      rmSync(folder, { recursive: true })
    },
  }
}

export interface WorkerProcess {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly said: () => string
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>
}

/** `npm run sim:worker` as a process of its own, that has begun to take runs. */
export const startWorkerProcess = async (url: string): Promise<WorkerProcess> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'workerMain.ts'), '--queue', url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the worker ended: ${text}`)))
    child.stdout.on('data', (more: Buffer) => {
      text += more.toString()
      if (text.includes('takes runs from')) resolve()
    })
  })
  return {
    child,
    said: () => text,
    kill: async (signal) => {
      child.kill(signal)
      await ended(child)
      return child.exitCode
    },
  }
}
