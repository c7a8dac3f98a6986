import { type JsonRpcProvider, type JsonRpcSigner, toQuantity } from 'ethers'
import type { Seconds } from '../../spec/game/clocks.ts'

/** The chain's time is ours: the next block is mined at this one. */
export const setNextBlockTime = async (provider: JsonRpcProvider, time: Seconds): Promise<void> => {
  await provider.send('evm_setNextBlockTimestamp', [toQuantity(time)])
}

/** The node's first account, each transaction of which is mined at the time that `tick` says. */
export const tickingDeployer = async (
  provider: JsonRpcProvider,
  tick: () => Seconds,
): Promise<JsonRpcSigner> => {
  const deployer = await provider.getSigner(0)
  return Object.assign(Object.create(deployer), {
    sendTransaction: async (...args: Parameters<JsonRpcSigner['sendTransaction']>) => {
      await setNextBlockTime(provider, tick())
      return deployer.sendTransaction(...args)
    },
  }) as JsonRpcSigner
}
