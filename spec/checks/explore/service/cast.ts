import { type Hash, type Id, keccak } from '../../../commitments/hash.ts'
import type { Seconds } from '../../../game/clocks.ts'
import { openSegment } from '../../../game/position.ts'
import { attentionHash, drawOf } from '../../../service/attention.ts'
import type { Block, Call } from '../../../service/calls.ts'
import type { RunningDispute, ServiceState } from '../../../service/state.ts'
import type { Address } from '../../../service/task.ts'
import { serverActs, verifierActs } from '../../../strategies/parties.ts'
import type { Intent } from '../../../strategies/sight.ts'
import { watcherActs } from '../../../strategies/watcher.ts'
import { accountOf, type Table } from './table.ts'

/** Somebody who plays. What it says is the truth, 0, or the lie of that number. */
export type Role = ServerRole | ChallengerRole | WatcherRole

interface Named {
  readonly name: string
  /** It keeps to the honest strategy, at any second that is in time; others make any call, or none. */
  readonly honest?: true
  /** The task that it plays in, where there are two. */
  readonly on?: number
  /** It has named a stranger that may move for it. */
  readonly delegates?: true
}

interface ServerRole extends Named {
  readonly role: 'server'
  readonly says: number
  readonly seals?: true
  /** The most moves that it makes in a second, where it is honest: it can be overrun. */
  readonly pace?: number
  /** It has computed nothing: it claims what an honest server shows, from the second on in which that is sent. */
  readonly copies?: true
}

interface ChallengerRole extends Named {
  readonly role: 'challenger'
  readonly says: number
  /** The most disputes whose bonds it has capital for at once, where it is honest. */
  readonly capital?: number
  /** It does not hold the model. */
  readonly isWithheld?: true
}

interface WatcherRole extends Named {
  readonly role: 'watcher'
}

/** A call that somebody could send. */
export interface Attempt extends Intent {
  readonly sender: Address
}

const free = (sender: Address, call: Call): Attempt => ({ sender, call, valueWei: 0n })

/** Two blocks a second at most: a round's hash is known in the one behind that which closed it. */
export const blockAt = ({ rounds }: ServiceState, now: Seconds): Block => {
  const closed = [...rounds.values()].map(({ closedIn }) => closedIn)
  return {
    number: 2 * now + (closed.includes(2 * now) ? 1 : 0),
    hashes: new Map(closed.map((number) => [number, keccak<Hash>(Uint8Array.of(number))])),
  }
}

const taskOf = ({ requests }: Table, { on = 0 }: Role): Id => requests[on]!.task

/** A reply to every segment, by either side, in turn or not, and by whoever may move for one. */
const moves = (
  table: Table,
  disputeId: Id,
  { position, asserter, challenger }: RunningDispute,
  delegates: ServiceState['delegates'],
): readonly Attempt[] =>
  [...new Set([asserter, challenger, ...delegates.values()])].flatMap((sender) =>
    [0, 1].map((segment) => {
      const opening = openSegment(position, segment)
      const witness = table.witnessOf(opening.start)
      return free(sender, { kind: 'Move', disputeId, opening, reply: { kind: 'Arbitrate', witness } })
    }),
  )

/** What a role could send in a state, whether it is accepted or not. */
export const attemptsOf = (table: Table, state: ServiceState, role: Role): readonly Attempt[] => {
  const sender = accountOf(role.name)
  const task = taskOf(table, role)
  const { models, salt, parameters } = table
  const { claimBondWei, disputeBondWei } = parameters
  switch (role.role) {
    case 'server': {
      const assertion = table.assertion(role.says)
      if (!role.seals)
        return [{ sender, call: { kind: 'Claim', taskId: task, ...assertion }, valueWei: claimBondWei }]
      const seal = { kind: 'Seal', taskId: task, sealed: table.sealed(task, sender, role.says) } as const
      return [
        { sender, call: seal, valueWei: claimBondWei },
        ...[...state.seals.keys()].map((sealId) =>
          free(sender, { kind: 'Reveal', sealId, salt, ...assertion }),
        ),
      ]
    }
    case 'challenger': {
      const reply = { kind: 'Dissect', roots: table.vector(role.says) } as const
      return [...state.claims.keys()].map((claimId) => ({
        sender,
        call: { kind: 'Open', claimId, nonce: 0, reply },
        valueWei: disputeBondWei,
      }))
    }
    case 'watcher': {
      const draw = drawOf(state.tasks.get(task)!)
      const randomness = draw && state.rounds.get(draw.round)?.randomness
      const answers = randomness === undefined ? [] : [0, 1]
      return [
        ...answers.map((says) =>
          free(sender, {
            kind: 'Attend',
            taskId: task,
            answer: attentionHash(task, sender, table.endOf(says), randomness!),
          }),
        ),
        ...models.map((modelId) => free(sender, { kind: 'Retire', modelId })),
      ]
    }
    default:
      return role satisfies never
  }
}

