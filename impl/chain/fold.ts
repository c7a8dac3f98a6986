import type { Result as Decoded } from 'ethers'
import { fromHex } from '../../spec/commitments/bytes.ts'
import type { Hash, Id, StateRoot } from '../../spec/commitments/hash.ts'
import { pass, type Seconds } from '../../spec/game/clocks.ts'
import { segmentAt } from '../../spec/game/dispute.ts'
import type { Position } from '../../spec/game/position.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import { bind, stand } from '../../spec/service/claims.ts'
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
import { unpackDescended, unpackDissected } from './packed.ts'

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
  iterations: Number(task['iterations']),
  feeWei: task['feeWei'],
  attentionWei: task['attentionWei'],
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
  asserter: lower(dispute['asserter']),
  challenger: lower(dispute['challenger']),
  nonce: Number(dispute['nonce']),
})

const hold = (what: string, expected: unknown, actual: unknown): void => {
  if (expected !== actual) throw new LogFault(`${what}: the log says ${actual}, the fold ${expected}`)
}

/** A call that the contract accepted, and that the specification must accept as well. */
const follow = (state: ServiceState, call: Call, context: Context): ServiceState => {
  const result = applyCall(state, call, context)
  if (!result.ok)
    throw new LogFault(`${call.kind}: accepted on the chain, ${result.rejection.reason} in the fold`)
  return result.value.state
}

const requested = (state: ServiceState, task: Task): ServiceState => ({
  ...state,
  tasks: withEntry(state.tasks, taskId(task), { kind: 'Open', task }),
  balanceWei: state.balanceWei + task.feeWei,
})

/** A claim on a task takes its next number. */
const claimed = (state: ServiceState, claim: Claim, number: number, now: Seconds): ServiceState => {
  const entry = state.tasks.get(claim.taskId)
  if (entry === undefined) throw new LogFault(`a claim on task ${claim.taskId}, which the fold lacks`)
  if (entry.kind !== 'Open' && entry.kind !== 'Bound')
    throw new LogFault(`a claim on task ${claim.taskId}, which takes none in the fold`)
  const bound = bind(entry)
  hold(`number of a claim on ${claim.taskId}`, bound.number, number)
  const taken: ServiceState = {
    ...state,
    tasks: withEntry(state.tasks, claim.taskId, bound.bound),
    balanceWei: state.balanceWei + state.parameters.claimBondWei,
  }
  return stand(taken, claimId(claim), claim, number, now)
}

