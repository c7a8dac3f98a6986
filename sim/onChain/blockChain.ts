import { type JsonRpcProvider, type JsonRpcSigner, toQuantity } from 'ethers'
import { ChainUnreachable } from '../../impl/chain/connection.ts'
import { ChainFollower } from '../../impl/chain/follower.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { START } from '../simulation/population.ts'
import { tickingDeployer } from '../worlds/chainTime.ts'
import { asking, connectTo, requirePlayable, startOwn } from '../worlds/connect.ts'
import { PlayedBlocks } from './playedBlocks.ts'

/** Time for deployments before a run begins. */
const PROLOGUE_SECONDS: Seconds = 3600

/** Puts contracts on the chain. @returns the service's address */
export type Deploy = (signer: JsonRpcSigner) => Promise<Address>

/** A chain that the runs of a simulation are played on, one after the other: each finds it as the first did. */
export interface BlockChain {
  /** The chain, as a message names it. */
  readonly where: string
  /**
   * Deploys the contracts and gives everybody what they have.
   *
   * @param start the service as it must stand then
   * @throws ChainUnreachable
   */
  readonly begin: (start: ServiceState, deploy: Deploy, accounts: readonly Funded[]) => Promise<PlayedBlocks>
  /** Leaves nothing running, and a chain of somebody else's as it was. */
  readonly close: () => Promise<void>
}

export interface Funded {
  readonly address: Address
  readonly fundsWei: Wei
}

const latest = async (
  provider: JsonRpcProvider,
): Promise<{ readonly number: number; readonly time: Seconds }> => {
  const block = await provider.getBlock('latest')
  if (block === null) throw new ChainUnreachable('the chain has no latest block')
  return { number: block.number, time: block.timestamp }
}

/**
 * Opens an anvil: one of our own, or one that runs already.
 *
 * @throws ChainUnreachable
 */
export const openBlockChain = async (rpcUrl: string | undefined): Promise<BlockChain> => {
  const anvil = rpcUrl === undefined ? await startOwn(START - PROLOGUE_SECONDS) : undefined
  const where = rpcUrl === undefined ? 'the anvil that was started' : `--rpc ${rpcUrl}`
  let provider: JsonRpcProvider | undefined
  let before: string | undefined
  /** Takes off the chain what was played, and lets it mine by itself again. */
  const clear = async (chain: JsonRpcProvider): Promise<void> => {
    await chain.send('evm_setAutomine', [true])
    if (before !== undefined) await chain.send('evm_revert', [before])
    before = undefined
  }
  const close = async (): Promise<void> => {
    // A chain that is gone needs no clearing.
    if (anvil === undefined && provider !== undefined) await clear(provider).catch(() => {})
    provider?.destroy()
    await anvil?.stop()
  }
  try {
    provider = await connectTo(where, rpcUrl ?? anvil!.url)
    if (rpcUrl !== undefined) await requirePlayable(where, provider)
    return { where, begin: beginOn(where, provider, clear, (id) => (before = id)), close }
  } catch (error) {
    await close()
    throw error
  }
}

const beginOn =
  (
    where: string,
    provider: JsonRpcProvider,
    clear: (provider: JsonRpcProvider) => Promise<void>,
    keep: (snapshot: string) => void,
  ): BlockChain['begin'] =>
  async (start, deploy, accounts) => {
    await asking(where, 'going back to where it began', () => clear(provider))
    let { time } = await asking(where, 'asking for its time', () => latest(provider))
    if (time > START - PROLOGUE_SECONDS)
      throw new ChainUnreachable(
        `${where}: its time is ${time}, and a simulation begins at ${START}, an hour after its contracts; start one with an earlier time`,
      )
    return asking(where, 'deploying the contracts', async () => {
      keep(await provider.send('evm_snapshot', []))
      const service = await deploy(await tickingDeployer(provider, () => ++time))
      for (const { address, fundsWei } of accounts) {
        await provider.send('anvil_setBalance', [address, toQuantity(fundsWei)])
        await provider.send('anvil_impersonateAccount', [address])
      }
      await provider.send('evm_setAutomine', [false])
      const head = await latest(provider)
      const follower = new ChainFollower(provider, service, start, head.number)
      return new PlayedBlocks({ where, provider, service, follower, start })
    })
  }
