import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../commitments/bytes.ts'
import type { Party } from '../../game/clocks.ts'
import { cutPoints, segmentCount } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import { applyCall } from '../../service/apply.ts'
import type { Call } from '../../service/calls.ts'
import type { DisputeState, ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import type { Wei } from '../../setting/parameters.ts'
import { traceAt } from '../../strategies/honest.ts'
import { adversary } from './adversary.ts'
import {
  type Instance,
  instances,
  liePath,
  moveBound,
  OUTSIDER,
  playTask,
  REQUESTER,
  SERVER,
  serverOf,
  serverPlayer,
  setTable,
  type Table,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from './alphabetGame.ts'
import { escrowFault } from './invariants.ts'
import type { Player, Step } from './play.ts'
import { refusalOf } from './refusal.ts'
import { noteReached, type Tally, tally } from './tally.ts'

const RUNS = 300

const seeds = fc.nat()
const lies = fc.array(fc.nat(), { minLength: 3, maxLength: 3 })
const patience = fc.option(fc.nat({ max: 4 }), { nil: undefined })

const outcome = (state: ServiceState) => ({
  claim: [...state.claims.values()][0]?.kind,
  dispute: [...state.disputes.values()][0],
})

/** Checks what must hold after every call of every game, whoever plays. */
const watch =
  (instance: Instance) =>
  ({ applied, before, context }: Step): void => {
    expect(escrowFault(applied.state)).toBeUndefined()
    for (const [id, dispute] of applied.state.disputes)
      clockFault(before.disputes.get(id), dispute, context.now)
    // One more than the bound: a timeout may take the place of any move, after the last one too.
    for (const dispute of applied.state.disputes.values())
      expect(dispute.moves).toBeLessThanOrEqual(moveBound(instance) + (byTimeout(dispute) ? 1 : 0))
  }

/** CLOCK-2: whoever moved paid for the time since it came to move, to the second, and its opponent for none. */
const clockFault = (before: DisputeState | undefined, after: DisputeState, now: number): void => {
  if (before?.kind !== 'Running' || after.kind !== 'Running' || before === after) return
  const { turn, turnSince, left } = before.clocks
  expect(after.clocks).toEqual({
    turn: turn === 'asserter' ? 'challenger' : 'asserter',
    turnSince: now,
    left: { ...left, [turn]: left[turn] - (now - turnSince) },
  })
}

const byTimeout = (dispute: DisputeState): boolean => dispute.kind === 'Decided' && dispute.by === 'timeout'

const watched = (
  table: Table,
  asserter: Player,
  challenger: Player,
  reached: Tally = tally(),
): ServiceState => {
  const gained = new Map<Address, Wei>([
    [REQUESTER, 0n],
    [SERVER, 0n],
    [VERIFIER, 0n],
  ])
  const state = playTask(table, asserter, challenger, (step) => {
    watch(table.instance)(step)
    noteReached(reached, step.intent.call, step.before, step.applied.state)
    const { sender, valueWei } = step.context
    gained.set(sender, gained.get(sender)! + step.applied.paidWei - valueWei)
  })
  expect(Object.fromEntries(gained)).toEqual(due(table, state))
  return state
}

/**
 * ESCROW-3: what each party has gained once all is over, from the outcome alone.
 * Rationale: a deposit that is paid out to the wrong party, twice or never makes honesty a loss.
 */
const due = (table: Table, state: ServiceState): Record<Address, Wei> => {
  const { claimBondWei, disputeBondWei } = table.instance.parameters
  // Half of a dispute's bond burns at its opening, and half of a claim's when it falls.
  const [reward, share] = [claimBondWei / 2n, disputeBondWei / 2n]
  const { feeWei } = table.requester
  const { claim, dispute } = outcome(state)
  if (claim === 'Refuted') return { [REQUESTER]: 0n, [SERVER]: -claimBondWei, [VERIFIER]: reward - share }
  return dispute === undefined
    ? { [REQUESTER]: -feeWei, [SERVER]: feeWei, [VERIFIER]: 0n }
    : { [REQUESTER]: -feeWei, [SERVER]: feeWei + share, [VERIFIER]: -disputeBondWei }
}

/** What each suite of whole disputes must have seen: every kind of move in every phase, and both ways to win. */
const leastOf = (winner: Party): Readonly<Record<string, number>> => ({
  'open by Dissect': 200,
  'open by Descend': 7,
  'open by Arbitrate': 1,
  'Dissect in phase 0': 50,
  'Dissect in phase 1': 40,
  'Dissect in phase 2': 10,
  'Descend in phase 0': 50,
  'Descend in phase 1': 20,
  'Arbitrate in phase 0': 30,
  'Arbitrate in phase 1': 30,
  'Arbitrate in phase 2': 12,
  [`${winner} won by arbitration`]: 100,
  [`${winner} won by timeout`]: 8,
})

describe('the game on the alphabet tower', () => {
  /** Rationale: a server that told the truth must never lose its bond, whatever a challenger does. */
  test('SAFE-1 an honest asserter is never refuted by a liar that plays from a damaged trace', () => {
    const reached = tally()
    fc.assert(
      fc.property(instances, lies, patience, (instance, choices, silentAfter) => {
        const table = setTable(instance)
        const liar = verifierOf(table, liePath(table, choices), silentAfter)
        const { claim, dispute } = outcome(
          watched(table, serverPlayer(serverOf(table)), verifierPlayer(liar), reached),
        )
        expect(claim).toBe('Final')
        expect(dispute).toMatchObject({ kind: 'Decided', winner: 'asserter' })
      }),
      { numRuns: RUNS },
    )
    reached.expectAtLeast(leastOf('asserter'))
  })

  test('SAFE-1 an honest asserter is never refuted by an adversary that makes any moves it likes', () => {
    const reached = tally()
    fc.assert(
      fc.property(instances, seeds, fc.constantFrom(0, 10), (instance, seed, quits) => {
        const table = setTable(instance)
        const any = adversary(table, VERIFIER, 'challenger', seed, quits)
        const { claim, dispute } = outcome(watched(table, serverPlayer(serverOf(table)), any, reached))
        expect(claim).toBe('Final')
        if (dispute) expect(dispute).toMatchObject({ winner: 'asserter' })
      }),
      { numRuns: RUNS },
    )
    reached.expectAtLeast(leastOf('asserter'))
  })

  /** Rationale: one honest verifier is enough; a false claim that it disputes must fall. */
  test('SAFE-2 an honest challenger always refutes a liar that plays from a damaged trace', () => {
    const reached = tally()
    fc.assert(
      fc.property(instances, lies, patience, (instance, choices, silentAfter) => {
        const table = setTable(instance)
        const liar = serverOf(table, liePath(table, choices), silentAfter)
        const { claim, dispute } = outcome(
          watched(table, serverPlayer(liar), verifierPlayer(verifierOf(table)), reached),
        )
        expect(claim).toBe('Refuted')
        expect(dispute).toMatchObject({ kind: 'Decided', winner: 'challenger' })
      }),
      { numRuns: RUNS },
    )
    reached.expectAtLeast(leastOf('challenger'))
  })

  test('SAFE-2 an honest challenger always refutes an adversary that makes any moves it likes', () => {
    const reached = tally()
    fc.assert(
      fc.property(instances, lies, seeds, fc.constantFrom(0, 10), (instance, choices, seed, quits) => {
        const table = setTable(instance)
        const liar = serverPlayer(serverOf(table, liePath(table, choices)))
        const any = adversary(table, SERVER, 'asserter', seed, quits)
        // It claims as the liar does, plays as it likes, and leaves the rest to the liar's strategy.
        const server: Player = {
          address: SERVER,
          act: (view) => {
            const disputed = [...view.state.disputes.values()].some(({ kind }) => kind === 'Running')
            return disputed ? any.act(view) : liar.act(view)
          },
        }
        const { claim, dispute } = outcome(watched(table, server, verifierPlayer(verifierOf(table)), reached))
        expect(claim).toBe('Refuted')
        expect(dispute).toMatchObject({ kind: 'Decided', winner: 'challenger' })
      }),
      { numRuns: RUNS },
    )
    reached.expectAtLeast(leastOf('challenger'))
  })

  /** Rationale: a verifier that agrees has nothing to win; a claim that nobody disputes becomes final. */
  test('SAFE-3 an honest verifier leaves a true claim alone', () => {
    fc.assert(
      fc.property(instances, (instance) => {
        const table = setTable(instance)
        const state = watched(table, serverPlayer(serverOf(table)), verifierPlayer(verifierOf(table)))
        expect(outcome(state)).toEqual({ claim: 'Final', dispute: undefined })
      }),
      { numRuns: 50 },
    )
  })

  /** Rationale: outside the assumption the game promises nothing; a test that cannot see that proves nothing. */
  test('SAFE-1 fails where nobody is honest: a silent server with a true claim is refuted', () => {
    const instance: Instance = {
      tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
      parameters: {
        arity: 2,
        clockSeconds: 60,
        descentSeconds: 0,
        windowSeconds: 600,
        claimBondWei: 1000n,
        disputeBondWei: 800n,
        burnBasisPoints: 5000,
        disputesAtOnce: 4,
        mostMoves: 200,
        inclusionSeconds: 0,
      },
      seed: 1,
    }
    const table = setTable(instance)
    const silent = serverPlayer(serverOf(table, undefined, 0))
    const { claim } = outcome(watched(table, silent, verifierPlayer(verifierOf(table, [1, 2]))))
    expect(claim).toBe('Refuted')
  })
})

/** Every move of a game between a lying server and an honest verifier, with the state that it was made in. */
const movesOf = (table: Table, lie: readonly number[]): readonly Step[] => {
  const steps: Step[] = []
  playTask(table, serverPlayer(serverOf(table, lie)), verifierPlayer(verifierOf(table)), (step) =>
    steps.push(step),
  )
  return steps.filter(({ intent }) => intent.call.kind === 'Move' || intent.call.kind === 'Open')
}

const withReply = (call: Call, change: (reply: Reply) => Reply): Call =>
  call.kind === 'Move' || call.kind === 'Open' ? { ...call, reply: change(call.reply) } : call

const flip = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte))

