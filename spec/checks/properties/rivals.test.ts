import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Id } from '../../commitments/hash.ts'
import { openSegment } from '../../game/position.ts'
import type { Call } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { claimSeconds, settlementSeconds } from '../../setting/times.ts'
import { requesterActs } from '../../strategies/parties.ts'
import {
  type Instance,
  instances,
  liePath,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  type Table,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from './alphabetGame.ts'
import { accepted, at, refused } from './attempt.ts'
import { escrowFault } from './invariants.ts'
import { BLOCK_SECONDS, type Player, play } from './play.ts'
import { noteReached, type Tally, tally } from './tally.ts'

/** Several claims on one task, and several disputes about one claim: they run side by side, and none waits. */
const address = (n: number): Address => `0x${n.toString(16).padStart(40, 'f')}`

/** How many liars there are, and whether each falls silent as soon as it can. */
interface Swarm {
  readonly instance: Instance
  readonly lies: readonly { readonly path: readonly number[]; readonly silent: boolean }[]
  readonly challengers: readonly { readonly path: readonly number[]; readonly silent: boolean }[]
  /** Whether the liars are asked before the honest at each block. */
  readonly liarsFirst: boolean
}

const liar = fc.record({
  path: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
  silent: fc.boolean(),
})

const swarms: fc.Arbitrary<Swarm> = fc.record({
  instance: instances,
  lies: fc.array(liar, { maxLength: 3 }),
  challengers: fc.array(liar, { maxLength: 3 }),
  liarsFirst: fc.boolean(),
})

const silence = (silent: boolean) => (silent ? { silentAfter: 0 } : {})

/** Servers with false claims, and challengers that dispute whatever their own false runs contradict. */
const liars = (table: Table, { lies, challengers }: Swarm): readonly Player[] => [
  ...lies.map(({ path, silent }, i) =>
    serverPlayer({
      ...serverOf(table, liePath(table, path)),
      address: address(0x10 + i),
      ...silence(silent),
    }),
  ),
  ...challengers.map(({ path, silent }, i) =>
    verifierPlayer({
      ...verifierOf(table, liePath(table, path)),
      address: address(0x20 + i),
      ...silence(silent),
    }),
  ),
]

interface Ending {
  readonly state: ServiceState
  /** When each claim was made, and when it became final or was refuted. */
  readonly made: ReadonlyMap<Id, number>
  readonly over: ReadonlyMap<Id, number>
}

const playSwarm = (table: Table, swarm: Swarm, honest: readonly Player[], reached: Tally): Ending => {
  const [made, over] = [new Map<Id, number>(), new Map<Id, number>()]
  const others = liars(table, swarm)
  const requester: Player = { address: REQUESTER, act: (view) => requesterActs(view, table.requester) }
  const players = swarm.liarsFirst ? [...others, ...honest, requester] : [...honest, ...others, requester]
  const state = play(table.state, START, table.task, players, ({ intent, context, before, applied }) => {
    noteReached(reached, intent.call, before, applied.state)
    for (const [id, { kind }] of applied.state.claims) {
      if (!made.has(id)) made.set(id, context.now)
      if (kind !== 'Pending' && !over.has(id)) over.set(id, context.now)
    }
    expect(escrowFault(applied.state)).toBeUndefined()
  })
  return { state, made, over }
}

const claimBy = (state: ServiceState, server: Address) =>
  [...state.claims].find(([, { claim }]) => claim.server === server)!

/** What swarms must have come to: claims and disputes side by side, won both ways and drawn. */
const LEAST_LIES: Readonly<Record<string, number>> = {
  'a rival': 8,
  'a dispute beside another': 20,
  'challenger won by arbitration': 8,
  'challenger won by timeout': 8,
  draw: 10,
  expire: 20,
}
const LEAST_RIVALS: Readonly<Record<string, number>> = {
  'a rival': 30,
  'a dispute beside another': 60,
  'asserter won by arbitration': 20,
  'asserter won by timeout': 10,
  'challenger won by arbitration': 12,
  'challenger won by timeout': 12,
  draw: 15,
  passClaim: 12,
  collect: 7,
  finalize: 60,
}

describe('rival claims and parallel disputes', () => {
  /**
   * Rationale: the published prototype had one dispute a claim, so that an accomplice could keep an honest verifier
   * out. Here whoever is honest meets each opponent alone, and the others change nothing for it.
   */
  test('RIVAL-1 an honest claim becomes final and every false one falls, whatever rivals and swarms do', () => {
    const reached = tally()
    fc.assert(
      fc.property(swarms, (swarm) => {
        const table = setTable(swarm.instance)
        const honest = [serverPlayer(serverOf(table)), verifierPlayer(verifierOf(table))]
        const { state, made, over } = playSwarm(table, swarm, honest, reached)
        const [id] = claimBy(state, SERVER)
        const { outputRoot, endRoot } = state.claims.get(id)!.claim
        for (const [, { kind, claim }] of state.claims)
          expect(kind).toBe(claim.endRoot === endRoot ? 'Final' : 'Refuted')
        const task = state.tasks.get(table.task)!
        expect(task.kind).toBe('Settled')
        if (task.kind === 'Settled') expect(state.claims.get(task.claim)!.claim.outputRoot).toBe(outputRoot)
        // Nobody waits longer than for its own claim; the slack is the calls that wait for a block of their own.
        const calls = 4 * (swarm.lies.length + 1) * (swarm.challengers.length + 1) * 40
        const bound = claimSeconds(swarm.instance.parameters, table.rules.phases.length)
        expect(over.get(id)! - made.get(id)!).toBeLessThanOrEqual(bound + BLOCK_SECONDS * calls)
        // Nothing is left in the contract but what was burned.
        expect(state.balanceWei).toBe(state.burnedWei)
      }),
      { numRuns: 60 },
    )
    reached.expectAtLeast(LEAST_RIVALS)
  })

  /** Rationale: if only false claims come, the requester must not lose its fee to nobody. */
  test('RIVAL-2 a task whose claims were all refuted gives its fee back', () => {
    const reached = tally()
    fc.assert(
      fc.property(swarms, (swarm) => {
        const table = setTable(swarm.instance)
        const { state } = playSwarm(table, swarm, [verifierPlayer(verifierOf(table))], reached)
        const kinds = [...state.claims.values()].map(({ kind }) => kind)
        const trueEnd = serverOf(table).prepared.endRoot
        fc.pre([...state.claims.values()].every(({ claim }) => claim.endRoot !== trueEnd))
        expect(kinds.every((kind) => kind === 'Refuted')).toBe(true)
        expect(state.tasks.get(table.task)!.kind).toBe('Expired')
        expect(state.balanceWei).toBe(state.burnedWei)
      }),
      { numRuns: 40 },
    )
    reached.expectAtLeast(LEAST_LIES)
  })
})

describe('call by call', () => {
  const INSTANCE: Instance = {
    tower: { lengths: [], lastLengths: [4], stepLimit: 4 },
    parameters: {
      arity: 2,
      clockSeconds: 600,
      descentSeconds: 0,
      windowSeconds: 1200,
      claimBondWei: 1000n,
      disputeBondWei: 800n,
      burnBasisPoints: 2500,
      disputesAtOnce: 4,
      mostMoves: 200,
      inclusionSeconds: 0,
    },
    seed: 1,
  }
  const [BOND, DISPUTE_BOND, FEE] = [1000n, 800n, 100n]
  const [RIVAL, SECOND] = [address(1), address(2)]

  /** A task with a true claim by `SERVER` and a false one by `RIVAL`, a block later. */
  const rivals = () => {
    const table = setTable(INSTANCE)
    const requested = accepted(table.state, table.requester.request, at(REQUESTER, START, FEE)).state
    const claimOf = (lie?: readonly number[]) =>
      ({ kind: 'Claim', taskId: table.task, nonce: 0, ...serverOf(table, lie).prepared }) as const
    const first = accepted(requested, claimOf(), at(SERVER, START + 12, BOND))
    const second = accepted(first.state, claimOf([1]), at(RIVAL, START + 24, BOND))
    return { table, state: second.state, truth: first.id!, lie: second.id!, claimOf }
  }

  /** The honest opening against the false claim. */
  const opening = ({ table, lie }: ReturnType<typeof rivals>): Call => {
    const roots = table.trueRun.rootsAt([2, 4])
    return { kind: 'Open', claimId: lie, nonce: 0, reply: { kind: 'Dissect', roots } }
  }

  test('RIVAL-3 the first final claim settles the task, and each has its bond', () => {
    const { state, truth, lie } = rivals()
    const late = START + 24 + INSTANCE.parameters.windowSeconds + 1
    const first = accepted(state, { kind: 'Finalize', claimId: lie }, at(VERIFIER, late)).state
    const second = accepted(first, { kind: 'Finalize', claimId: truth }, at(VERIFIER, late)).state
    expect([second.credits.get(RIVAL), second.credits.get(SERVER)]).toEqual([BOND, BOND])
    expect(second.tasks.get(state.claims.get(lie)!.claim.taskId)).toMatchObject({
      kind: 'Settled',
      claim: lie,
    })
    expect(second.balanceWei).toBe(2n * BOND + FEE)
  })

  test('RIVAL-4 a settled task takes no further claim, and one of its claims may still be disputed', () => {
    const given = rivals()
    const { state, truth, claimOf } = given
    const late = START + 12 + INSTANCE.parameters.windowSeconds + 1
    const settled = accepted(state, { kind: 'Finalize', claimId: truth }, at(SERVER, late)).state
    expect(refused(settled, claimOf(), at(SECOND, late, BOND))).toBe('TaskNotOpen')
    expect(refused(settled, opening(given), at(VERIFIER, late, DISPUTE_BOND))).toBe('accepted')
  })

  test('RIVAL-5 the fee goes back once, and a claim that is final after that has its bond alone', () => {
    const { table, state, truth, lie } = rivals()
    const last = table.requester.request.deadline + settlementSeconds(INSTANCE.parameters, 1)
    const expire: Call = { kind: 'Expire', taskId: table.task }
    const expired = accepted(state, expire, at(REQUESTER, last + 1)).state
    const first = accepted(expired, { kind: 'Finalize', claimId: truth }, at(SERVER, last + 1)).state
    const second = accepted(first, { kind: 'Finalize', claimId: lie }, at(RIVAL, last + 1)).state
    expect(second.credits).toEqual(
      new Map([
        [REQUESTER, FEE],
        [SERVER, BOND],
        [RIVAL, BOND],
      ]),
    )
    expect(refused(second, expire, at(REQUESTER, last + 1))).toBe('TaskNotOpen')
  })

  /** Rationale: the first verdict has taken the claim's bond; a second one would pay with somebody else's. */
  test('VOID-1 a claim falls once: its other disputes take no move and no timeout, and are drawn once', () => {
    const given = rivals()
    const now = START + 36
    const one = accepted(given.state, opening(given), at(VERIFIER, now, DISPUTE_BOND))
    const both = accepted(one.state, opening(given), at(SECOND, now, DISPUTE_BOND))
    expect(both.state.claims.get(given.lie)).toMatchObject({ disputes: 2 })
    const refund: Call = { kind: 'Draw', disputeId: both.id! }
    expect(refused(both.state, refund, at(SECOND, now))).toBe('ClaimNotRefuted')
    const late = now + INSTANCE.parameters.clockSeconds + 1
    const timeout = (disputeId: Id): Call => ({ kind: 'Timeout', disputeId })
    const fallen = accepted(both.state, timeout(one.id!), at(VERIFIER, late)).state
    expect(refused(fallen, timeout(both.id!), at(SECOND, late))).toBe('ClaimNotOpen')
    const roots = given.table.trueRun.rootsAt([1, 2])
    const running = fallen.disputes.get(both.id!)!
    if (running.kind !== 'Running') throw new Error('not running')
    const move: Call = {
      kind: 'Move',
      disputeId: both.id!,
      opening: openSegment(running.position, 0),
      reply: { kind: 'Dissect', roots },
    }
    expect(refused(fallen, move, at(RIVAL, now))).toBe('ClaimNotOpen')
    expect(refused(fallen, opening(given), at(address(3), now, DISPUTE_BOND))).toBe('ClaimNotOpen')
    const drawn = accepted(fallen, refund, at(address(3), late)).state
    // What is left of its bond, and half of what is left of the claim's.
    expect(drawn.credits.get(SECOND)).toBe(600n + 375n)
    expect(drawn.disputes.get(both.id!)!.kind).toBe('Drawn')
    for (const again of [refund, timeout(both.id!)])
      expect(refused(drawn, again, at(SECOND, late))).toBe('DisputeOver')
    expect(refused(drawn, { kind: 'Draw', disputeId: one.id! }, at(SECOND, late))).toBe('DisputeOver')
    expect(escrowFault(drawn)).toBeUndefined()
  })

  /** Rationale: an asserter that has won one dispute must still reply in the others before it is paid. */
  test('VOID-2 a claim is final only when each of its disputes is over', () => {
    const given = rivals()
    const one = accepted(given.state, opening(given), at(VERIFIER, START + 36, DISPUTE_BOND))
    const both = accepted(one.state, opening(given), at(SECOND, START + 36, DISPUTE_BOND))
    const { lie, table } = given
    const liar = table.storey.run(table.start, [1])
    const roots = liar.rootsAt([1, 2])
    // The asserter answers the first dispute alone, whose challenger falls silent.
    const running = both.state.disputes.get(one.id!)!
    if (running.kind !== 'Running') throw new Error('not running')
    const opening0 = openSegment(running.position, 0)
    const reply = { kind: 'Dissect', roots } as const
    const replied = accepted(
      both.state,
      { kind: 'Move', disputeId: one.id!, opening: opening0, reply },
      at(RIVAL, START + 48),
    ).state
    const late = START + 10_000
    const won = accepted(replied, { kind: 'Timeout', disputeId: one.id! }, at(RIVAL, late)).state
    expect(won.credits.get(RIVAL)).toBe(600n)
    expect(refused(won, { kind: 'Finalize', claimId: lie }, at(RIVAL, late))).toBe('ClaimDisputed')
    const fallen = accepted(won, { kind: 'Timeout', disputeId: both.id! }, at(SECOND, late)).state
    expect(fallen.claims.get(lie)!.kind).toBe('Refuted')
    expect(escrowFault(fallen)).toBeUndefined()
  })
})