const revealed = (state: ServiceState, id: Id, claim: Claim, now: Seconds): ServiceState => {
  const entry = state.seals.get(id)
  if (entry?.kind !== 'Sealed') throw new LogFault(`seal ${id} is revealed, and is not sealed in the fold`)
  const { seal, number } = entry
  const made = claimId(claim)
  const seals = withEntry(state.seals, id, { kind: 'Revealed', seal, number, claim: made })
  return stand({ ...state, seals }, made, claim, number, now)
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

const notified = (state: ServiceState, id: Id): ServiceState => {
  const entry = state.tasks.get(id)
  if (entry?.kind !== 'Settled' || entry.isNotified)
    throw new LogFault(`the requester of ${id} is called back, and is not to be in the fold`)
  return { ...state, tasks: withEntry(state.tasks, id, { ...entry, isNotified: true }) }
}

const drawn = (state: ServiceState, round: number, randomness: Hash): ServiceState => {
  const entry = state.rounds.get(round)
  if (entry === undefined) throw new LogFault(`round ${round} is drawn, and is not closed in the fold`)
  return { ...state, rounds: withEntry(state.rounds, round, { ...entry, randomness }) }
}

/** The position that a mover's own roots make of the segment that it replied to. */
const dissected = (before: Position, segment: number, roots: readonly StateRoot[]): Position => {
  const { phase, length, start, at } = segmentAt(before, segment)
  return { phase, length, roots: [start, ...roots], at }
}

/** ... and that the run below it makes. */
const descended = (
  before: Position,
  segment: number,
  length: number,
  start: StateRoot,
  roots: readonly StateRoot[],
): Position => {
  const { phase, at } = segmentAt(before, segment)
  return { phase: phase + 1, length, roots: [start, ...roots], at: [...at, 0] }
}

/** What happened to a thing that is there already, as a call that names it. */
const CALLS_ON: Readonly<Record<string, (id: Id) => Call>> = {
  Drawn: (disputeId) => ({ kind: 'Draw', disputeId }),
  Finalized: (claimId) => ({ kind: 'Finalize', claimId }),
  ClaimPassed: (claimId) => ({ kind: 'PassClaim', claimId }),
  SealPassed: (sealId) => ({ kind: 'PassSeal', sealId }),
  Collected: (claimId) => ({ kind: 'Collect', claimId }),
  Expired: (taskId) => ({ kind: 'Expire', taskId }),
  Forfeited: (sealId) => ({ kind: 'Forfeit', sealId }),
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
  const context = (sender: Address, valueWei = 0n): Context => ({ sender, valueWei, now })
  const anyone = context(lower(log.address))
  const replied = (kind: 'Dissect' | 'Descend', next: (before: Position) => Position): Folded => {
    const id: Id = args['disputeId']
    return on(id, () => {
      const before = runningDispute(service, id)
      const after = { position: next(before.position), clocks: pass(before.clocks, now) }
      return proceed(service, id, { kind: 'Running', ...after }, kind, now)
    })
  }
  const call = CALLS_ON[name]
  if (call !== undefined) return on(args[0], () => follow(service, call(args[0]), anyone))
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
      return known(claimed(service, claim, Number(args['number']), now))
    }
    case 'Sealed': {
      const made: Decoded = args['made']
      if (strangers.has(made['taskId'])) return strange(args['sealId'])
      const bond = service.parameters.claimBondWei
      const call: Call = { kind: 'Seal', taskId: made['taskId'], sealed: made['commitment'] }
      return known(follow(service, call, context(lower(made['server']), bond)))
    }
    case 'Revealed': {
      const claim = readClaim(args['claim'])
      if (strangers.has(args['sealId'])) return strange(args['claimId'])
      hold('claim id', claimId(claim), args['claimId'])
      return known(revealed(service, args['sealId'], claim, now))
    }
    case 'Opened': {
      const dispute = readDispute(args['dispute'])
      if (strangers.has(dispute.claimId)) return strange(args['disputeId'])
      hold('dispute id', disputeId(dispute), args['disputeId'])
      return known(opened(service, dispute, now))
    }
    case 'Dissected': {
      const { segment, roots } = unpackDissected(fromHex(log.data))
      return replied('Dissect', (before) => dissected(before, segment, roots))
    }
    case 'Descended': {
      const { segment, length, start, roots } = unpackDescended(fromHex(log.data))
      return replied('Descend', (before) => descended(before, segment, length, start, roots))
    }
    case 'Decided': {
      const id: Id = args['disputeId']
      const winner = args['challengerWon'] ? 'challenger' : 'asserter'
      const [by, kind] = args['byTimeout']
        ? (['timeout', 'Timeout'] as const)
        : (['arbitration', 'Arbitrate'] as const)
      return on(id, () => {
        runningDispute(service, id)
        return proceed(service, id, { kind: 'Decided', winner, by }, kind, now)
      })
    }
    case 'Notified':
      return on(args['taskId'], () => notified(service, args['taskId']))
    case 'Withdrawn':
      return known(withdrawn(folded, lower(args['account']), args['paidWei']))
    case 'Delegated': {
      const call: Call = { kind: 'Delegate', to: lower(args['to']) }
      return known(follow(service, call, context(lower(args['account']))))
    }
    case 'RoundEnded': {
      const block = { number: Number(log.blockNumber), hashes: new Map() }
      const call: Call = { kind: 'CloseRound', round: Number(args['round']) }
      return known(follow(service, call, { ...anyone, block }))
    }
    case 'RoundDrawn':
      return known(drawn(service, Number(args['round']), args['randomness']))
    case 'Enrolled':
    case 'Retired':
    case 'Unstaked': {
      const [modelId, verifier]: readonly [Id, Address] = [args['modelId'], lower(args['verifier'])]
      if (!service.models.has(modelId)) return folded
      const staked = context(verifier, service.parameters.attention?.stakeWei)
      if (name === 'Enrolled') return known(follow(service, { kind: 'Enroll', modelId }, staked))
      if (name === 'Retired') return known(follow(service, { kind: 'Retire', modelId }, context(verifier)))
      return known(follow(service, { kind: 'Unstake', modelId, verifier }, anyone))
    }
    case 'Attended':
    case 'Rewarded':
    case 'Slashed': {
      const [id, verifier]: readonly [Id, Address] = [args['taskId'], lower(args['verifier'])]
      const call: Call =
        name === 'Attended'
          ? { kind: 'Attend', taskId: id, answer: args['answer'] }
          : { kind: name === 'Rewarded' ? 'Reward' : 'Slash', taskId: id, verifier }
      return on(id, () => follow(service, call, context(verifier)))
    }
    default:
      return folded
  }
}
