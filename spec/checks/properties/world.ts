import { expect } from 'vitest'
import type { Id } from '../../commitments/hash.ts'
import type { Party, Seconds } from '../../game/clocks.ts'
import { segmentLength } from '../../game/position.ts'
import { applyCall } from '../../service/apply.ts'
import type { DisputeState, ServiceState } from '../../service/state.ts'
import type { Address, Claim } from '../../service/task.ts'
import type { Wei } from '../../setting/parameters.ts'
import type { PreparedClaim } from '../../strategies/parties.ts'
import { choices, forger } from './adversary.ts'
import {
  type Instance,
  liePath,
  moveBound,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  setTable,
  type Table,
} from './alphabetGame.ts'
import { disputeFault, escrowFault } from './invariants.ts'
import {
  type Arena,
  closing,
  duties,
  honestAddress,
  legalMoves,
  type Move,
  secondsToCome,
} from './legalMoves.ts'
import { noteReached, type Tally } from './tally.ts'

/** One task as random play has it: calls are made, time passes, and after every call all is checked that must hold. */
export interface Setting {
  readonly instance: Instance
  readonly lies: readonly (readonly number[])[]
  readonly seed: number
}

/** What is played: the service, the time, and who is honest. */
export interface World {
  readonly tally: Tally
  readonly arena: Arena
  state: ServiceState
  now: Seconds
}

/** What is expected of it, from the calls alone: who has paid and got how much, and what is over for good. */
export interface Ledger {
  readonly gained: Map<Address, Wei>
  readonly over: Map<Id, string>
}

const kindsOver = (state: ServiceState): readonly (readonly [Id, string])[] => [
  ...[...state.claims].flatMap(([id, { kind }]) => (kind === 'Pending' ? [] : [[id, kind] as const])),
  ...[...state.disputes].flatMap(([id, { kind }]) => (kind === 'Running' ? [] : [[id, kind] as const])),
]

const byTimeout = (dispute: DisputeState): boolean => dispute.kind === 'Decided' && dispute.by === 'timeout'

/** PROGRESS-1: a dissection shrinks what is disputed, a descent lowers the phase. */
const progressFault = ({ call }: Move, after: ServiceState): string | undefined => {
  if (call.kind !== 'Move') return undefined
  const dispute = after.disputes.get(call.disputeId)!
  if (dispute.kind !== 'Running') return undefined
  const { phase, length, roots } = dispute.position
  const longest = Math.ceil(length / (roots.length - 1))
  const shrunk = phase === call.opening.phase && longest < segmentLength(call.opening)
  return shrunk || phase === call.opening.phase + 1 ? undefined : `no progress in phase ${phase}`
}

/** Makes a call that the rules must take, and checks all that must hold after every call. */
export const make = (world: World, ledger: Ledger, made: Move): void => {
  const { arena } = world
  const result = applyCall(world.state, made.call, made.context)
  expect(result.ok ? 'accepted' : result.rejection).toBe('accepted')
  if (!result.ok) return
  const { state, paidWei } = result.value
  const { sender, valueWei, now } = made.context
  ledger.gained.set(sender, (ledger.gained.get(sender) ?? 0n) + paidWei - valueWei)
  expect(escrowFault(state)).toBeUndefined()
  const held = [...ledger.gained.values()].reduce((sum, wei) => sum - wei, 0n)
  expect(state.balanceWei).toBe(held)
  // ABSORB-1: what is over stays as it is.
  for (const [id, kind] of ledger.over)
    expect((state.claims.get(id) ?? state.disputes.get(id))?.kind).toBe(kind)
  for (const [id, kind] of kindsOver(state)) ledger.over.set(id, kind)
  expect(progressFault(made, state)).toBeUndefined()
  for (const [id, dispute] of state.disputes) {
    if (dispute === world.state.disputes.get(id)) continue
    expect(dispute.moves).toBeLessThanOrEqual(moveBound(arena.table.instance) + (byTimeout(dispute) ? 1 : 0))
    if (dispute.kind === 'Running' && isOfHonest(arena, dispute, state.claims.get(dispute.claim)!.claim)) {
      const honestMoved = dispute.clocks.turn !== arena.honest
      expect(disputeFault(dispute.position, honestMoved, arena.table.trueRun)).toBeUndefined()
    }
  }
  noteReached(world.tally, made.call, world.state, state)
  world.state = state
  world.now = Math.max(world.now, now)
}

/** Whether the honest party is in it, on the side of the truth. */
const isOfHonest = (arena: Arena, dispute: DisputeState, claim: Claim): boolean =>
  arena.honest !== undefined &&
  dispute[arena.honest] === honestAddress(arena) &&
  isFalseClaim(arena.table, claim) === (arena.honest === 'challenger')

export const isFalseClaim = ({ trueRun }: Table, { length, endRoot }: Claim): boolean =>
  trueRun.rootsAt([length])[0] !== endRoot

/** Time passes, and the honest party does in time what it has to do: in the last second, where nothing else made it. */
export const passTo = (world: World, ledger: Ledger, second: Seconds): void => {
  for (;;) {
    const due = duties(world.arena, world)
      .filter(({ by }) => by < second)
      .sort((one, other) => one.by - other.by)[0]
    if (due === undefined) break
    make(world, ledger, due.at(due.by))
  }
  world.now = Math.max(world.now, second)
}

export const setUp = ({ instance, lies, seed }: Setting, honest: Party | undefined, reached: Tally) => {
  const table = setTable(instance)
  const claims = [undefined, ...lies.map((lie) => liePath(table, lie))].map((path) => {
    let prepared: PreparedClaim | undefined
    return () => {
      prepared ??= serverOf(table, path).prepared
      return prepared
    }
  })
  const arena: Arena = { table, honest, claims, forge: forger(table, choices(seed)) }
  const { request, feeWei } = table.requester
  const world: World = { arena, tally: reached, state: table.state, now: START }
  const ledger: Ledger = { gained: new Map(), over: new Map() }
  make(world, ledger, { call: request, context: { sender: REQUESTER, valueWei: feeWei, now: START } })
  if (honest === 'asserter') {
    const call = { kind: 'Claim', taskId: table.task, nonce: 0, ...claims[0]!() } as const
    const valueWei = instance.parameters.claimBondWei
    make(world, ledger, { call, context: { sender: SERVER, valueWei, now: START } })
  }
  return { model: ledger, real: world }
}

/** So many replies more does everybody make before nobody but the honest party does, so that disputes get deep. */
const LAST_REPLIES = 60

/** The first reply that anybody can make in a dispute. */
const anyReply = ({ arena, ...view }: World): Move | undefined => {
  for (const made of legalMoves(arena, view)) {
    const move = made()
    if (move?.call.kind === 'Move') return move
  }
  return undefined
}

/** Disputes are played on; then nobody but the honest party moves any more, and anybody may close what is over. */
export const finish = (world: World, ledger: Ledger): void => {
  for (let left = LAST_REPLIES; left > 0; left--) {
    const reply = anyReply(world)
    if (reply === undefined) break
    make(world, ledger, reply)
  }
  for (;;) {
    const due = duties(world.arena, world)[0]?.at(world.now) ?? closing(world.arena, world)[0]
    if (due !== undefined) {
      make(world, ledger, due)
      continue
    }
    const [next] = secondsToCome(world.arena, world)
    if (next === undefined) return
    passTo(world, ledger, next)
  }
}
