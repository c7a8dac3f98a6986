import type { Result as Decoded } from 'ethers'
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
import type { Log } from './blocks.ts'
import { opmlInterface } from './contractInterface.ts'

/** What is known of a deployment from its logs. */
export interface Folded {
  /** The service, without what strangers do on models that are not in it. */
  readonly service: ServiceState
  /** Tasks, claims and disputes on models that are not in it: nobody who follows could play them. */
  readonly strangers: ReadonlySet<Id>
}

/** Why a log is none that the contract could have written in the state that was folded. */
export class LogFault extends Error {
  override readonly name = 'LogFault'
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
  if (expected !== actual) throw new LogFault(`${what}: the log says ${actual}, the fold ${expected}`)
}

/** A call that the contract accepted, and that the specification must accept as well. */
const follow = (state: ServiceState, call: Call, sender: Address, now: Seconds): ServiceState => {
  const result = applyCall(state, call, { sender, valueWei: 0n, now })
  if (!result.ok)
    throw new LogFault(`${call.kind}: accepted on the chain, ${result.rejection.reason} in the fold`)
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

const requested = (state: ServiceState, task: Task): ServiceState => ({
  ...state,
  tasks: withEntry(state.tasks, taskId(task), { kind: 'Open', task }),
  balanceWei: state.balanceWei + task.feeWei,
})

const claimed = (state: ServiceState, claim: Claim, windowEnd: Seconds): ServiceState => {
  const task = state.tasks.get(claim.taskId)?.task
  if (task === undefined) throw new LogFault(`a claim on task ${claim.taskId}, which the fold lacks`)
  return {
    ...state,
    tasks: withEntry(state.tasks, claim.taskId, { kind: 'Answered', task, firstSealAt: undefined }),
    claims: withEntry(state.claims, claimId(claim), { kind: 'Pending', claim, windowEnd, disputes: 0 }),
    balanceWei: state.balanceWei + state.parameters.bondWei,
  }
}

const opened = (state: ServiceState, dispute: Dispute, now: Seconds): ServiceState => {
  if (state.claims.get(dispute.claimId)?.kind !== 'Pending')
    throw new LogFault(`a dispute about claim ${dispute.claimId}, which is not pending in the fold`)
  return begin(state, dispute, now)
}

const runningDispute = (state: ServiceState, id: Id) => {
  const dispute = state.disputes.get(id)
  if (dispute?.kind !== 'Running') throw new LogFault(`dispute ${id} goes on, and does not run in the fold`)
  return dispute
}

/** An account draws all that it has; what strangers' models have brought it the fold does not know. */
const withdrawn = ({ service, strangers }: Folded, account: Address, paidWei: bigint): ServiceState => {
  const creditWei = service.credits.get(account) ?? 0n
  if (strangers.size === 0 || creditWei > paidWei) hold(`credit of ${account}`, creditWei, paidWei)
  return {
    ...service,
    credits: withEntry(service.credits, account, 0n),
    balanceWei: service.balanceWei - creditWei,
  }
}

/**
 * What one entry of the log makes of what is known. Logs alone suffice, whoever called the contract and through
 * whatever; witnesses are not in them and are not needed, since the contract has checked them and the position that
 * came of it is.
 *
 * @param now the block's time
 * @throws LogFault
 */
export const foldLog = (folded: Folded, log: Log, now: Seconds): Folded => {
  const parsed = opmlInterface().parseLog(log)
  if (parsed === null) return folded
  const { service, strangers } = folded
  const { name, args } = parsed
  const known = (state: ServiceState): Folded => ({ service: state, strangers })
  const strange = (id: Id): Folded => ({ service, strangers: new Set(strangers).add(id) })
  /** For what happens to a thing that is there already. */
  const on = (id: Id, state: () => ServiceState): Folded => (strangers.has(id) ? folded : known(state()))
  switch (name) {
    case 'Requested': {
      const task = readTask(args['task'])
      if (!service.models.has(task.modelId)) return strange(args['taskId'])
      hold('task id', taskId(task), args['taskId'])
      return known(requested(service, task))
    }
    case 'Claimed': {
      const claim = readClaim(args['claim'])
      if (strangers.has(claim.taskId)) return strange(args['claimId'])
      hold('claim id', claimId(claim), args['claimId'])
      return known(claimed(service, claim, Number(args['windowEnd'])))
    }
    case 'Opened': {
      const dispute = readDispute(args['dispute'])
      if (strangers.has(dispute.claimId)) return strange(args['disputeId'])
      hold('dispute id', disputeId(dispute), args['disputeId'])
      return known(opened(service, dispute, now))
    }
    case 'Positioned': {
      const id: Id = args['disputeId']
      return on(id, () => {
        const before = runningDispute(service, id)
        const position = nextPosition(before.position, args)
        return proceed(service, id, { kind: 'Running', position, clocks: pass(before.clocks, now) })
      })
    }
    case 'Decided': {
      const id: Id = args['disputeId']
      const winner = args['challengerWon'] ? 'challenger' : 'asserter'
      const by = args['byTimeout'] ? 'timeout' : 'arbitration'
      return on(id, () => {
        runningDispute(service, id)
        return proceed(service, id, { kind: 'Decided', winner, by })
      })
    }
    case 'Refunded': {
      const id: Id = args['disputeId']
      return on(id, () => follow(service, { kind: 'Refund', disputeId: id }, log.address, now))
    }
    case 'Finalized': {
      const id: Id = args['claimId']
      return on(id, () => follow(service, { kind: 'Finalize', claimId: id }, log.address, now))
    }
    case 'Expired': {
      const id: Id = args['taskId']
      return on(id, () => follow(service, { kind: 'Expire', taskId: id }, log.address, now))
    }
    case 'Withdrawn':
      return known(withdrawn(folded, lower(args['account']), args['paidWei']))
    default:
      return folded
  }
}