const refusal = ({ before, context }: Step, call: Call): string => {
  const frozen = snapshot(before)
  const result = applyCall(before, call, context)
  // REFUSE-1: a refused call leaves the state as it was.
  expect(snapshot(before)).toBe(frozen)
  return refusalOf(result)
}

/** All of a state, in an order that does not depend on objects' identities. */
const snapshot = (state: ServiceState): string =>
  JSON.stringify(state, (_, value) =>
    value instanceof Map
      ? [...value]
      : typeof value === 'bigint'
        ? `${value}n`
        : value instanceof Uint8Array
          ? toHex(value)
          : value,
  )

describe('moves that must be refused', () => {
  const gamesOn = (given: fc.Arbitrary<Instance>) =>
    fc.tuple(given, lies).map(([instance, choices]) => {
      const table = setTable(instance)
      return { table, moves: movesOf(table, liePath(table, choices)) }
    })
  const games = gamesOn(instances)
  /** A run of one step above others: whoever opens the dispute must descend. */
  const openedByDescent = gamesOn(
    instances.map((instance) => {
      const [, ...lengths] = instance.tower.lengths
      return { ...instance, tower: { ...instance.tower, lengths: [1, ...lengths] } }
    }),
  )

  /** Rationale: if a descent could start or end elsewhere, a liar would prove a step that is not in dispute. */
  test('DESCENT-1, DESCENT-2 a descent from any other start or to any other end is refused', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.oneof(games, openedByDescent), fc.nat(), ({ table, moves }, at) => {
        for (const step of moves) {
          const { call } = step.intent
          if (!('reply' in call) || call.reply.kind !== 'Descend') continue
          // A descent's witness is the pre-state, then the end of the run below: one letter each.
          const withByte = (from: number) =>
            withReply(call, (reply) =>
              reply.kind === 'Descend'
                ? { ...reply, witness: flip(reply.witness, from + (at % (reply.witness.length / 2))) }
                : reply,
            )
          const otherStart = withByte(0)
          const otherEnd = withByte(call.reply.witness.length / 2)
          const otherLast = withReply(call, (reply) =>
            reply.kind === 'Descend'
              ? { ...reply, roots: [...reply.roots.slice(0, -1), table.trueRun.rootsAt([0])[0]!] }
              : reply,
          )
          const refusals = [otherStart, otherEnd, otherLast].map((other) => refusal(step, other))
          expect(refusals).toEqual(['PreStateMismatch', 'EndMismatch', 'EndMismatch'])
          seen.add(call.kind)
        }
      }),
      { numRuns: RUNS },
    )
    expect([...seen].sort()).toEqual(['Move', 'Open'])
  })

  /** Rationale: a mover that hands the opponent's end back leaves it without a segment that it could dispute. */
  test('BISECT-2 the end that is disputed may not be asserted again', () => {
    let checked = 0
    fc.assert(
      fc.property(games, ({ moves }) => {
        for (const step of moves) {
          const { call } = step.intent
          if (!('reply' in call) || call.reply.kind !== 'Dissect') continue
          const claim = [...step.before.claims.values()][0]!.claim
          const end = call.kind === 'Move' ? call.opening.end : claim.endRoot
          const again = withReply(call, (reply) =>
            reply.kind === 'Dissect' ? { ...reply, roots: [...reply.roots.slice(0, -1), end] } : reply,
          )
          expect(refusal(step, again)).toBe('SameEnd')
          checked++
        }
      }),
      { numRuns: RUNS },
    )
    expect(checked).toBeGreaterThan(0)
  })

  /** Rationale: as above, one floor down: a run whose end leads to the opponent's post-state disputes nothing. */
  test('DESCENT-3 a descent that leads to the disputed end itself is refused', () => {
    let checked = 0
    fc.assert(
      fc.property(instances, lies, (instance, choices) => {
        const table = setTable(instance)
        const lie = liePath(table, choices)
        const traces = { [SERVER]: table.trueRun, [VERIFIER]: table.storey.run(table.start, lie) }
        for (const step of movesOf(table, lie)) {
          const { call } = step.intent
          if (!('reply' in call) || call.reply.kind !== 'Descend') continue
          const dispute = step.applied.state.disputes.get(step.applied.id!)!
          if (dispute.kind !== 'Running') throw new Error('a descent decides nothing')
          // The run that the opponent stands by: its end is the one that the mover must not hand back.
          const above = traceAt(traces[step.context.sender]!, dispute.position.at.slice(0, -1))
          if (above.kind === 'last') throw new Error('nothing lies below the last phase')
          const { below, witness } = above.descend(dispute.position.at.at(-2)!)
          const points = cutPoints(below.length, segmentCount(below.length, instance.parameters.arity))
          const theirs: Reply = {
            kind: 'Descend',
            length: below.length,
            roots: below.rootsAt(points.slice(1)),
            witness,
          }
          expect(
            refusal(
              step,
              withReply(call, () => theirs),
            ),
          ).toBe('SameEnd')
          checked++
        }
      }),
      { numRuns: 100 },
    )
    expect(checked).toBeGreaterThan(0)
  })

  /** Rationale: the vector's own roots are what the next reply opens; too few or too many leave a segment open. */
  test('BISECT-1 a vector with another number of roots is refused', () => {
    fc.assert(
      fc.property(games, ({ moves }) => {
        for (const step of moves) {
          const { call } = step.intent
          if (!('reply' in call) || call.reply.kind === 'Arbitrate') continue
          const longer = withReply(call, (reply) =>
            reply.kind === 'Arbitrate' ? reply : { ...reply, roots: [reply.roots[0]!, ...reply.roots] },
          )
          expect(refusal(step, longer)).toBe('RootCountMismatch')
        }
      }),
      { numRuns: 100 },
    )
  })

  /** Rationale: a move answers one state; after a reorganisation the same move must not answer another. */
  test('BIND-1 a move whose opening is not of this very position is refused', () => {
    fc.assert(
      fc.property(games, fc.nat(), ({ moves }, at) => {
        for (const step of moves) {
          const { call } = step.intent
          if (call.kind !== 'Move') continue
          const { opening } = call
          const root = opening.siblings[0] ?? opening.start
          const others = [
            { ...opening, phase: opening.phase + 1 },
            { ...opening, length: opening.length + 1 },
            { ...opening, segments: opening.segments + 1 },
            { ...opening, segment: opening.segment + 1 },
            { ...opening, segment: 255 },
            { ...opening, start: opening.end },
            { ...opening, end: opening.start },
            { ...opening, siblings: [...opening.siblings, root] },
            { ...opening, siblings: opening.siblings.slice(0, -1) },
            {
              ...opening,
              siblings: opening.siblings.map((s, i) =>
                i === at % opening.siblings.length ? opening.start : s,
              ),
            },
          ]
          const isSame = (other: typeof opening) => JSON.stringify(other) === JSON.stringify(opening)
          for (const other of others.filter((candidate) => !isSame(candidate)))
            expect(refusal(step, { ...call, opening: other })).toBe('StateMismatch')
        }
      }),
      { numRuns: 100 },
    )
  })

  /** Rationale: who may move, and until when, is what makes a timeout mean something. */
  test('CLOCK-1, TURN-1 a late move and a move of anybody else are refused, and a timeout only when late', () => {
    fc.assert(
      fc.property(games, ({ moves }) => {
        for (const step of moves) {
          const { call } = step.intent
          if (call.kind !== 'Move') continue
          const { disputeId } = call
          const dispute = step.before.disputes.get(disputeId)!
          if (dispute.kind !== 'Running') throw new Error('a move in a dispute that is over')
          const { clocks } = dispute
          const last = clocks.turnSince + clocks.left[clocks.turn]
          const at = (now: number): Step => ({ ...step, context: { ...step.context, now } })
          const opponent = clocks.turn === 'asserter' ? VERIFIER : SERVER
          const by = (sender: typeof SERVER): Step => ({ ...step, context: { ...step.context, sender } })
          const late: Call = { kind: 'Timeout', disputeId }
          expect(refusal(at(last), call)).toBe('accepted')
          expect(refusal(at(last + 1), call)).toBe('ClockExpired')
          expect(refusal(by(opponent), call)).toBe('NotYourTurn')
          expect(refusal(by(OUTSIDER), call)).toBe('NotYourTurn')
          expect(refusal(at(last), late)).toBe('ClockNotExpired')
          expect(refusal(at(last + 1), late)).toBe('accepted')
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the alphabet tower', () => {
  /** Rationale: the chain sees roots only; its rules must say of roots what the descent says of states. */
  test('TOWER-1 enterRoot and exitRoot commute with the descent, and a step with the run below it', () => {
    fc.assert(
      fc.property(instances, lies, (instance, choices) => {
        const table = setTable(instance)
        const path = liePath(table, choices)
        for (let depth = 0; depth < table.rules.phases.length - 1; depth++) {
          const trace = traceAt(table.trueRun, [...path.slice(0, depth), 0])
          if (trace.kind === 'last') throw new Error('a phase below the last')
          const step = path[depth]!
          const [pre, post] = trace.rootsAt([step, step + 1])
          const { below, witness } = trace.descend(step)
          const [start, end] = below.rootsAt([0, below.length])
          const rules = table.rules.descents[depth]!
          expect(rules.enterRoot(pre!, witness)).toEqual({ ok: true, value: start })
          expect(rules.exitRoot(pre!, end!, below.length, witness)).toEqual({ ok: true, value: post })
        }
        const last = traceAt(table.trueRun, [...path.slice(0, -1), 0])
        if (last.kind !== 'last') throw new Error('the path ends above the last phase')
        const [pre, post] = last.rootsAt([path.at(-1)!, path.at(-1)! + 1])
        expect(table.rules.arbiter.stepRoot(pre!, last.stepWitness(path.at(-1)!))).toEqual({
          ok: true,
          value: post,
        })
      }),
      { numRuns: RUNS },
    )
  })
})
