import type { JsonRpcProvider } from 'ethers'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { type Block, blockAt, blockOf, type Log, logsBetween, logsOf } from './blocks.ts'
import { ChainUnreachable } from './connection.ts'
import { type Folded, foldLog } from './fold.ts'
import { foldRegistration } from './registrations.ts'
import { checkDeployment, checkStorage, readRegistry } from './storage.ts'

/** The contract and our understanding of it have come apart: nobody should move on what we believe. */
export class FollowerMismatch extends Error {
  override readonly name = 'FollowerMismatch'
}

/** Recent blocks whose states are kept. A chain that is replaced farther back is folded again from the deployment. */
const KEPT_BLOCKS = 64

/** How often a chain may be replaced under our eyes before what does not fit is believed. */
const ATTEMPTS = 5

/** The service as it stood after a block. */
interface Checkpoint extends Folded {
  readonly number: number
  readonly hash: Hash | undefined
}

/**
 * Follows a deployment: folds the logs of service and registry, block by block and each block by its hash, into the state of the
 * specification, and holds what the contract keeps at the very block that was folded last against it. Where blocks are
 * replaced it goes on from the last that the two chains have in common.
 */
export class ChainFollower {
  private readonly provider: JsonRpcProvider
  private readonly service: Address
  /** Where every chain that has the deployment begins. Its block may be replaced: it goes by its number. */
  private readonly origin: Checkpoint
  /** Of recent blocks, oldest first; each is its predecessor's descendant. */
  private kept: readonly Checkpoint[] = []

  /** @param start the service as it stood after block `block` */
  constructor(provider: JsonRpcProvider, service: Address, start: ServiceState, block: number) {
    this.provider = provider
    this.service = service
    this.origin = { number: block, hash: undefined, service: start, strangers: new Set() }
  }

  /** The service as of the last block that was followed. */
  get state(): ServiceState {
    return this.last.service
  }

  private get last(): Checkpoint {
    return this.kept.at(-1) ?? this.origin
  }

  /**
   * Follows the chain to its head. Where it throws, the state is what it was.
   *
   * @throws FollowerMismatch, ChainUnreachable
   */
  async sync(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const head = await blockAt(this.provider, 'latest')
      if (head === undefined || head.hash === this.last.hash) return
      try {
        this.kept = await this.follow(head)
        return
      } catch (error) {
        // A node forgets blocks that have been replaced, and then answers for none of them.
        const isReplaced = (await blockAt(this.provider, head.number))?.hash !== head.hash
        if (!isReplaced || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** @returns the checkpoints of the chain that ends with `head` */
  private async follow(head: Block): Promise<readonly Checkpoint[]> {
    const { common, recent } = await this.fork(head)
    // What has models is what the service was deployed over: its own word, at this very block.
    const contracts = [this.service, await readRegistry(this.provider, this.service, head.hash)]
    const first = recent[0]?.number ?? head.number + 1
    let last = await this.foldRange(contracts, common, first - 1)
    const made: Checkpoint[] = []
    const logs = await Promise.all(recent.map((block) => logsOf(this.provider, contracts, block)))
    for (const [index, block] of recent.entries()) {
      last = logs[index]!.reduce<Checkpoint>((before, log) => this.foldIn(before, log, block), last)
      last = { ...last, number: block.number, hash: block.hash }
      made.push(last)
    }
    await this.check(common, last, head)
    const kept = this.kept.slice(0, this.kept.indexOf(common) + 1)
    return [...kept, ...made].slice(-KEPT_BLOCKS)
  }

  /**
   * The last checkpoint that the chain under `head` has, and its blocks behind that, oldest first: all of them, or the
   * last `KEPT_BLOCKS`, where more have come than that.
   */
  private async fork(
    head: Block,
  ): Promise<{ readonly common: Checkpoint; readonly recent: readonly Block[] }> {
    const known = new Map(this.kept.map((checkpoint) => [checkpoint.hash, checkpoint]))
    const recent: Block[] = []
    let block = head
    while (block.number > this.origin.number && recent.length < KEPT_BLOCKS) {
      const common = known.get(block.hash)
      if (common !== undefined) return { common, recent }
      recent.unshift(block)
      block = await this.parent(block)
    }
    if (block.number < this.origin.number)
      throw new FollowerMismatch(
        `block ${head.number} (${head.hash}): the chain ends before block ${this.origin.number}, behind which the deployment stood`,
      )
    return { common: await this.lastCommon(block.number), recent }
  }

  /** Holds what the contract keeps after a block against what has come of `before`. */
  private async check(before: Checkpoint, after: Checkpoint, { number, hash }: Block): Promise<void> {
    const { provider, service } = this
    const isWhole = after.strangers.size === 0
    const fault =
      (before === this.origin
        ? await checkDeployment(provider, service, hash, before.service.parameters)
        : undefined) ?? (await checkStorage(provider, service, hash, before.service, after.service, isWhole))
    if (fault !== undefined) throw new FollowerMismatch(`block ${number} (${hash}): ${fault}`)
  }

  private async parent(block: Block): Promise<Block> {
    const parent = await blockOf(this.provider, block.parentHash)
    if (parent === undefined)
      throw new ChainUnreachable(`the node has block ${block.number} (${block.hash}), and not its parent`)
    return parent
  }

  /** The last checkpoint up to a block that is on the node's present chain. */
  private async lastCommon(number: number): Promise<Checkpoint> {
    for (const checkpoint of this.kept.toReversed()) {
      if (checkpoint.number > number) continue
      if ((await blockAt(this.provider, checkpoint.number))?.hash === checkpoint.hash) return checkpoint
    }
    return this.origin
  }

  /** Folds what is too far back to be kept, up to a block. */
  private async foldRange(
    contracts: readonly Address[],
    from: Checkpoint,
    number: number,
  ): Promise<Checkpoint> {
    if (number <= from.number) return from
    let last = from
    let block: Block | undefined
    for (const log of await logsBetween(this.provider, contracts, from.number + 1, number)) {
      if (block?.hash !== log.blockHash) block = await blockOf(this.provider, log.blockHash)
      if (block === undefined)
        throw new ChainUnreachable(`the node has a log of block ${log.blockHash}, and not the block`)
      last = this.foldIn(last, log, block)
    }
    return { ...last, number, hash: undefined }
  }

  private foldIn(before: Checkpoint, log: Log, { number, hash, time }: Block): Checkpoint {
    if (log.address.toLowerCase() !== this.service)
      return { ...before, service: foldRegistration(before.service, log) }
    try {
      return { ...before, ...foldLog(before, log, time) }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new FollowerMismatch(`block ${number} (${hash}), transaction ${log.transactionHash}: ${reason}`, {
        cause: error,
      })
    }
  }
}
