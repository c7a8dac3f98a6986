import { type Bytes, bigEndian, type Hex } from '../commitments/bytes.ts'
import { type Hash, keccak, ZERO_HASH } from '../commitments/hash.ts'
import { positionHash } from '../game/position.ts'
import type { Bound, ClaimState, DisputeState, SealState, ServiceState, TaskState } from './state.ts'

const KINDS = [
  'Open',
  'Bound',
  'Settled',
  'Expired',
  'Pending',
  'Final',
  'Refuted',
  'Running',
  'Decided',
  'Drawn',
  'Sealed',
  'Revealed',
  'Forfeited',
]

type Part = Bytes | Hex

const kindByte = (kind: string): Bytes => bigEndian(KINDS.indexOf(kind), 1)
const flag = (is: boolean): Bytes => bigEndian(is ? 1 : 0, 1)

const boundParts = ({ bindings, cursor, draw }: Bound): readonly Part[] => [
  bigEndian(bindings, 4),
  bigEndian(cursor, 4),
  flag(draw !== undefined),
  bigEndian(draw?.round ?? 0, 5),
  bigEndian(draw?.weightStart ?? 0n, 16),
]

const taskParts = (entry: TaskState): readonly Part[] => [
  kindByte(entry.kind),
  ...('bindings' in entry ? boundParts(entry) : []),
  ...(entry.kind === 'Settled' ? [entry.claim, flag(entry.isPaid), flag(entry.isNotified)] : []),
]

const claimParts = (entry: ClaimState): readonly Part[] => [
  kindByte(entry.kind),
  bigEndian(entry.number, 4),
  ...(entry.kind === 'Pending' ? [bigEndian(entry.windowEnd, 5), bigEndian(entry.disputes, 4)] : []),
  ...(entry.kind === 'Refuted' ? [bigEndian(entry.fallenAt, 5)] : []),
  ...(entry.kind === 'Final' ? [] : [bigEndian(entry.weight, 8)]),
]

const disputeParts = (dispute: DisputeState): readonly Part[] => [
  kindByte(dispute.kind),
  ...(dispute.kind === 'Running'
    ? [
        positionHash(dispute.position),
        bigEndian(dispute.clocks.turn === 'asserter' ? 0 : 1, 1),
        bigEndian(dispute.clocks.turnSince, 5),
        bigEndian(dispute.clocks.left.asserter, 4),
        bigEndian(dispute.clocks.left.challenger, 4),
        bigEndian(dispute.weight, 4),
      ]
    : []),
  ...(dispute.kind === 'Decided' ? [bigEndian(dispute.winner === 'asserter' ? 0 : 1, 1)] : []),
]

const sealParts = (entry: SealState): readonly Part[] => [
  kindByte(entry.kind),
  bigEndian(entry.number, 4),
  ...(entry.kind === 'Sealed' ? [bigEndian(entry.sealedAt, 5)] : []),
]

/** Entries in the order of their keys, so that the order of calls that do not touch each other does not matter. */
const hashOf = <Key extends Hex | number, Value>(
  map: ReadonlyMap<Key, Value>,
  parts: (value: Value) => readonly Part[],
): Hash =>
  keccak(
    ...[...map]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, value]): readonly Part[] => [
        typeof key === 'number' ? bigEndian(key, 5) : key,
        ...parts(value),
      ]),
  )

/** Digest of all that a service keeps, for journals: two worlds that tell the same story agree on it at every call. */
export const stateHash = (state: ServiceState): Hash =>
  keccak(
    hashOf(state.tasks, taskParts),
    hashOf(state.claims, claimParts),
    hashOf(state.disputes, disputeParts),
    hashOf(state.seals, sealParts),
    hashOf(state.enrollments, ({ since, retiredAt }) => [bigEndian(since, 5), bigEndian(retiredAt ?? 0, 5)]),
    hashOf(state.rounds, ({ closedIn, randomness }) => [bigEndian(closedIn, 8), randomness ?? ZERO_HASH]),
    hashOf(state.roundWeights, (wei) => [bigEndian(wei, 16)]),
    hashOf(state.answers, ({ hash, isPaid }) => [hash, flag(isPaid)]),
    hashOf(state.delegates, (to) => [to]),
    hashOf(state.credits, (wei) => [bigEndian(wei, 32)]),
    bigEndian(state.burnedWei, 32),
    bigEndian(state.balanceWei, 32),
  )