/** What anybody may say of a state, and what a bystander tries in every dispute. */
export const anyonesAttempts = (table: Table, state: ServiceState, sender: Address): readonly Attempt[] => {
  const draws = [...state.tasks.values()].flatMap((task) => drawOf(task) ?? [])
  const rounds = [...new Set(draws.map(({ round }) => round))]
  const calls: readonly Call[] = [
    ...[...state.claims.keys()].flatMap((claimId) => [
      { kind: 'Finalize', claimId } as const,
      { kind: 'PassClaim', claimId } as const,
      { kind: 'Collect', claimId } as const,
    ]),
    ...[...state.disputes.keys()].flatMap((disputeId) => [
      { kind: 'Timeout', disputeId } as const,
      { kind: 'Draw', disputeId } as const,
    ]),
    ...[...state.seals.keys()].flatMap((sealId) => [
      { kind: 'Forfeit', sealId } as const,
      { kind: 'PassSeal', sealId } as const,
    ]),
    ...rounds.flatMap((round) => [
      { kind: 'CloseRound', round } as const,
      { kind: 'RecordRound', round } as const,
    ]),
    ...[...state.enrollments.values()].map(
      ({ verifier, model }) => ({ kind: 'Unstake', modelId: model, verifier }) as const,
    ),
    ...table.requests.flatMap(({ task: taskId }) => [
      { kind: 'Expire', taskId } as const,
      ...[...state.enrollments.values()].map(
        ({ verifier }) => ({ kind: 'Slash', taskId, verifier }) as const,
      ),
    ]),
    ...[...state.answers.values()].map(
      ({ task, verifier }) => ({ kind: 'Reward', taskId: task, verifier }) as const,
    ),
  ]
  return [
    ...[...state.disputes].flatMap(([id, dispute]) =>
      dispute.kind === 'Running' ? moves(table, id, dispute, state.delegates) : [],
    ),
    ...calls.map((call) => free(sender, call)),
  ]
}

/** Outputs that somebody brings to a task: the true one, and a lie's. */
export const outputAttempts = (table: Table, sender: Address): readonly Attempt[] =>
  table.requests.flatMap(({ task: taskId }) =>
    [0, 1].map((says) => {
      const { output } = table.assertion(says)
      return free(sender, { kind: 'Notify', taskId, output })
    }),
  )

/** Bonds of its own that are locked in disputes. */
const lockedDisputes = ({ disputes }: ServiceState, account: Address): number =>
  [...disputes.values()].filter(({ kind, challenger }) => kind === 'Running' && challenger === account).length

/**
 * What an honest role wants to send now; withdrawals can wait for ever.
 *
 * @param moved how many moves it has made in this second
 */
export const dutyOf = (
  table: Table,
  state: ServiceState,
  now: Seconds,
  role: Role,
  moved: number,
): Attempt | undefined => {
  const [sender, task] = [accountOf(role.name), taskOf(table, role)]
  const view = { state, now, block: blockAt(state, now).number }
  const intent = (): Intent | undefined => {
    switch (role.role) {
      case 'server': {
        const { nonce: _, ...prepared } = table.assertion(role.says)
        const self = { address: sender, task, trace: table.trueRun, prepared }
        const wanted = serverActs(view, role.seals ? { ...self, salt: table.salt } : self)
        const isTired = wanted?.call.kind === 'Move' && role.pace !== undefined && moved >= role.pace
        return isTired ? undefined : wanted
      }
      case 'challenger': {
        const trace = role.isWithheld ? undefined : table.trueRun
        const wanted = verifierActs(view, { address: sender, task, traceAgainst: () => trace })
        const isPoor = role.capital !== undefined && lockedDisputes(state, sender) >= role.capital
        return wanted?.call.kind === 'Open' && isPoor ? undefined : wanted
      }
      case 'watcher':
        // It looks at whatever task it is held to.
        return table.requests
          .map((request) =>
            watcherActs(view, { address: sender, task: request.task, endRoot: table.endOf(0) }),
          )
          .find((wanted) => wanted !== undefined)
      default:
        return role satisfies never
    }
  }
  const wanted = intent()
  return wanted === undefined || wanted.call.kind === 'Withdraw' ? undefined : { ...wanted, sender }
}
