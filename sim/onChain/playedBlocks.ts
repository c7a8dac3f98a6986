import { type JsonRpcProvider, toQuantity } from 'ethers'
import { ChainUnreachable } from '../../impl/chain/connection.ts'
import { encodeCall } from '../../impl/chain/encodeCall.ts'
import type { ChainFollower } from '../../impl/chain/follower.ts'
import { minedReceipt } from '../../impl/chain/receipt.ts'
import { revertReason } from '../../impl/chain/sendCall.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { callName } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { StoriesDiffer } from '../replay.ts'
import type { SimulatedCall } from '../simulation/journal.ts'
import { setNextBlockTime } from '../worlds/chainTime.ts'
import { asking } from '../worlds/connect.ts'
import { renumbered } from './renumbered.ts'

/** What a run's blocks came to on the chain. */
export interface ChainFigures {
  readonly blocks: number
  /** Transactions; calls that their sender could not pay are none. */
  readonly calls: number
  /** Of these, those that the contract refused, by the name that the specification has. */
  readonly refused: number
  /** Blocks that were replaced. */
  readonly replaced: number
  /** Of all transactions, as the chain measured it: its contract of the tower is smaller than a real one. */
  readonly gasUsed: number
}

/** More than any call takes, so that none need be asked for what it takes. */
const CALL_GAS = 16_000_000
/** As many calls as a simulated block has. */
const BLOCK_GAS = 10n ** 13n
/** Blocks that can still be replaced: a simulation keeps no more. */
const KEPT_BLOCKS = 64
/** Blocks whose hashes a contract can ask for. */
const KNOWN_HASHES = 256

interface MinedBlock {
  /** The simulation's number. */
  readonly number: number
  /** Of the chain before it. */
  readonly snapshot: string
}

interface Place {
  readonly where: string
  readonly provider: JsonRpcProvider
  readonly service: Address
  readonly follower: ChainFollower
  readonly start: ServiceState
}

/**
 * A run's blocks on a chain. Each has all its calls, in their order, at its simulated time; what became of each call, the
 * service behind the block and what everybody has must be what the simulation says. Gas costs nothing: what it would cost
 * is the simulation's.
 */
export class PlayedBlocks {
  readonly #place: Place
  readonly #mined: MinedBlock[] = []
  /** The simulation's number by the chain's. */
  readonly #numbers = new Map<number, number>()
  /** By the simulation's number. */
  readonly #hashes = new Map<number, Hash>()
  #state: ServiceState
  #last: number
  #seq = 0
  #figures = { blocks: 0, calls: 0, refused: 0, replaced: 0, gasUsed: 0 }

  constructor(place: Place) {
    this.#place = place
    this.#state = place.start
    this.#last = 0
  }

  get figures(): ChainFigures {
    return this.#figures
  }

  /** The hash of the block with the simulation's number; undefined where there is none. */
  hashOf(block: number): Hash | undefined {
    return this.#hashes.get(block)
  }

