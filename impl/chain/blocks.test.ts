import { JsonRpcProvider, toQuantity } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Address } from '../../spec/service/task.ts'
import { deployAlphabet, PLAYERS, shortGame } from './alphabet.fixture.ts'
import { type Log, logsBetween } from './blocks.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { ChainFollower } from './follower.ts'
import { startProxy } from './proxy.fixture.ts'

const GAME = shortGame()

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

/** Why a node refuses a request for logs: in its own words, or by a status of HTTP; undefined where it does not. */
type Refusal = string | { readonly status: number } | undefined

/** The test's chain behind a node that refuses ranges of its own choice. */
const behind = async (refuse: (blocks: number, logs: readonly Log[]) => Refusal) => {
  let asked = 0
  const proxy = await startProxy(chain.url, ([request], answer) => {
    const { id, method, params } = request!
    const [{ fromBlock, toBlock }] = params as [{ fromBlock?: string; toBlock?: string }]
    if (method !== 'eth_getLogs' || fromBlock === undefined) return undefined
    asked++
    const refusal = refuse(Number(toBlock) - Number(fromBlock) + 1, JSON.parse(answer).result)
    if (typeof refusal !== 'string') return refusal
    return { body: JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32005, message: refusal } }) }
  })
  const options = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 }
  const provider = new JsonRpcProvider(proxy.url, 31_337, options)
  return {
    provider,
    asked: () => asked,
    stop: async () => {
      provider.destroy()
      await proxy.stop()
    },
  }
}

const NODES: readonly (readonly [string, (blocks: number, logs: readonly Log[]) => Refusal])[] = [
  ['of one block', (blocks) => (blocks > 1 ? 'range too wide' : undefined)],
  ['of 50 blocks', (blocks) => (blocks > 50 ? 'range too wide' : undefined)],
  ['of 50 blocks, by a status', (blocks) => (blocks > 50 ? { status: 413 } : undefined)],
  ['of two logs', (_, { length }) => (length > 2 ? 'more than 2 results' : undefined)],
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
    const node = await behind((_, { length }) => (length > 0 ? 'no logs today' : undefined))
    try {
      await expect(logsBetween(node.provider, [contract], 0, head)).rejects.toThrow('no logs today')
    } finally {
      await node.stop()
    }
  })
})
