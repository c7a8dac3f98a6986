import { Contract, Interface, type InterfaceAbi } from 'ethers'
import type { Call, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { artifact } from './artifacts.ts'
import type { TestChain } from './chain.fixture.ts'
import { deployContract } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { minedReceipt } from './receipt.ts'
import type { Sent } from './sendCall.ts'

/** What an account of code does with money that it is sent; the order is that of Recipient.sol. */
const MANNERS = ['takes', 'refuses', 'reenters', 'burns', 'bombs'] as const
export type Manner = (typeof MANNERS)[number]

/** An account of code that plays: whatever it does goes through its contract, and the transaction is another's. */
export interface Recipient {
  readonly address: Address
  readonly behave: (manner: Manner) => Promise<void>
  /** What it calls from inside an output. */
  readonly callAgain: (data: string) => Promise<void>
  /** What it was told last. */
  readonly told: () => Promise<string>
  /** Calls the service as this account; the transaction is `context.sender`'s. */
  readonly submit: (service: Address, state: ServiceState, call: Call, context: Context) => Promise<Sent>
  /** What its call from inside a payout got: whether it went through, and the revert data. */
  readonly reentry: () => Promise<{ readonly done: boolean; readonly data: string }>
}

export const deployRecipient = async ({ provider, submitData }: TestChain): Promise<Recipient> => {
  const { abi } = artifact('Recipient')
  const codec = new Interface(abi as InterfaceAbi)
  const signer = await provider.getSigner(0)
  const address = await deployContract('Recipient', signer, [])
  const contract = new Contract(address, codec, signer)
  return {
    address,
    behave: async (manner) => {
      const sent = await contract.getFunction('setManner').send(MANNERS.indexOf(manner))
      await minedReceipt(provider, sent.hash)
    },
    callAgain: async (data) => {
      const sent = await contract.getFunction('setAgain').send(data)
      await minedReceipt(provider, sent.hash)
    },
    told: () => contract.getFunction('told').staticCall(),
    submit: (service, state, call, context) =>
      submitData(address, codec.encodeFunctionData('forward', [service, encodeCall(call, state)]), context),
    reentry: async () => ({
      done: await contract.getFunction('reentered').staticCall(),
      data: await contract.getFunction('reentry').staticCall(),
    }),
  }
}
