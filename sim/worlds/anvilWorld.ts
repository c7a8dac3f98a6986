import { FetchRequest, JsonRpcProvider, type JsonRpcSigner, toQuantity, Wallet } from 'ethers'
import { type Anvil, startAnvil } from '../../impl/chain/anvil.ts'
import { ChainUnreachable } from '../../impl/chain/connection.ts'
import { deployOpml } from '../../impl/chain/deploy.ts'
import { encodeCall } from '../../impl/chain/encodeCall.ts'
import { ChainFollower } from '../../impl/chain/follower.ts'
import { minedReceipt } from '../../impl/chain/receipt.ts'
import { CallFailed, sendCall } from '../../impl/chain/sendCall.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Model } from '../../spec/tower/model.ts'
import { BLOCK_SECONDS, INITIAL_BALANCE_WEI, STORY_START, type World } from './world.ts'

export interface AnvilSetting {
  /** The service with program and model registered: what the deployment must come to. */
  readonly start: ServiceState
  readonly model: Model
  /** A running chain to use instead of one of our own. */
  readonly rpcUrl: string | undefined
}

/** Time for deployment and registration before a story on a chain of our own. */
const PROLOGUE_SECONDS = 3600

/** How long a chain may take to say that it is there. */
const CONNECT_MILLISECONDS = 3_000

const connect = async (url: string): Promise<JsonRpcProvider> => {
  const request = new FetchRequest(url)
  const probe = new FetchRequest(url)
  probe.timeout = CONNECT_MILLISECONDS
  probe.body = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }
  try {
    const response = await probe.send()
    response.assertOk()
    const chainId = BigInt(response.bodyJson.result)
    return new JsonRpcProvider(request, chainId, {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: 20,
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new ChainUnreachable(
      `--rpc ${url}: no JSON-RPC endpoint answers there (${reason}); start one with: npx anvil`,
    )
  }
}

const startOwn = async (): Promise<Anvil> => {
  try {
    return await startAnvil({ timestamp: STORY_START - PROLOGUE_SECONDS })
  } catch (error) {
    throw new ChainUnreachable(error instanceof Error ? error.message : String(error))
  }
}

/** The chain's time is ours: each transaction is mined in a block of its own, at the time that the story says. */
const setNextBlockTime = async (provider: JsonRpcProvider, time: Seconds): Promise<void> => {
  await provider.send('evm_setNextBlockTimestamp', [toQuantity(time)])
}

const requireAnvil = async (provider: JsonRpcProvider, url: string): Promise<void> => {
  try {
    await provider.send('anvil_nodeInfo', [])
  } catch {
    throw new ChainUnreachable(
      `--rpc ${url}: this chain is no anvil; a scenario sets the chain's time and balances`,
    )
  }
}

/** Deploys the contracts and registers program and model. */
const setTheStage = async (provider: JsonRpcProvider, { start, model }: AnvilSetting, now: () => Seconds) => {
  const deployer: JsonRpcSigner = await provider.getSigner(0)
  const ticking = Object.assign(Object.create(deployer), {
    sendTransaction: async (...args: Parameters<JsonRpcSigner['sendTransaction']>) => {
      await setNextBlockTime(provider, now())
      return deployer.sendTransaction(...args)
    },
  }) as JsonRpcSigner
  const { service, registry } = await deployOpml(ticking, start.parameters)
  for (const call of registrationOf(model)) {
    const response = await ticking.sendTransaction({ to: registry, data: encodeCall(call, start) })
    const { status } = await minedReceipt(provider, response.hash)
    if (status !== 1) throw new CallFailed(`${call.kind} failed: transaction ${response.hash}`)
  }
  return service
}

/** A live anvil: one of our own, or one that runs already. Both are left as clean as they were found. */
export const anvilWorld = async (setting: AnvilSetting): Promise<World> => {
  const anvil = setting.rpcUrl === undefined ? await startOwn() : undefined
  const url = setting.rpcUrl ?? anvil!.url
  let provider: JsonRpcProvider | undefined
  const close = async (): Promise<void> => {
    provider?.destroy()
    await anvil?.stop()
  }
  try {
    provider = await connect(url)
    await requireAnvil(provider, url)
    return await playOn(provider, setting, close)
  } catch (error) {
    await close()
    throw error
  }
}

const playOn = async (
  provider: JsonRpcProvider,
  setting: AnvilSetting,
  close: World['close'],
): Promise<World> => {
  const own = setting.rpcUrl === undefined
  let time = (await provider.getBlock('latest'))!.timestamp
  const tick = (): Seconds => {
    time += BLOCK_SECONDS
    return time
  }
  const contract = await setTheStage(provider, setting, tick)
  const follower = new ChainFollower(provider, contract, setting.start, await provider.getBlockNumber())
  const wallets = new Map<Address, Wallet>()
  const gasPaid = new Map<Address, Wei>()
  return {
    name: 'anvil',
    startTime: own ? STORY_START : tick(),
    fund: async (accounts) => {
      for (const { address, privateKey } of accounts) {
        wallets.set(address, new Wallet(privateKey))
        await provider.send('anvil_setBalance', [address, toQuantity(INITIAL_BALANCE_WEI)])
      }
    },
    view: () => follower.state,
    submit: async (sender, call, valueWei, at) => {
      await setNextBlockTime(provider, at)
      const data = encodeCall(call, follower.state)
      const sent = await sendCall(provider, wallets.get(sender)!, contract, data, valueWei)
      gasPaid.set(sender, (gasPaid.get(sender) ?? 0n) + sent.gasWei)
      await follower.sync()
      return {
        outcome: sent.outcome,
        transaction: { hash: sent.transactionHash, gasUsed: sent.gasUsed },
      }
    },
    balanceOf: async (account) => (await provider.getBalance(account)) + (gasPaid.get(account) ?? 0n),
    close,
  }
}
