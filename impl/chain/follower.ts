import type { Result as Decoded, Log, Provider } from 'ethers'
import { fromHex } from '../../spec/commitments/bytes.ts'
import type { Id, StateRoot } from '../../spec/commitments/hash.ts'
import { unpackHashes } from '../../spec/commitments/merkle.ts'
import { pass, type Seconds } from '../../spec/game/clocks.ts'
import { type Position, segmentStart } from '../../spec/game/position.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import { begin, proceed } from '../../spec/service/disputes.ts'
import { type ServiceState, withEntry } from '../../spec/service/state.ts'
import {
  type Address,
  type Claim,
  claimId,
  type Dispute,
  disputeId,
  type Task,
  taskId,
} from '../../spec/service/task.ts'
import { opmlInterface } from './contractInterface.ts'
import { checkStorage } from './storage.ts'

/** The contract and our understanding of it have come apart: nobody should move on what we believe. */
export class FollowerMismatch extends Error {
  override readonly name = 'FollowerMismatch'
}

const lower = (address: unknown): Address => String(address).toLowerCase() as Address

const readTask = (task: Decoded): Task => ({
  requester: lower(task['requester']),
  nonce: Number(task['nonce']),
  modelId: task['modelId'],
  inputRoot: task['inputRoot'],
  feeWei: task['feeWei'],
  deadline: Number(task['deadline']),
})

/** `length` is asked for by its name: a decoded struct is an array, and has one of its own. */
const readClaim = (claim: Decoded): Claim => ({
  taskId: claim['taskId'],
  modelId: claim['modelId'],
  server: lower(claim['server']),
  nonce: Number(claim['nonce']),
  length: Number(claim.getValue('length')),
  startRoot: claim['startRoot'],
  endRoot: claim['endRoot'],
  outputRoot: claim['outputRoot'],
})

const readDispute = (dispute: Decoded): Dispute => ({
  claimId: dispute['claimId'],
  modelId: dispute['modelId'],
  challenger: lower(dispute['challenger']),
  nonce: Number(dispute['nonce']),
})

const hold = (what: string, expected: unknown, actual: unknown): void => {
  if (expected !== actual) throw new FollowerMismatch(`${what}: the log says ${actual}, the fold ${expected}`)
}

/** A call that the contract accepted, and that the specification must accept as well. */
const follow = (state: ServiceState, call: Call, sender: Address, now: Seconds): ServiceState => {
  const result = applyCall(state, call, { sender, valueWei: 0n, now })
  if (!result.ok)
    throw new FollowerMismatch(`${call.kind}: accepted on the chain, ${result.rejection.reason} in the fold`)
  return result.value.state
}

/** Where the answered segment starts, from the position that was answered. */
const nextPosition = (before: Position, event: Decoded): Position => {
  const start = segmentStart(before.at, before.length, before.roots.length - 1, Number(event['segment']))
  const phase = Number(event['phase'])
  return {
    phase,
    length: Number(event.getValue('length')),
    roots: [event['start'], ...unpackHashes(fromHex(event['roots']))] as StateRoot[],
    at: phase === before.phase ? start : [...start, 0],
  }
}

/**
 * What one event makes of the state. Logs alone suffice, whoever called the contract and through whatever; witnesses
 * are not in them and are not needed, since the contract has checked them and the position that came of it is.
 */
const fold = (state: ServiceState, log: Log, now: Seconds): ServiceState => {
  const parsed = opmlInterface().parseLog(log)
  if (parsed === null) return state
  const { name, args } = parsed
  switch (name) {
    case 'Requested': {
      const task = readTask(args['task'])
      hold('task id', taskId(task), args['taskId'])
      return {
        ...state,
        tasks: withEntry(state.tasks, taskId(task), { kind: 'Open', task }),
        balanceWei: state.balanceWei + task.feeWei,
      }
    }
    case 'Claimed': {
      const claim = readClaim(args['claim'])
      const id = claimId(claim)
      hold('claim id', id, args['claimId'])
      const task = state.tasks.get(claim.taskId)?.task
      if (task === undefined)
        throw new FollowerMismatch(`a claim on task ${claim.taskId}, which the fold lacks`)
      const windowEnd = Number(args['windowEnd'])
      return {
        ...state,
        tasks: withEntry(state.tasks, claim.taskId, { kind: 'Answered', task, firstSealAt: undefined }),
        claims: withEntry(state.claims, id, { kind: 'Pending', claim, windowEnd, disputes: 0 }),
        balanceWei: state.balanceWei + state.parameters.bondWei,
      }
    }
    case 'Opened': {
      const dispute = readDispute(args['dispute'])
      hold('dispute id', disputeId(dispute), args['disputeId'])
      if (state.claims.get(dispute.claimId)?.kind !== 'Pending')
        throw new FollowerMismatch(
          `a dispute about claim ${dispute.claimId}, which is not pending in the fold`,
        )
      return begin(state, dispute, now)
    }
    case 'Positioned': {
      const id: Id = args['disputeId']
      const dispute = state.disputes.get(id)
      if (dispute?.kind !== 'Running')
        throw new FollowerMismatch(`a move in dispute ${id}, which does not run`)
      const position = nextPosition(dispute.position, args)
      return proceed(state, id, { kind: 'Running', position, clocks: pass(dispute.clocks, now) })
    }
    case 'Decided': {
      const id: Id = args['disputeId']
      const dispute = state.disputes.get(id)
      if (dispute?.kind !== 'Running')
        throw new FollowerMismatch(`a verdict in dispute ${id}, which does not run`)
      const winner = args['challengerWon'] ? 'challenger' : 'asserter'
      const by = args['byTimeout'] ? 'timeout' : 'arbitration'
      return proceed(state, id, { kind: 'Decided', winner, by })
    }
    case 'Refunded':
      return follow(state, { kind: 'Refund', disputeId: args['disputeId'] }, lower(log.address), now)
    case 'Finalized':
      return follow(state, { kind: 'Finalize', claimId: args['claimId'] }, lower(log.address), now)
    case 'Expired':
      return follow(state, { kind: 'Expire', taskId: args['taskId'] }, lower(log.address), now)
    case 'Withdrawn':
      return follow(state, { kind: 'Withdraw' }, lower(args['account']), now)
    default:
      return state
  }
}

/**
 * Follows a deployment: folds the contract's logs, in order, into the state of the specification, and after every
 * block holds what the contract keeps against it.
 */
export class ChainFollower {
  private readonly provider: Provider
  private readonly contract: Address
  private readonly confirmed: { state: ServiceState; block: number }

  /** @param start the service as it stood after block `block` */
  constructor(provider: Provider, contract: Address, start: ServiceState, block: number) {
    this.provider = provider
    this.contract = contract
    this.confirmed = { state: start, block }
  }

  /** The service as of the last block that was followed. */
  get state(): ServiceState {
    return this.confirmed.state
  }

  /** Follows the chain to its head. @throws FollowerMismatch */
  async sync(): Promise<void> {
    const head = await this.provider.getBlockNumber()
    if (head <= this.confirmed.block) return
    const logs = await this.provider.getLogs({
      address: this.contract,
      fromBlock: this.confirmed.block + 1,
      toBlock: head,
    })
    let { state } = this.confirmed
    for (const log of logs) {
      const block = await this.provider.getBlock(log.blockNumber)
      state = fold(state, log, block!.timestamp)
    }
    const fault = await checkStorage(this.provider, this.contract, this.confirmed.state, state)
    if (fault !== undefined) throw new FollowerMismatch(fault)
    this.confirmed.state = state
    this.confirmed.block = head
  }
}
