import { type Hash, keccak, type StateRoot } from '../../commitments/hash.ts'
import { join } from '../../commitments/merkle.ts'
import { deadline, opponentOf, type Seconds } from '../../game/clocks.ts'
import { type Opening, segmentLength } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import type { Rejection } from '../../rejection.ts'
import type { Context } from '../../service/calls.ts'
import type { View } from '../../strategies/sight.ts'
import { OUTSIDER, REQUESTER, type Table } from './alphabetGame.ts'
import { type Arena, CHALLENGERS, hasOpened, type Move, move, openingOf, pending } from './legalMoves.ts'

export interface Illegal extends Move {
  readonly expected: Rejection['reason']
}

const withReply = (move: Move, reply: Reply): Move =>
  move.call.kind === 'Move' || move.call.kind === 'Open' ? { ...move, call: { ...move.call, reply } } : move

/** Replies to a segment that are of the wrong kind, of the wrong length, or hand the opponent's end back. */
const badReplies = (
  reply: Reply,
  segment: { readonly length: number; readonly isLast: boolean; readonly end: string },
): readonly (readonly [Rejection['reason'], Reply])[] => {
  const witness = new Uint8Array(1)
  const descent: Reply = {
    kind: 'Descend',
    length: 1,
    roots: [],
    witness,
  }
  const { length, isLast } = segment
  const kinds: (readonly [Rejection['reason'], Reply])[] = [
    ...(length > 1 ? [] : [['CannotDissect', { kind: 'Dissect', roots: [] }] as const]),
    ...(length === 1 && !isLast ? [] : [['CannotDescend', descent] as const]),
    ...(length === 1 && isLast ? [] : [['CannotArbitrate', { kind: 'Arbitrate', witness }] as const]),
  ]
  switch (reply.kind) {
    case 'Dissect': {
      const { roots } = reply
      const end = segment.end as (typeof roots)[number]
      return [
        ...kinds,
        ['RootCountMismatch', { ...reply, roots: [roots[0]!, ...roots] }],
        ['RootCountMismatch', { ...reply, roots: roots.slice(1) }],
        ['SameEnd', { ...reply, roots: [...roots.slice(0, -1), end] }],
      ]
    }
    case 'Descend': {
      const { roots, witness: opening } = reply
      return [
        ...kinds,
        ['RootCountMismatch', { ...reply, roots: [roots[0]!, ...roots] }],
        ['PreStateMismatch', { ...reply, witness: opening.with(0, opening[0]! ^ 1) }],
        ['EndMismatch', { ...reply, witness: flipLast(opening) }],
        ['WitnessMalformed', { ...reply, witness: opening.slice(1) }],
        ['LengthInvalid', { ...reply, length: 0 }],
      ]
    }
    case 'Arbitrate':
      return [
        ...kinds,
        ['PreStateMismatch', { ...reply, witness: flipLast(reply.witness) }],
        ['WitnessMalformed', { ...reply, witness: reply.witness.slice(1) }],
      ]
    default:
      return reply satisfies never
  }
}

/**
 * Two neighbouring leaves of a vector's tree in the place of a segment's two roots: their hash stands in the tree as well.
 * Undefined where the vector has one segment.
 */
export const ownNodes = ({ start, end, segment, siblings }: Opening): Partial<Opening> | undefined => {
  const [sibling, ...above] = siblings as readonly Hash[] as readonly StateRoot[]
  if (sibling === undefined) return undefined
  const own = join(start, end) as Hash as StateRoot
  const [left, right] = segment % 2 === 0 ? [own, sibling] : [sibling, own]
  return { start: left, end: right, segment: segment >> 1, siblings: above }
}

const flipLast = (bytes: Uint8Array): Uint8Array => bytes.with(-1, bytes.at(-1)! ^ 1)

const changed = (given: Move, context: Partial<Context>): Move => ({
  ...given,
  context: { ...given.context, ...context },
})

const refusedFor = (expected: Rejection['reason'], given: Move): Illegal => ({ ...given, expected })

