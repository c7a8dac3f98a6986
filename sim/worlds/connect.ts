import { isError, type JsonRpcProvider } from 'ethers'
import { type Anvil, startAnvil } from '../../impl/chain/anvil.ts'
import { ChainUnreachable, connect, reasonOf } from '../../impl/chain/connection.ts'
import type { Seconds } from '../../spec/game/clocks.ts'

/** Errors of the connection, of Node's sockets and of the node itself carry a code; those of our own making do not. */
const isOfTheChain = (error: unknown): boolean =>
  error instanceof Error && typeof (error as { code?: unknown }).code === 'string'

/**
 * Runs something that asks a chain. Where the chain fails, that is said of the chain; our own errors pass.
 *
 * @param where the chain, as a message names it @param doing what was asked of it
 * @throws ChainUnreachable
 */
export const asking = async <Value>(
  where: string,
  doing: string,
  ask: () => Promise<Value>,
): Promise<Value> => {
  try {
    return await ask()
  } catch (error) {
    if (!isOfTheChain(error)) throw error
    throw new ChainUnreachable(`${where}: ${doing} failed: ${reasonOf(error)}`)
  }
}

/** A node of our own, whose first block has that time. @throws ChainUnreachable where none can be started */
export const startOwn = async (timestamp: Seconds): Promise<Anvil> => {
  try {
    return await startAnvil({ timestamp })
  } catch (error) {
    throw new ChainUnreachable(error instanceof Error ? error.message : String(error))
  }
}

/** @throws ChainUnreachable where nothing answers there */
export const connectTo = async (where: string, url: string): Promise<JsonRpcProvider> => {
  try {
    return await connect(url)
  } catch (error) {
    throw new ChainUnreachable(`${where}: ${reasonOf(error)}; start one with: npx anvil`)
  }
}

/** Instructions that compiled contracts contain: PUSH0 and MCOPY, of the hard forks Shanghai and Cancun. */
const NEWEST_INSTRUCTIONS = '0x5f5f5f5e00'

/** What a scenario needs of a chain, each with what is wrong where it is not there. */
const NEEDS: readonly {
  readonly isMet: (provider: JsonRpcProvider) => Promise<boolean>
  readonly otherwise: string
}[] = [
  {
    isMet: async (provider) => (await provider.send('anvil_nodeInfo', [])) !== null,
    otherwise: 'is no anvil; a scenario sets the chain’s time and balances',
  },
  {
    isMet: async (provider) => (await provider.send('anvil_getAutomine', [])) === true,
    otherwise: 'does not mine each transaction as it comes; start it without --no-mining and --block-time',
  },
  {
    isMet: async (provider) => {
      await provider.send('eth_call', [{ data: NEWEST_INSTRUCTIONS }, 'latest'])
      return true
    },
    otherwise: 'follows the rules of a hard fork before Cancun; start it without --hardfork',
  },
  {
    isMet: async (provider) => (await provider.send('eth_accounts', [])).length > 0,
    otherwise: 'has no account that could deploy the contracts; start it without --accounts',
  },
  {
    isMet: async (provider) => {
      const [deployer] = await provider.send('eth_accounts', [])
      return (await provider.getBalance(deployer)) > 0n
    },
    otherwise:
      'has a first account without a balance, which cannot deploy the contracts; start it without --balance',
  },
]

/** The node says no, where a connection that breaks says nothing. */
const isRefusal = (error: unknown): boolean =>
  isError(error, 'UNKNOWN_ERROR') ||
  isError(error, 'UNSUPPORTED_OPERATION') ||
  isError(error, 'CALL_EXCEPTION')

/** @throws ChainUnreachable where a chain that answers lacks what a scenario needs */
export const requirePlayable = async (where: string, provider: JsonRpcProvider): Promise<void> => {
  for (const { isMet, otherwise } of NEEDS) {
    const met = await asking(where, 'a request', () =>
      isMet(provider).catch((error) => {
        if (isRefusal(error)) return false
        throw error
      }),
    )
    if (!met) throw new ChainUnreachable(`${where}: this chain ${otherwise}`)
  }
}
