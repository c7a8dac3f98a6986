import type { JsonRpcProvider, TransactionReceipt, TransactionRequest } from 'ethers'
import type { Rejection } from '../../spec/rejection.ts'
import type { Address } from '../../spec/service/task.ts'
import { rejectionOf } from './contractInterface.ts'
import { minedReceipt } from './receipt.ts'

/** The most gas that a transaction may have (EIP-7825). */
const GAS_LIMIT = 16_777_216n

/** Whoever can send a transaction: a wallet, or an account that the node itself speaks for. */
export interface Sender {
  readonly connect: (provider: JsonRpcProvider) => {
    readonly sendTransaction: (request: TransactionRequest) => Promise<{ readonly hash: string }>
  }
}

export interface Sent {
  readonly outcome: 'accepted' | Rejection['reason']
  readonly transactionHash: string
  readonly gasUsed: number
  /** What the sender paid for gas. */
  readonly gasWei: bigint
}

/** A transaction that failed for a reason that is no refusal of the contract. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
}

interface CallTrace {
  readonly error?: string
  readonly output?: string
}

const revertReason = async (
  provider: JsonRpcProvider,
  { hash, gasUsed }: TransactionReceipt,
): Promise<Rejection['reason']> => {
  const trace: CallTrace = await provider.send('debug_traceTransaction', [hash, { tracer: 'callTracer' }])
  const reason = trace.output === undefined ? undefined : rejectionOf(trace.output)
  if (reason === undefined)
    throw new CallFailed(
      `transaction ${hash} failed after ${gasUsed} gas: ${trace.error ?? 'no reason'} ${trace.output ?? ''}`,
    )
  return reason
}

/**
 * Sends a call and waits until it is mined. The gas limit is given, so that a call that the contract refuses is
 * mined as well, and its refusal is on record.
 *
 * @throws CallFailed where it failed for another reason than a refusal
 */
export const sendCall = async (
  provider: JsonRpcProvider,
  sender: Sender,
  contract: Address,
  data: string,
  valueWei: bigint,
): Promise<Sent> => {
  const { hash } = await sender
    .connect(provider)
    .sendTransaction({ to: contract, data, value: valueWei, gasLimit: GAS_LIMIT })
  const receipt = await minedReceipt(provider, hash)
  return {
    outcome: receipt.status === 1 ? 'accepted' : await revertReason(provider, receipt),
    transactionHash: hash,
    gasUsed: Number(receipt.gasUsed),
    gasWei: receipt.gasUsed * receipt.gasPrice,
  }
}
