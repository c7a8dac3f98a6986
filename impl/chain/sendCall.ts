import { isError, type JsonRpcProvider, type TransactionReceipt, type TransactionRequest } from 'ethers'
import type { Rejection } from '../../spec/rejection.ts'
import type { Address } from '../../spec/service/task.ts'
import { rejectionOf } from './contractInterface.ts'
import { minedReceipt } from './receipt.ts'

/** The most gas that a transaction may have (EIP-7825), where its block has so much. */
const MOST_GAS = 16_777_216n

/** Two words of storage that are written for the first time, where others had been before when it was estimated. */
const STORAGE_ROOM = 50_000n

/** What a call is given that needs so much now: until its block comes, it may meet another state. */
const withRoom = (needed: bigint): bigint => needed + needed / 4n + STORAGE_ROOM

/** Whoever can send a transaction: a wallet, or an account that the node itself speaks for. */
export interface Sender {
  readonly address: string
  readonly connect: (provider: JsonRpcProvider) => {
    readonly sendTransaction: (request: TransactionRequest) => Promise<{ readonly hash: string }>
  }
}

export interface Sent {
  readonly outcome: 'accepted' | Rejection['reason']
  readonly transactionHash: string
  /** Number of the block that it stands in. */
  readonly block: number
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

/** Why the contract refused a transaction that was mined. @throws CallFailed where it failed for another reason */
export const revertReason = async (
  provider: JsonRpcProvider,
  { hash, gasUsed }: Pick<TransactionReceipt, 'hash' | 'gasUsed'>,
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
 * The gas that a call is given: what it needs now, with room. A call that fails now may be one whose time has not come,
 * or one that is refused; it has all that a transaction may have.
 */
const gasLimitOf = async (provider: JsonRpcProvider, request: TransactionRequest): Promise<bigint> => {
  const blockGas = (await provider.getBlock('latest'))?.gasLimit ?? MOST_GAS
  const most = blockGas < MOST_GAS ? blockGas : MOST_GAS
  try {
    const given = withRoom(await provider.estimateGas(request))
    return given < most ? given : most
  } catch (error) {
    if (!isError(error, 'CALL_EXCEPTION')) throw error
    return most
  }
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
  const request = { to: contract, data, value: valueWei }
  const gasLimit = await gasLimitOf(provider, { ...request, from: sender.address })
  const { hash } = await sender.connect(provider).sendTransaction({ ...request, gasLimit })
  const receipt = await minedReceipt(provider, hash)
  return {
    outcome: receipt.status === 1 ? 'accepted' : await revertReason(provider, receipt),
    transactionHash: hash,
    block: receipt.blockNumber,
    gasUsed: Number(receipt.gasUsed),
    gasWei: receipt.gasUsed * receipt.gasPrice,
  }
}
