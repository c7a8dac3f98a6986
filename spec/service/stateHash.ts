import { type Bytes, bigEndian, type Hex } from '../commitments/bytes.ts'
import { type Hash, keccak } from '../commitments/hash.ts'
import { positionHash } from '../game/position.ts'
import type { DisputeState, ServiceState, TaskState } from './state.ts'

const KINDS = [
  'Open',
  'Answered',
  'Settled',
  'Expired',
  'Pending',
  'Final',
  'Refuted',
  'Running',
  'Decided',
  'Refunded',
  'Sealed',
  'Revealed',
  'Forfeited',
]

const kindByte = (kind: string): Bytes => bigEndian(KINDS.indexOf(kind), 1)

const taskParts = (entry: TaskState): readonly Bytes[] => [
  kindByte(entry.kind),
  ...('firstSealAt' in entry ? [bigEndian(entry.firstSealAt ?? 0, 5)] : []),
  ...(entry.kind === 'Settled' ? [bigEndian(entry.isNotified ? 1 : 0, 1)] : []),
]

const disputeParts = (dispute: DisputeState): readonly (Bytes | Hex)[] =>
  dispute.kind === 'Running'
    ? [
        positionHash(dispute.position),
        bigEndian(dispute.clocks.turn === 'asserter' ? 0 : 1, 1),
        bigEndian(dispute.clocks.turnSince, 5),
        bigEndian(dispute.clocks.left.asserter, 4),
        bigEndian(dispute.clocks.left.challenger, 4),
      ]
    : dispute.kind === 'Decided'
      ? [bigEndian(dispute.winner === 'asserter' ? 0 : 1, 1)]
      : []

/** Entries in the order of their keys, so that the order of calls that do not touch each other does not matter. */
const hashOf = <Value>(
  map: ReadonlyMap<Hex, Value>,
  parts: (value: Value) => readonly (Bytes | Hex)[],
): Hash =>
  keccak(...[...map].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, value]) => [key, ...parts(value)]))

/** Digest of all that a service keeps, for journals: two worlds that tell the same story agree on it at every call. */
export const stateHash = (state: ServiceState): Hash =>
  keccak(
    hashOf(state.tasks, taskParts),
    hashOf(state.claims, (claim) => [
      kindByte(claim.kind),
      ...(claim.kind === 'Pending' ? [bigEndian(claim.windowEnd, 5), bigEndian(claim.disputes, 4)] : []),
    ]),
    hashOf(state.disputes, (dispute) => [kindByte(dispute.kind), ...disputeParts(dispute)]),
    hashOf(state.seals, (entry) => [
      kindByte(entry.kind),
      ...(entry.kind === 'Sealed' ? [bigEndian(entry.sealedAt, 5)] : []),
    ]),
    hashOf(state.enrollments, ({ since, retiredAt }) => [bigEndian(since, 5), bigEndian(retiredAt ?? 0, 5)]),
    hashOf(state.answers, (answer) => [answer]),
    hashOf(state.delegates, (to) => [to]),
    hashOf(state.credits, (wei) => [bigEndian(wei, 32)]),
    bigEndian(state.burnedWei, 32),
    bigEndian(state.balanceWei, 32),
  )
