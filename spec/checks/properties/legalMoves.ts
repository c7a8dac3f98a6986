import type { Id } from '../../commitments/hash.ts'
import { deadline, isExpired, type Party, type Seconds } from '../../game/clocks.ts'
import { openSegment, type Position } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import type { Call, Context } from '../../service/calls.ts'
import type { ClaimState, DisputeState, ServiceState } from '../../service/state.ts'
import { type Address, disputeId } from '../../service/task.ts'
import { lastOpenSecond } from '../../service/tasks.ts'
import type { Wei } from '../../setting/parameters.ts'
import { honestReply } from '../../strategies/honest.ts'
import type { PreparedClaim } from '../../strategies/parties.ts'
import { nextDeadline, type View } from '../../strategies/sight.ts'
import type { Forge } from './adversary.ts'
import { OUTSIDER, REQUESTER, SERVER, type Table, VERIFIER } from './alphabetGame.ts'

/**
 * One task on an alphabet tower, and all that may be done next: by parties that are bound by nothing but the rules,
 * and by at most one that is honest. What is legal is said here once more, without a look at the guards.
 */
const address = (digit: string): Address => `0x${digit.repeat(40)}`

export const SERVERS: readonly Address[] = [SERVER, address('a'), address('b')]
export const CHALLENGERS: readonly Address[] = [VERIFIER, address('c'), address('d')]
const EVERYBODY = [...SERVERS, ...CHALLENGERS, REQUESTER]

export interface Arena {
  readonly table: Table
  /** Which of `SERVER` and `VERIFIER` is honest; undefined where nobody is. */
  readonly honest: Party | undefined
  /** Any reply to a segment. */
  readonly forge: Forge
  /** What servers claim: the truth first, lies behind it. */
  readonly claims: readonly (() => PreparedClaim)[]
}

export interface Move {
  readonly call: Call
  readonly context: Context
}

type Running = DisputeState & { readonly kind: 'Running' }
type Pending = ClaimState & { readonly kind: 'Pending' }

export const pending = ({ claims }: ServiceState): readonly (readonly [Id, Pending])[] =>
  [...claims].flatMap(([id, claim]) => (claim.kind === 'Pending' ? [[id, claim] as const] : []))

/** Disputes that can still be decided. */
const running = ({ disputes, claims }: ServiceState): readonly (readonly [Id, Running])[] =>
  [...disputes].flatMap(([id, dispute]) =>
    dispute.kind === 'Running' && claims.get(dispute.claim)!.kind === 'Pending'
      ? [[id, dispute] as const]
      : [],
  )

const firstPosition = ({ claim }: Pending): Position => ({
  phase: 0,
  length: claim.length,
  roots: [claim.startRoot, claim.endRoot],
  at: [0],
})

export const hasOpened = (
  state: ServiceState,
  claimId: Id,
  { claim }: Pending,
  challenger: Address,
): boolean => state.disputes.has(disputeId({ claimId, asserter: claim.server, challenger, nonce: 0 }))

export const honestAddress = ({ honest }: Arena): Address | undefined =>
  honest && (honest === 'asserter' ? SERVER : VERIFIER)

export const move = (sender: Address, call: Call, now: Seconds, valueWei: Wei = 0n): Move => ({
  call,
  context: { sender, valueWei, now },
})

export const openingOf = (claimId: Id, sender: Address, reply: Reply, { state, now }: View): Move =>
  move(sender, { kind: 'Open', claimId, nonce: 0, reply }, now, state.parameters.disputeBondWei)

const replyOf = (
  id: Id,
  { clocks, position, ...sides }: Running,
  picked: PickedReply,
  now: Seconds,
): Move => {
  const opening = openSegment(position, picked.segment)
  return move(sides[clocks.turn], { kind: 'Move', disputeId: id, opening, reply: picked.reply }, now)
}

interface PickedReply {
  readonly segment: number
  readonly reply: Reply
}

// --- The honest party ----------------------------------------------------------------------------------------

/** Something that the honest party has to do, and the last second for it. */
export interface Duty {
  readonly by: Seconds
  readonly at: (now: Seconds) => Move
}

/**
 * What the honest party has to do now. An honest party without a reply would be a fault of the rules.
 *
 * @throws where it has none
 */
export const duties = (arena: Arena, { state, now }: View): readonly Duty[] => {
  const { honest, table } = arena
  const { arity } = state.parameters
  const moves = running(state)
    .filter(([, { clocks, ...sides }]) => clocks.turn === honest && sides[honest] === honestAddress(arena))
    .map(([id, dispute]): Duty => {
      const picked = honestReply(dispute.position, arity, table.trueRun)
      if (picked === undefined) throw new Error(`LIVE-1: no honest reply in dispute ${id}`)
      return { by: deadline(dispute.clocks), at: (second) => replyOf(id, dispute, picked, second) }
    })
  if (honest !== 'challenger') return moves
  const openings = pending(state).flatMap(([id, entry]): readonly Duty[] => {
    if (now > entry.windowEnd || hasOpened(state, id, entry, VERIFIER)) return []
    const picked = honestReply(firstPosition(entry), arity, table.trueRun)
    if (picked === undefined) return []
    return [
      { by: entry.windowEnd, at: (second) => openingOf(id, VERIFIER, picked.reply, { state, now: second }) },
    ]
  })
  return [...openings, ...moves]
}

