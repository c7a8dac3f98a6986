import { JsonRpcProvider, toQuantity } from 'ethers'
import type { Seconds } from '../../spec/game/clocks.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { startAnvil } from './anvil.ts'
import { blockAt } from './blocks.ts'
import { rejectionOf } from './contractInterface.ts'
import { encodeCall } from './encodeCall.ts'
import { type Sender, type Sent, sendCall } from './sendCall.ts'
import { checkStorage } from './storage.ts'

/** A call as somebody could make it, and the service that it would meet. */
export interface Attempt {
  readonly call: Call
  readonly context: Context
  readonly state: ServiceState
}

/** A chain for tests: every account can send, and the time of each block is the test's own. */
export interface TestChain {
  readonly provider: JsonRpcProvider
  readonly url: string
  /** What would come of each attempt at its own time: the refusal's name, or `accepted` and what it returns. */
  readonly verdicts: (contract: Address, attempts: readonly Attempt[]) => Promise<readonly string[]>
  /** Sends the attempt as a transaction of its own, mined at its own time whether it is refused or not. */
  readonly submit: (contract: Address, attempt: Attempt) => Promise<Sent>
  /** As `submit`, for calldata. */
  readonly submitData: (to: Address, data: string, context: Context) => Promise<Sent>
  /** The first difference between what the contract keeps after the last block and the state, from another state on. */
  readonly storageFault: (
    contract: Address,
    before: ServiceState,
    after: ServiceState,
  ) => Promise<string | undefined>
  /** Back to the chain's first block. */
  readonly rewind: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Before any test's story begins. */
const GENESIS: Seconds = 100

const RICH = toQuantity(1n << 140n)

/** Calls that return the id of what they made. */
const MAKES: ReadonlySet<Call['kind']> = new Set([
  'RegisterProgram',
  'RegisterModel',
  'Request',
  'Claim',
  'Open',
])

/** The specification's word on an attempt, in the form of `TestChain.verdicts`. */
export const specVerdict = ({ call, context, state }: Attempt): string => {
  const result = applyCall(state, call, context)
  if (!result.ok) return result.rejection.reason
  return MAKES.has(call.kind) ? `accepted ${result.value.id}` : 'accepted'
}

/** An account whose key nobody has: the node sends for it. */
export const impersonated = (address: Address): Sender => ({
  address,
  connect: (provider) => ({
    sendTransaction: async ({ to, data, value, gasLimit }) => {
      const quantity = (wei: unknown) => toQuantity(wei as bigint)
      const request = { from: address, to, data, value: quantity(value), gas: quantity(gasLimit) }
      return { hash: await provider.send('eth_sendTransaction', [request]) }
    },
  }),
})

interface Answer {
  readonly id: number
  readonly result?: string
  readonly error?: { readonly message: string; readonly data?: string }
}

const verdictOf = ({ result, error }: Answer): string => {
  if (result !== undefined) return result === '0x' ? 'accepted' : `accepted ${result}`
  const reason = error?.data === undefined ? undefined : rejectionOf(error.data)
  return reason ?? `failed: ${error?.message} ${error?.data ?? ''}`
}

const request = (contract: Address, { call, context, state }: Attempt, id: number) => {
  const { sender, valueWei, now } = context
  const transaction = {
    from: sender,
    to: contract,
    data: encodeCall(call, state),
    value: toQuantity(valueWei),
  }
  const params = [transaction, 'latest', {}, { time: toQuantity(now) }]
  return { jsonrpc: '2.0', id, method: 'eth_call', params }
}

/** @param accounts who has money @param flags further ones of anvil */
export const startTestChain = async (
  accounts: readonly Address[],
  flags: readonly string[] = [],
): Promise<TestChain> => {
  const anvil = await startAnvil({ timestamp: GENESIS, flags: ['--auto-impersonate', ...flags] })
  // One request a message: batching waits for more to come. No caching: a rewound chain tells another story.
  const options = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 4 }
  const provider = new JsonRpcProvider(anvil.url, 31_337, options)
  for (const account of accounts) await provider.send('anvil_setBalance', [account, RICH])
  let snapshot: string = await provider.send('evm_snapshot', [])
  const submitData: TestChain['submitData'] = async (to, data, { sender, valueWei, now }) => {
    await provider.send('evm_setNextBlockTimestamp', [toQuantity(now)])
    return sendCall(provider, impersonated(sender), to, data, valueWei)
  }
  return {
    provider,
    url: anvil.url,
    verdicts: async (contract, attempts) => {
      if (attempts.length === 0) return []
      const response = await fetch(anvil.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(attempts.map((attempt, id) => request(contract, attempt, id))),
      })
      const answers = (await response.json()) as readonly Answer[]
      const ordered = answers.toSorted((a, b) => a.id - b.id)
      return ordered.map(verdictOf)
    },
    submit: (contract, { call, context, state }) => submitData(contract, encodeCall(call, state), context),
    submitData,
    storageFault: async (contract, before, after) =>
      checkStorage(provider, contract, (await blockAt(provider, 'latest'))!.hash, before, after),
    rewind: async () => {
      await provider.send('evm_revert', [snapshot])
      snapshot = await provider.send('evm_snapshot', [])
    },
    stop: async () => {
      provider.destroy()
      await anvil.stop()
    },
  }
}