  /**
   * Mines a block with these calls, and holds what comes of it against what they came to.
   *
   * @param calls at least one, all of one block
   * @throws StoriesDiffer, ChainUnreachable
   */
  async mine(calls: readonly SimulatedCall[]): Promise<void> {
    const { block: number, time } = calls[0]!
    await this.#asking(`block ${number}`, async () => {
      const snapshot: string = await this.#place.provider.send('evm_snapshot', [])
      this.#mined.push({ number, snapshot })
      if (this.#mined.length > KEPT_BLOCKS) this.#mined.shift()
      await this.#passEmptyBlocks(number)
      const mined = await this.#mineCalls(calls, time)
      this.#numbers.set(mined.number, number)
      this.#hashes.set(number, mined.hash)
      this.#last = number
      this.#figures.blocks++
      await this.#compareCalls(calls, mined.transactions)
      this.#state = calls.at(-1)!.after
      await this.#compareState(`the state behind block ${number}`)
    })
  }

  /** Takes the last blocks off the chain, from the one with this number on. @throws StoriesDiffer, ChainUnreachable */
  async undo(from: number, state: ServiceState): Promise<void> {
    await this.#asking(`replacing blocks from ${from}`, async () => {
      const first = this.#mined.findIndex(({ number }) => number >= from)
      if (first < 0) return
      const undone = this.#mined.splice(first)
      await this.#place.provider.send('evm_revert', [undone[0]!.snapshot])
      for (const { number } of undone) this.#hashes.delete(number)
      this.#figures.replaced += undone.length
      this.#last = this.#mined.at(-1)?.number ?? 0
      this.#state = state
      await this.#compareState(`the state before block ${from}`)
    })
  }

  /** Holds an account's balance against what it should be. @throws StoriesDiffer, ChainUnreachable */
  async compareBalance(name: string, address: Address, wei: Wei): Promise<void> {
    await this.#asking(`the balance of ${name}`, async () => {
      const balance = await this.#place.provider.getBalance(address)
      if (balance !== wei) this.#differ(`the balance of ${name}`, String(wei), String(balance), undefined)
    })
  }

  #asking<Value>(doing: string, ask: () => Promise<Value>): Promise<Value> {
    return asking(this.#place.where, doing, ask)
  }

  /**
   * The simulation's empty blocks are left out, but where the contract counts them: a round that is closed must be recorded
   * while the chain still knows the hash of the block that closed it.
   */
  async #passEmptyBlocks(number: number): Promise<void> {
    const isAwaited = [...this.#state.rounds.values()].some(({ randomness }) => randomness === undefined)
    const empty = Math.min(number - this.#last - 1, KNOWN_HASHES)
    if (!isAwaited || empty <= 0) return
    const { provider } = this.#place
    await provider.send('anvil_setBlockTimestampInterval', [1])
    await provider.send('anvil_mine', [toQuantity(empty)])
    await provider.send('anvil_removeBlockTimestampInterval', [])
  }

  async #mineCalls(calls: readonly SimulatedCall[], time: Seconds) {
    const { provider, service } = this.#place
    await provider.send('evm_setBlockGasLimit', [toQuantity(BLOCK_GAS)])
    await provider.send('anvil_setNextBlockBaseFeePerGas', ['0x0'])
    const sent: string[] = []
    let state = this.#state
    for (const { call, sender, valueWei, outcome, after } of calls) {
      if (outcome !== 'InsufficientFunds')
        sent.push(
          await provider.send('eth_sendTransaction', [
            {
              from: sender,
              to: service,
              data: encodeCall(call, state),
              value: toQuantity(valueWei),
              gas: toQuantity(CALL_GAS),
              gasPrice: '0x0',
            },
          ]),
        )
      state = after
    }
    await setNextBlockTime(provider, time)
    await provider.send('evm_mine', [])
    const block = await provider.getBlock('latest')
    if (block === null || block.hash === null) throw new ChainUnreachable('the chain has no latest block')
    if (String(block.transactions) !== String(sent))
      throw new ChainUnreachable(
        `the chain put ${block.transactions.length} of ${sent.length} transactions into block ${block.number}, or in another order`,
      )
    return { number: block.number, hash: block.hash as Hash, transactions: sent }
  }

  async #compareCalls(calls: readonly SimulatedCall[], transactions: readonly string[]): Promise<void> {
    const { provider } = this.#place
    const left = [...transactions]
    for (const { call, outcome } of calls) {
      const seq = this.#seq++
      // A node takes no transaction that its sender cannot pay, so none was sent.
      if (outcome === 'InsufficientFunds') continue
      const receipt = await minedReceipt(provider, left.shift()!)
      const isRefused = receipt.status !== 1
      const came = isRefused ? await revertReason(provider, receipt) : 'accepted'
      if (came !== outcome) this.#differ(`the outcome of ${callName(call)}`, outcome, came, seq)
      this.#figures.calls++
      if (isRefused) this.#figures.refused++
      this.#figures.gasUsed += Number(receipt.gasUsed)
    }
  }

  async #compareState(what: string): Promise<void> {
    const { follower, provider, service } = this.#place
    await follower.sync()
    const [specified, followed] = [this.#state, renumbered(follower.state, this.#numbers)].map(stateHash)
    if (specified !== followed) this.#differ(what, specified!, followed!, this.#seq - 1)
    const balanceWei = await provider.getBalance(service)
    if (balanceWei !== this.#state.balanceWei)
      this.#differ(
        'the balance of the contract',
        String(this.#state.balanceWei),
        String(balanceWei),
        this.#seq - 1,
      )
  }

  #differ(what: string, specification: string, chain: string, seq: number | undefined): never {
    throw new StoriesDiffer({ seq, what, specification, chain })
  }
}