// --- What is legal -------------------------------------------------------------------------------------------

/**
 * Calls that the rules must take now, by anybody; of the honest party its duties alone. Each is made when it is asked
 * for; a few cannot be, since nobody has a letter to witness with.
 */
export const legalMoves = (arena: Arena, view: View): readonly (() => Move | undefined)[] => {
  const { table, forge } = arena
  const { state, now } = view
  const self = honestAddress(arena)
  const others = (addresses: readonly Address[]) => addresses.filter((address) => address !== self)
  const task = state.tasks.get(table.task)!
  const takesClaims = (task.kind === 'Open' || task.kind === 'Bound') && now <= task.task.deadline
  const hasClaimed = (server: Address): boolean =>
    [...state.claims.values()].some(({ claim }) => claim.server === server)
  const claiming = others(SERVERS)
    .filter((server) => takesClaims && !hasClaimed(server))
    .flatMap((server) =>
      arena.claims.map((prepared) => () => {
        const call: Call = { kind: 'Claim', taskId: table.task, nonce: 0, ...prepared() }
        return move(server, call, now, state.parameters.claimBondWei)
      }),
    )
  const opening = pending(state).flatMap(([id, entry]) =>
    others(CHALLENGERS)
      .filter((challenger) => now <= entry.windowEnd && !hasOpened(state, id, entry, challenger))
      .map((challenger) => () => {
        const reply = forge(firstPosition(entry), 0)
        return reply && openingOf(id, challenger, reply, view)
      }),
  )
  const disputing = running(state).flatMap(([id, dispute]): readonly (() => Move | undefined)[] => {
    if (isExpired(dispute.clocks, now) || dispute[dispute.clocks.turn] === self) return []
    return dispute.position.roots.slice(1).map((_, segment) => () => {
      const reply = forge(dispute.position, segment)
      return reply && replyOf(id, dispute, { segment, reply }, now)
    })
  })
  return [
    ...duties(arena, view).map((duty) => () => duty.at(now)),
    ...disputing,
    ...claiming,
    ...opening,
    ...closing(arena, view).map((closed) => () => closed),
  ]
}

/** A dispute whose claim has fallen in another one while its challenger still had time. */
const isDrawable = ({ claims }: ServiceState, dispute: DisputeState): boolean => {
  if (dispute.kind !== 'Running') return false
  const claim = claims.get(dispute.claim)!
  if (claim.kind !== 'Refuted') return false
  return dispute.clocks.turn === 'asserter' || deadline(dispute.clocks) >= claim.fallenAt
}

/** What is to be done about a settled task's fee: the cursor goes on, or has arrived. */
const feeCalls = ({ table }: Arena, { state, now }: View): readonly Move[] => {
  const task = state.tasks.get(table.task)!
  if (task.kind !== 'Settled' || task.isPaid) return []
  const [id, found] = [...state.claims].find(([, { number }]) => number === task.cursor)!
  const settling = state.claims.get(task.claim)!.claim
  const agrees = found.claim.endRoot === settling.endRoot && found.claim.length === settling.length
  if (found.kind === 'Refuted' || !agrees) return [move(OUTSIDER, { kind: 'PassClaim', claimId: id }, now)]
  return found.kind === 'Final' ? [move(OUTSIDER, { kind: 'Collect', claimId: id }, now)] : []
}

/** What anybody may do when time is over, or something else: time out, finalize, expire, draw, collect, withdraw. */
export const closing = (arena: Arena, view: View): readonly Move[] => {
  const { table } = arena
  const { state, now } = view
  const last = lastOpenSecond(state, state.tasks.get(table.task)!)
  return [
    ...running(state)
      .filter(([, { clocks }]) => isExpired(clocks, now))
      .map(([disputeId]) => move(OUTSIDER, { kind: 'Timeout', disputeId }, now)),
    ...pending(state)
      .filter(([, { disputes, windowEnd }]) => disputes === 0 && now > windowEnd)
      .map(([claimId]) => move(OUTSIDER, { kind: 'Finalize', claimId }, now)),
    ...[...state.disputes]
      .filter(([, dispute]) => isDrawable(state, dispute))
      .map(([disputeId]) => move(OUTSIDER, { kind: 'Draw', disputeId }, now)),
    ...feeCalls(arena, view),
    ...(last !== undefined && now > last
      ? [move(OUTSIDER, { kind: 'Expire', taskId: table.task }, now)]
      : []),
    ...EVERYBODY.filter((address) => (state.credits.get(address) ?? 0n) > 0n).map((address) =>
      move(address, { kind: 'Withdraw' }, now),
    ),
  ]
}

/** Seconds at which something becomes possible, or for the last time. */
export const secondsToCome = ({ table }: Arena, view: View): readonly Seconds[] => {
  const next = nextDeadline(view, table.task)
  const clocks = running(view.state).map(([, dispute]) => deadline(dispute.clocks))
  return [
    ...(next === undefined ? [] : [next - 1, next]),
    ...clocks,
    ...clocks.map((last) => last + 1),
  ].filter((second) => second > view.now)
}