/** A call that the rules take, spoiled in every way that they must see. */
export const spoil = (legal: Move, { table }: Arena, { state }: View): readonly Illegal[] => {
  const { call, context } = legal
  const lastPhase = table.rules.phases.length - 1
  const replies = (reply: Reply, segment: Parameters<typeof badReplies>[1]): readonly Illegal[] =>
    badReplies(reply, segment).map(([expected, bad]) => refusedFor(expected, withReply(legal, bad)))
  if (call.kind === 'Move') {
    const { disputeId, opening, reply } = call
    const dispute = state.disputes.get(disputeId)!
    if (dispute.kind !== 'Running') throw new Error('a move in a dispute that is over')
    const { clocks } = dispute
    const last = deadline(clocks)
    const opened = (change: Partial<typeof opening>): Move => ({
      ...legal,
      call: { ...call, opening: { ...opening, ...change } },
    })
    return [
      refusedFor('NotYourTurn', changed(legal, { sender: dispute[opponentOf(clocks.turn)] })),
      refusedFor('NotYourTurn', changed(legal, { sender: OUTSIDER })),
      refusedFor('ClockExpired', changed(legal, { now: last + 1 })),
      refusedFor('ValueUnexpected', changed(legal, { valueWei: 1n })),
      refusedFor('StateMismatch', opened({ length: opening.length + 1 })),
      refusedFor('StateMismatch', opened({ segment: opening.segments })),
      refusedFor('StateMismatch', opened({ start: opening.end, end: keccak(opening.start) })),
      refusedFor('StateMismatch', opened(ownNodes(opening) ?? { phase: opening.phase + 1 })),
      refusedFor('DisputeUnknown', { ...legal, call: { ...call, disputeId: table.task } }),
      refusedFor('ClockNotExpired', move(OUTSIDER, { kind: 'Timeout', disputeId }, last)),
      refusedFor('ClaimNotRefuted', move(OUTSIDER, { kind: 'Draw', disputeId }, last)),
      ...replies(reply, {
        length: segmentLength(opening),
        isLast: opening.phase === lastPhase,
        end: opening.end,
      }),
    ]
  }
  if (call.kind === 'Open') {
    const entry = state.claims.get(call.claimId)!
    if (entry.kind !== 'Pending') throw new Error('an opening against a claim that is over')
    const { length, endRoot } = entry.claim
    return [
      refusedFor('WindowOver', changed(legal, { now: entry.windowEnd + 1 })),
      refusedFor('BondMismatch', changed(legal, { valueWei: context.valueWei - 1n })),
      refusedFor('ClaimUnknown', { ...legal, call: { ...call, claimId: table.task } }),
      ...replies(call.reply, { length, isLast: lastPhase === 0, end: endRoot }),
    ]
  }
  if (call.kind === 'Claim')
    return [
      refusedFor('BondMismatch', changed(legal, { valueWei: context.valueWei + 1n })),
      refusedFor('OutputMismatch', { ...legal, call: { ...call, output: new Uint8Array(32) } }),
      refusedFor('LengthInvalid', { ...legal, call: { ...call, length: 0 } }),
    ]
  return [refusedFor('ValueUnexpected', changed(legal, { valueWei: 1n }))]
}

/** Calls on what is there that come too early, too late or twice. */
export const untimely = ({ table }: Arena, { state, now }: View): readonly Illegal[] => [
  refusedFor('TaskExists', requestAgain(table, now)),
  refusedFor('NothingToWithdraw', move(OUTSIDER, { kind: 'Withdraw' }, now)),
  ...[...state.disputes].flatMap(([disputeId, { kind }]) =>
    kind === 'Running'
      ? []
      : [
          refusedFor('DisputeOver', move(OUTSIDER, { kind: 'Timeout', disputeId }, now)),
          refusedFor('DisputeOver', move(OUTSIDER, { kind: 'Draw', disputeId }, now)),
        ],
  ),
  ...[...state.claims].map(([claimId, entry]) => {
    const final = move(OUTSIDER, { kind: 'Finalize', claimId }, now)
    if (entry.kind !== 'Pending') return refusedFor('ClaimNotOpen', final)
    return entry.disputes > 0
      ? refusedFor('ClaimDisputed', final)
      : refusedFor('WindowNotOver', changed(final, { now: entry.windowEnd }))
  }),
  ...pending(state).flatMap(([id, entry]) =>
    CHALLENGERS.filter((challenger) => hasOpened(state, id, entry, challenger)).map((challenger) => {
      const reply: Reply = { kind: 'Arbitrate', witness: new Uint8Array() }
      return refusedFor('DisputeExists', openingOf(id, challenger, reply, { state, now: entry.windowEnd }))
    }),
  ),
]

const requestAgain = ({ requester }: Table, now: Seconds): Move =>
  move(REQUESTER, requester.request, Math.min(now, requester.request.deadline), requester.feeWei)
