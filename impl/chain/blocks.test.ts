import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JsonRpcProvider, toQuantity } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Address } from '../../spec/service/task.ts'
import { deployAlphabet, PLAYERS, playGame } from './alphabet.fixture.ts'
import { type Log, logsBetween } from './blocks.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { ChainFollower } from './follower.ts'

const GAME = playGame(
  {
    tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
    parameters: {
      arity: 4,
      clockSeconds: 3600,
      descentSeconds: 600,
      windowSeconds: 7200,
      claimBondWei: 1000n,
      disputeBondWei: 797n,
      burnBasisPoints: 5000,
      disputesAtOnce: 4,
      mostMoves: 1000,
      inclusionSeconds: 0,
    },
    seed: 5,
  },
  { honest: 'verifier', opponent: 'liar', lie: [1, 2, 3], seed: 0, silentAfter: undefined },
)

/** Empty blocks before each call. */
const GAP = 9

let chain: TestChain
let contract: Address
let origin: number
let head: number
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
  contract = await deployAlphabet(chain, GAME.table)
  origin = await chain.provider.getBlockNumber()
  for (const { intent, context, before } of GAME.steps) {
    await chain.provider.send('anvil_mine', [toQuantity(GAP), '0x0'])
    await chain.submit(contract, { call: intent.call, context, state: before })
  }
  head = await chain.provider.getBlockNumber()
})
afterAll(() => chain?.stop())

interface Request {
  readonly method: string
  readonly params: readonly unknown[]
}

/** Why a node refuses a request for logs: an error of JSON-RPC, or a status of HTTP; undefined where it does not. */
type Refusal = { readonly message: string } | { readonly status: number } | undefined

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** The test's chain behind a node that refuses ranges of its own choice. */
const behind = async (refuse: (blocks: number, logs: readonly Log[]) => Refusal) => {
  let asked = 0
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const { method, params } = JSON.parse(body) as Request
    const headers = { 'content-type': 'application/json' }
    const answer = await (await fetch(chain.url, { method: 'POST', headers, body })).text()
    const [{ fromBlock, toBlock }] = params as [{ fromBlock?: string; toBlock?: string }]
    const isRange = method === 'eth_getLogs' && fromBlock !== undefined
    if (isRange) asked++
    const refusal = isRange
      ? refuse(Number(toBlock) - Number(fromBlock) + 1, JSON.parse(answer).result)
      : undefined
    if (refusal !== undefined && 'status' in refusal) response.writeHead(refusal.status).end('too much')
    else if (refusal === undefined) response.writeHead(200, headers).end(answer)
    else
      response
        .writeHead(200, headers)
        .end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, error: { code: -32005, ...refusal } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const options = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 }
  const provider = new JsonRpcProvider(url, 31_337, options)
  return {
    provider,
    asked: () => asked,
    stop: async () => {
      provider.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const NODES: readonly (readonly [string, (blocks: number, logs: readonly Log[]) => Refusal])[] = [
  ['of one block', (blocks) => (blocks > 1 ? { message: 'range too wide' } : undefined)],
  ['of 50 blocks', (blocks) => (blocks > 50 ? { message: 'range too wide' } : undefined)],
  ['of 50 blocks, by a status', (blocks) => (blocks > 50 ? { status: 413 } : undefined)],
  ['of two logs', (_, { length }) => (length > 2 ? { message: 'more than 2 results' } : undefined)],
  ['of any size', () => undefined],
]

describe('logs of many blocks', () => {
  // Rationale: every node has a limit of its own, in blocks or in results, and says so in words of its own.
  test.each(NODES)('RANGE-1 a node that gives ranges %s gives all logs in the end', async (_, refuse) => {
    const node = await behind(refuse)
    try {
      const whole = await logsBetween(chain.provider, [contract], 0, head)
      expect(whole.length).toBeGreaterThan(GAME.steps.length)
      expect(await logsBetween(node.provider, [contract], 0, head)).toEqual(whole)
      expect(node.asked()).toBeLessThan(3 * head)
      const follower = new ChainFollower(node.provider, contract, GAME.table.state, origin)
      await follower.sync()
      expect(follower.state).toEqual(GAME.steps.at(-1)!.applied.state)
    } finally {
      await node.stop()
    }
  })

  test('RANGE-2 a node that refuses a single block is heard', async () => {
    const node = await behind((_, { length }) => (length > 0 ? { message: 'no logs today' } : undefined))
    try {
      await expect(logsBetween(node.provider, [contract], 0, head)).rejects.toThrow('no logs today')
    } finally {
      await node.stop()
    }
  })
})
