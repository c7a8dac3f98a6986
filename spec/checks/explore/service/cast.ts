import type { Id } from '../../../commitments/hash.ts'
import type { Seconds } from '../../../game/clocks.ts'
import { openSegment } from '../../../game/position.ts'
import type { Call } from '../../../service/calls.ts'
import type { DisputeState, ServiceState } from '../../../service/state.ts'
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
}

interface ServerRole extends Named {
  readonly role: 'server'
  readonly says: number
  readonly seals?: true
}

interface ChallengerRole extends Named {
  readonly role: 'challenger'
  readonly says: number
}

interface WatcherRole extends Named {
  readonly role: 'watcher'
}

/** A call that somebody could send. */
export interface Attempt extends Intent {
  readonly sender: Address
}

const free = (sender: Address, call: Call): Attempt => ({ sender, call, valueWei: 0n })

type Running = DisputeState & { readonly kind: 'Running' }

/** A reply to every segment, by either side, in turn or not. */
const moves = (
  table: Table,
  disputeId: Id,
  { position, asserter, challenger }: Running,
): readonly Attempt[] =>
  [asserter, challenger].flatMap((sender) =>
    [0, 1].map((segment) => {
      const opening = openSegment(position, segment)
      const witness = table.witnessOf(opening.start)
      return free(sender, { kind: 'Move', disputeId, opening, reply: { kind: 'Arbitrate', witness } })
    }),
  )

/** What a role could send in a state, whether it is accepted or not. */
export const attemptsOf = (table: Table, state: ServiceState, role: Role): readonly Attempt[] => {
  const sender = accountOf(role.name)
  const { task, model, salt, parameters } = table
  const { bondWei } = parameters
  switch (role.role) {
    case 'server': {
      const assertion = table.assertion(role.says)
      if (!role.seals)
        return [{ sender, call: { kind: 'Claim', taskId: task, ...assertion }, valueWei: bondWei }]
      const seal = { kind: 'Seal', taskId: task, sealed: table.sealed(sender, role.says) } as const
      return [
        { sender, call: seal, valueWei: bondWei },
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
        valueWei: bondWei,
      }))
    }
    case 'watcher': {
      const attend = (says: number) =>
        free(sender, { kind: 'Attend', taskId: task, answer: table.attention(sender, says) })
      return [attend(0), attend(1), free(sender, { kind: 'Retire', modelId: model })]
    }
    default:
      return role satisfies never
  }
}

/** What anybody may say of a state, and what a bystander tries in every dispute. */
export const anyonesAttempts = (table: Table, state: ServiceState, sender: Address): readonly Attempt[] => [
  ...[...state.disputes].flatMap(([id, dispute]) =>
    dispute.kind === 'Running' ? moves(table, id, dispute) : [],
  ),
  ...[
    ...[...state.claims.keys()].map((claimId) => ({ kind: 'Finalize', claimId }) as const),
    ...[...state.disputes.keys()].flatMap((disputeId) => [
      { kind: 'Timeout', disputeId } as const,
      { kind: 'Refund', disputeId } as const,
    ]),
    ...[...state.seals.keys()].map((sealId) => ({ kind: 'Forfeit', sealId }) as const),
    ...[...state.enrollments.values()].flatMap(({ verifier, model }) => [
      { kind: 'Slash', taskId: table.task, verifier } as const,
      { kind: 'Unstake', modelId: model, verifier } as const,
    ]),
    { kind: 'Expire', taskId: table.task } as const,
  ].map((call) => free(sender, call)),
]

/** What an honest role wants to send now; withdrawals can wait for ever. */
export const dutyOf = (table: Table, state: ServiceState, now: Seconds, role: Role): Attempt | undefined => {
  const [view, sender, { task }] = [{ state, now }, accountOf(role.name), table]
  const intent = (): Intent | undefined => {
    switch (role.role) {
      case 'server': {
        const { nonce: _, ...prepared } = table.assertion(role.says)
        const self = { address: sender, task, trace: table.trueRun, prepared }
        return serverActs(view, role.seals ? { ...self, salt: table.salt } : self)
      }
      case 'challenger':
        return verifierActs(view, { address: sender, task, traceAgainst: () => table.trueRun })
      case 'watcher':
        return watcherActs(view, { address: sender, task, endRoot: table.endOf(0) })
      default:
        return role satisfies never
    }
  }
  const wanted = intent()
  return wanted === undefined || wanted.call.kind === 'Withdraw' ? undefined : { ...wanted, sender }
}
