import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Edit, editOf, piecesOf } from './edit.ts'

/** What a live page is made of. */
export interface LiveContent {
  /** The page as a whole, as it is now. */
  readonly page: () => string
  /** What stands on it, as it is now. */
  readonly main: () => string
  /** Pages that it links to, by their path; undefined where there is none. */
  readonly linked?: (path: string) => string | undefined
}

/** A page that is served on this machine alone, and filled while something goes on. */
export interface LiveServer {
  readonly url: string
  /** Tells all readers, soon: several changes within a moment are told together. */
  readonly changed: () => void
  /** Tells all readers for the last time, and serves the page until nobody has asked for a while. */
  readonly over: () => Promise<void>
  /** Leaves nothing running, at once. */
  readonly close: () => void
}

/** Readers are sent what changed, at most so often. */
const MOMENT_MS = 200
/** A page that takes long to make is made the more seldom: what goes on has most of the machine's time. */
const MOST_SHARE = 0.2
/** How long the page is still served when all is over: whoever has just opened it must get it. */
const GRACE_MS = 10_000
/** How often it is looked whether that is over. */
const LOOK_MS = 100

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

/** Other names for this machine could be anybody's: a page elsewhere must not read this one (DNS rebinding). */
const isOurs = ({ headers: { host } }: IncomingMessage, port: number): boolean =>
  host === `127.0.0.1:${port}` || host === `localhost:${port}`

const event = (name: string, edit: Edit): string => `event: ${name}\ndata: ${JSON.stringify(edit)}\n\n`

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

/** @param graceMs how long it is served behind the end; see `GRACE_MS` */
export const serveLive = async (
  { page, main, linked }: LiveContent,
  graceMs = GRACE_MS,
): Promise<LiveServer> => {
  /** With what each has, piece by piece. */
  const readers = new Map<ServerResponse, readonly string[]>()
  let lastAsked = performance.now()
  let told = Number.NEGATIVE_INFINITY
  let pause = MOMENT_MS
  let telling: NodeJS.Timeout | undefined
  let isOver = false
  let port = 0

  const tell = (name: 'main' | 'over'): void => {
    if (readers.size === 0) return
    const begun = performance.now()
    const pieces = piecesOf(main())
    const events = new Map<readonly string[], string>()
    for (const [reader, had] of readers) {
      // Whoever cannot keep up is told of several changes together; of the end in any case.
      if (reader.writableNeedDrain && name === 'main') continue
      const text = events.get(had) ?? event(name, editOf(had, pieces))
      events.set(had, text)
      reader.write(text)
      readers.set(reader, pieces)
    }
    told = performance.now()
    pause = Math.max(MOMENT_MS, (told - begun) / MOST_SHARE)
  }

  const follow = (response: ServerResponse): void => {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
    const pieces = piecesOf(main())
    response.write(event(isOver ? 'over' : 'main', pieces))
    readers.set(response, pieces)
    response.on('close', () => readers.delete(response))
  }

  const answerLinked = (url: string, answer: (status: number, type: string, text: string) => void): void => {
    const found = linked?.(url)
    if (found === undefined) answer(404, 'text/plain', 'there is no such page\n')
    else answer(200, 'text/html', found)
  }

  const server = createServer((request, response) => {
    lastAsked = performance.now()
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(text)
    }
    if (!isOurs(request, port)) answer(403, 'text/plain', 'this page is for this machine alone\n')
    else if (request.method !== 'GET') answer(405, 'text/plain', 'there is nothing to change here\n')
    else if (request.url === '/') answer(200, 'text/html', page())
    else if (request.url === '/events') follow(response)
    else answerLinked(request.url ?? '', answer)
  })
  port = await listen(server)

  let closed = (): void => {}
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  const close = (): void => {
    clearTimeout(telling)
    server.closeAllConnections()
    server.close()
    closed()
  }

  return {
    url: `http://127.0.0.1:${port}/`,
    changed: () => {
      if (telling !== undefined) return
      telling = setTimeout(
        () => {
          telling = undefined
          tell('main')
        },
        Math.max(0, told + pause - performance.now()),
      )
    },
    over: async () => {
      isOver = true
      lastAsked = performance.now()
      clearTimeout(telling)
      tell('over')
      const look = setInterval(() => {
        if (performance.now() - lastAsked >= graceMs) close()
      }, LOOK_MS)
      await isClosed
      clearInterval(look)
    },
    close,
  }
}
