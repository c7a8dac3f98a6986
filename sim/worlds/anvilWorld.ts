import { type JsonRpcProvider, toQuantity, Wallet } from 'ethers'
import { ChainUnreachable } from '../../impl/chain/connection.ts'
import { deployOpml } from '../../impl/chain/deploy.ts'
import { encodeCall } from '../../impl/chain/encodeCall.ts'
import { ChainFollower } from '../../impl/chain/follower.ts'
import { minedReceipt } from '../../impl/chain/receipt.ts'
import { sendCall } from '../../impl/chain/sendCall.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { type Block, callName } from '../../spec/service/calls.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Model } from '../../spec/tower/model.ts'
import { encodeAsk, keptAnswer, placeAsker } from './asker.ts'
import { setNextBlockTime, tickingDeployer } from './chainTime.ts'
import { asking, connectTo, requirePlayable, startOwn } from './connect.ts'
import { type Account, BLOCK_SECONDS, type ChainPlace, STORY_START, type World } from './world.ts'

export interface AnvilSetting {
  /** The service with program and model registered: what the deployment must come to. */
  readonly start: ServiceState
  readonly model: Model
  /** A running chain to use instead of one of our own. */
  readonly rpcUrl: string | undefined
}

/** Time for deployment and registration before a story on a chain of our own. */
const PROLOGUE_SECONDS = 3600

/** Beside its funds every account has this for gas alone, which is no part of a story. */
const GAS_PURSE_WEI: Wei = 1_000n * 10n ** 18n

/** Deploys the contracts and registers program and model. */
const setTheStage = async (
  provider: JsonRpcProvider,
  { start, model }: AnvilSetting,
  now: () => Seconds,
): Promise<ChainPlace> => {
  const ticking = await tickingDeployer(provider, now)
  const { service, registry } = await deployOpml(ticking, start.parameters)
  for (const call of registrationOf(model)) {
    const response = await ticking.sendTransaction({ to: registry, data: encodeCall(call, start) })
    const { status } = await minedReceipt(provider, response.hash)
    if (status !== 1) throw new ChainUnreachable(`${call.kind} failed in transaction ${response.hash}`)
  }
  const { chainId } = await provider.getNetwork()
  return { chainId: Number(chainId), service, registry }
}

/**
 * A live anvil: one of our own, or one that runs already. Both are left as clean as they were found.
 *
 * @throws ChainUnreachable, also from what the world does later
 */
export const anvilWorld = async (setting: AnvilSetting): Promise<World> => {
  const { rpcUrl } = setting
  const anvil = rpcUrl === undefined ? await startOwn(STORY_START - PROLOGUE_SECONDS) : undefined
  const where = rpcUrl === undefined ? 'the anvil that was started' : `--rpc ${rpcUrl}`
  let provider: JsonRpcProvider | undefined
  const close = async (): Promise<void> => {
    provider?.destroy()
    await anvil?.stop()
  }
  try {
    provider = await connectTo(where, rpcUrl ?? anvil!.url)
    if (rpcUrl !== undefined) await requirePlayable(where, provider)
    return await playOn(provider, setting, where, close)
  } catch (error) {
    await close()
    throw error
  }
}

const latestTime = async (provider: JsonRpcProvider): Promise<Seconds> => {
  const block = await provider.getBlock('latest')
  if (block === null) throw new ChainUnreachable('the chain has no latest block')
  return block.timestamp
}

const playOn = async (
  provider: JsonRpcProvider,
  setting: AnvilSetting,
  where: string,
  close: World['close'],
): Promise<World> => {
  let time = await asking(where, 'asking for its time', () => latestTime(provider))
  const tick = (): Seconds => {
    time += BLOCK_SECONDS
    return time
  }
  const place = await asking(where, 'deploying the contracts', () => setTheStage(provider, setting, tick))
  const contract = place.service
  const head = await asking(where, 'asking for its height', () => provider.getBlockNumber())
  const follower = new ChainFollower(provider, contract, setting.start, head)
  const wallets = new Map<Address, Wallet>()
  const contracts = new Set<Address>()
  let number = head + 1
  /** Of the blocks that closed a round, which are all that anybody asks for. */
  const hashes = new Map<number, Hash>()
  const block = (): Block => ({
    number,
    hashes: new Map([...hashes].filter(([closed]) => closed < number && closed + 256 >= number)),
  })
  const gasPaid = new Map<Address, Wei>()
  const startTime = setting.rpcUrl === undefined ? STORY_START : tick()
  /** Its purse aside, and with what it paid for gas put back. */
  const balanceOf = async (account: Address): Promise<Wei> =>
    (await provider.getBalance(wallets.get(account)!.address)) + (gasPaid.get(account) ?? 0n) - GAS_PURSE_WEI
  const fund = async ({ address, privateKey, fundsWei, isContract }: Account): Promise<void> => {
    const wallet = new Wallet(privateKey)
    wallets.set(address, wallet)
    await provider.send('anvil_setBalance', [wallet.address, toQuantity(fundsWei + GAS_PURSE_WEI)])
    if (isContract !== true) return
    await setNextBlockTime(provider, startTime - BLOCK_SECONDS / 2)
    await placeAsker(provider, contract, address)
    contracts.add(address)
    number = (await provider.getBlockNumber()) + 1
  }
  const submit: World['submit'] = async (sender, call, valueWei, at) => {
    // A node takes no transaction that its sender cannot pay, so none is sent; the purse is no part of what it has.
    if ((await balanceOf(sender)) < valueWei) return { outcome: 'InsufficientFunds', transaction: undefined }
    await setNextBlockTime(provider, at)
    const isAsked = call.kind === 'Request' && contracts.has(sender)
    const data = isAsked ? encodeAsk(call) : encodeCall(call, follower.state)
    const sent = await sendCall(provider, wallets.get(sender)!, isAsked ? sender : contract, data, valueWei)
    gasPaid.set(sender, (gasPaid.get(sender) ?? 0n) + sent.gasWei)
    await follower.sync()
    number = sent.block + 1
    if (call.kind === 'CloseRound' && sent.outcome === 'accepted')
      hashes.set(sent.block, (await provider.getBlock(sent.block))!.hash as Hash)
    return {
      outcome: sent.outcome,
      transaction: { hash: sent.transactionHash, block: sent.block, gasUsed: sent.gasUsed, data },
    }
  }
  return {
    name: 'anvil',
    place,
    startTime,
    fund: (accounts) =>
      asking(where, 'setting balances', async () => {
        for (const account of accounts) await fund(account)
      }),
    view: () => follower.state,
    block,
    submit: (sender, call, valueWei, at) =>
      asking(where, `the call ${callName(call)}`, () => submit(sender, call, valueWei, at)),
    toldOf: (account, task) =>
      asking(where, 'asking what a contract was told', async () =>
        contracts.has(account) ? keptAnswer(provider, account, task) : undefined,
      ),
    balanceOf: (account) => asking(where, 'asking for a balance', () => balanceOf(account)),
    close,
  }
}
