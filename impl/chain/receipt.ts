import type { JsonRpcProvider, TransactionReceipt } from 'ethers'
import { ChainUnreachable } from './connection.ts'

/** How long a transaction may take to be mined before it counts as lost. */
const PATIENCE_MILLISECONDS = 20_000

const POLL_MILLISECONDS = 5

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))

/**
 * Waits until a transaction has been mined. The library's own wait looks at the receipt only when another block
 * comes; where a block is mined for each transaction and this one was mined while it was getting ready, none does.
 *
 * @throws ChainUnreachable where it was not mined in 20 seconds
 */
export const minedReceipt = async (provider: JsonRpcProvider, hash: string): Promise<TransactionReceipt> => {
  const patience = performance.now() + PATIENCE_MILLISECONDS
  for (;;) {
    const receipt = await provider.getTransactionReceipt(hash)
    if (receipt !== null) return receipt
    if (performance.now() > patience)
      throw new ChainUnreachable(
        `transaction ${hash} has not been mined in ${PATIENCE_MILLISECONDS / 1000} seconds`,
      )
    await pause()
  }
}
