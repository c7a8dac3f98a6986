import type { JsonRpcProvider } from 'ethers'
import type { Hex } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Address } from '../../spec/service/task.ts'
import { ChainUnreachable } from './connection.ts'

/** A block of the chain, as far as a follower needs it. The hash alone names it: two chains share numbers. */
export interface Block {
  readonly number: number
  readonly hash: Hash
  readonly parentHash: Hash
  readonly time: Seconds
}

/** An entry of a contract's log. */
export interface Log {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockHash: Hash
  readonly transactionHash: Hash
}

/** As nodes answer. */
interface RpcBlock {
  readonly number: Hex
  readonly hash: Hash
  readonly parentHash: Hash
  readonly timestamp: Hex
}

const readBlock = (block: RpcBlock | null): Block | undefined =>
  block === null
    ? undefined
    : {
        number: Number(block.number),
        hash: block.hash,
        parentHash: block.parentHash,
        time: Number(block.timestamp),
      }

const quantity = (number: number): Hex => `0x${number.toString(16)}`

/** The block with this number on the node's present chain; undefined where the chain ends before it. */
export const blockAt = async (
  provider: JsonRpcProvider,
  number: number | 'latest',
): Promise<Block | undefined> => {
  const tag = number === 'latest' ? number : quantity(number)
  return readBlock(await provider.send('eth_getBlockByNumber', [tag, false]))
}

/** The block with this hash; undefined where the node does not have it, or no longer. */
export const blockOf = async (provider: JsonRpcProvider, hash: Hash): Promise<Block | undefined> =>
  readBlock(await provider.send('eth_getBlockByHash', [hash, false]))

/** What contracts logged in one block, in order. */
export const logsOf = (
  provider: JsonRpcProvider,
  address: readonly Address[],
  { hash }: Block,
): Promise<Log[]> => provider.send('eth_getLogs', [{ address, blockHash: hash }])

/**
 * What contracts logged from one block to another, both included, in order. Nodes refuse ranges that are too wide or
 * hold too much, each by rules of its own: a range that is refused is halved, and doubled again where one was taken.
 *
 * @throws the node's refusal of a single block
 */
export const logsBetween = async (
  provider: JsonRpcProvider,
  address: readonly Address[],
  first: number,
  last: number,
): Promise<Log[]> => {
  const logs: Log[] = []
  let span = last - first + 1
  for (let from = first; from <= last; ) {
    const to = Math.min(last, from + span - 1)
    try {
      const range = { address, fromBlock: quantity(from), toBlock: quantity(to) }
      // A loop and not a spread: a range may hold more than a call can have arguments.
      for (const log of await provider.send('eth_getLogs', [range])) logs.push(log)
      from = to + 1
      span *= 2
    } catch (error) {
      if (to === from || error instanceof ChainUnreachable) throw error
      span = Math.ceil((to - from + 1) / 2)
    }
  }
  return logs
}
