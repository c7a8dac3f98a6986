import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request of JSON-RPC, as a client sent it. */
export interface RpcRequest {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** What comes back instead of the node's answer: a body, a status of HTTP, or nothing, ever. */
export type Instead = { readonly body: string } | { readonly status: number } | 'silence'

export interface Proxy {
  readonly url: string
  readonly stop: () => Promise<void>
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/**
 * A real node behind a server that keeps some of its answers back.
 *
 * @param instead told of what was asked, and of the node's answer; undefined lets that through
 */
export const startProxy = async (
  node: string,
  instead: (requests: readonly RpcRequest[], answer: string) => Instead | undefined,
): Promise<Proxy> => {
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const headers = { 'content-type': 'application/json' }
    const asked = await fetch(node, { method: 'POST', headers, body }).catch(() => undefined)
    if (asked === undefined) {
      response.destroy()
      return
    }
    const answer = await asked.text()
    const given = instead([JSON.parse(body)].flat(), answer)
    if (given === 'silence') return
    if (given !== undefined && 'status' in given) response.writeHead(given.status).end()
    else response.writeHead(200, headers).end(given?.body ?? answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
