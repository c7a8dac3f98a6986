import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../commitments/bytes.ts'
import type { Party } from '../../game/clocks.ts'
import { applyCall } from '../../service/apply.ts'
import { callName } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'
import { burnedShare } from '../../setting/parameters.ts'
import { type Instance, parametersOf, SERVER } from './alphabetGame.ts'
import { type Illegal, spoil, untimely } from './illegalMoves.ts'
import { honestAddress, legalMoves, secondsToCome } from './legalMoves.ts'
import { BLOCK_SECONDS } from './play.ts'
import { type Tally, tally } from './tally.ts'
import { finish, isFalseClaim, type Ledger, make, passTo, type Setting, setUp, type World } from './world.ts'

/**
 * Random play beyond what can be exhausted: k = 1 to 5, runs of thousands of steps on top, any arity, rival claims and
 * parallel disputes, by commands of two kinds. The n-th legal move goes deep; any other move must be refused for the
 * reason that is expected of it, and change nothing. Time passes to the last second of something, and past it.
 */

/** Instructions of the whole run, all phases together: what a game's true run costs to compute. */
const MAX_INSTRUCTIONS = 6000

const lowerLengths = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })

/** The top run is as long as the product of all runs allows. */
const towers = fc
  .record({
    lower: fc.option(lowerLengths, { nil: undefined }),
    lastLengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
    share: fc.integer({ min: 1, max: 100 }),
    spare: fc.integer({ min: -1, max: 3 }),
    // A top run of a single step is opened by a descent, or at k = 1 by an arbitration.
    isSingle: fc.nat({ max: 3 }).map((n) => n === 0),
  })
  .map(({ lower, lastLengths, share, spare, isSingle }) => {
    const longest = Math.max(...lastLengths)
    const below = (lower ?? []).reduce((product, length) => product * length, 1) * longest
    const top = isSingle ? 1 : Math.max(1, Math.floor((MAX_INSTRUCTIONS * share) / 100 / below))
    if (lower === undefined && isSingle) return { lengths: [], lastLengths: [1], stepLimit: 1 }
    // At k = 1 the one run is as long as others are together.
    if (lower === undefined) return { lengths: [], lastLengths: [60 * share], stepLimit: 60 * share + spare }
    return { lengths: [top, ...lower], lastLengths, stepLimit: Math.max(1, longest + spare) }
  })

const instances: fc.Arbitrary<Instance> = fc
  .record({
    tower: towers,
    arity: fc.oneof(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 64 })),
    seed: fc.nat(),
  })
  .map(({ tower, arity, seed }) => ({ tower, parameters: parametersOf(arity), seed }))

const settings: fc.Arbitrary<Setting> = fc.record({
  instance: instances,
  lies: fc.array(fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 2 }),
  seed: fc.nat(),
})

const frozen = (state: ServiceState): string =>
  JSON.stringify(
    [state.tasks, state.claims, state.disputes, state.credits, state.burnedWei, state.balanceWei],
    (_, value) =>
      value instanceof Map
        ? [...value]
        : typeof value === 'bigint'
          ? `${value}n`
          : value instanceof Uint8Array
            ? toHex(value)
            : value,
  )

type Command = fc.Command<Ledger, World>

/** The n-th legal move, and a block. Where there is none, time passes to the next second that changes something. */
const legal = (n: number): Command => {
  let done = 'nothing'
  return {
    check: () => true,
    run: (ledger, world) => {
      const makers = legalMoves(world.arena, world)
      for (let i = 0; i < makers.length; i++) {
        const made = makers[(n + i) % makers.length]!()
        if (made === undefined) continue
        done = callName(made.call)
        make(world, ledger, made)
        return passTo(world, ledger, world.now + BLOCK_SECONDS)
      }
      const [next] = secondsToCome(world.arena, world)
      if (next !== undefined) passTo(world, ledger, next)
    },
    toString: () => `legal(${n}): ${done}`,
  }
}

/** Any other move: a legal one spoiled in some way, or one that comes at the wrong time. */
const illegal = (n: number, way: number): Command => {
  let done = 'nothing'
  return {
    check: () => true,
    run: (_, world) => {
      const makers = legalMoves(world.arena, world)
      const spoiled = makers.length > 0 ? makers[n % makers.length]!() : undefined
      const moves: readonly Illegal[] = [
        ...(spoiled ? spoil(spoiled, world.arena, world) : []),
        ...untimely(world.arena, world),
      ]
      const { call, context, expected } = moves[way % moves.length]!
      done = `${callName(call)}, ${expected}`
      const before = frozen(world.state)
      const result = applyCall(world.state, call, context)
      world.tally.note(`refused: ${expected}`)
      expect(result.ok ? 'accepted' : result.rejection.reason).toBe(expected)
      expect(frozen(world.state)).toBe(before)
    },
    toString: () => `illegal(${n}, ${way}): ${done}`,
  }
}

/** Time passes to the n-th second that changes something, or to the last one before. */
const wait = (n: number): Command => ({
  check: () => true,
  run: (ledger, world) => {
    const seconds = secondsToCome(world.arena, world)
    if (seconds.length > 0) passTo(world, ledger, seconds[n % seconds.length]!)
  },
  toString: () => `wait(${n})`,
})

const MAX_COMMANDS = 80

/** `OPML_REPLAY` is the replay path that a failure prints. */
const replayPath = process.env['OPML_REPLAY']

const commands = fc.commands(
  [
    fc.nat().map(legal),
    fc.nat().map(legal),
    fc.nat().map(legal),
    fc.nat().map(legal),
    fc.tuple(fc.nat(), fc.nat()).map(([n, way]) => illegal(n, way)),
    fc.tuple(fc.nat(), fc.nat()).map(([n, way]) => illegal(n, way)),
    fc.nat().map(wait),
  ],
  { maxCommands: MAX_COMMANDS, size: 'max', ...(replayPath === undefined ? {} : { replayPath }) },
)

/** What fast-check prints, and one line that plays the very failure again. */
const reporterOf =
  (id: string) =>
  (details: fc.RunDetails<[Setting, Iterable<Command>]>): void => {
    if (!details.failed) return
    const [, replay] = /replayPath="([^"]+)"/.exec(fc.stringify(details.counterexample)) ?? []
    const again = [
      `OPML_SEED=${details.seed} OPML_PATH=${details.counterexamplePath} OPML_REPLAY=${replay}`,
      `npm run test:only -- spec/checks/properties/randomPlay.test.ts -t ${id}`,
    ]
    throw new Error(`${fc.defaultReportMessage(details)}\n\n${again.join(' ')}`, {
      cause: details.errorInstance,
    })
  }

const RUNS = 30

/** Shrinking a failure ends here, with what it has come to. A pass takes a fraction of it. */
const LIMIT_MS = 60_000

/** Plays, finishes, and hands each end to `check`. */
const playAll = (
  id: string,
  honest: Party | undefined,
  check: (world: World, ledger: Ledger) => void,
): Tally => {
  const reached = tally()
  const path = process.env['OPML_PATH']
  fc.assert(
    fc.property(settings, commands, (setting, played) => {
      const setUpOnce = setUp(setting, honest, reached)
      fc.modelRun(() => setUpOnce, played)
      const { real, model } = setUpOnce
      finish(real, model)
      // ESCROW-1: everybody has drawn what is theirs; what is left was burned.
      expect(real.state.balanceWei).toBe(real.state.burnedWei)
      expect([...real.state.claims.values()].filter(({ kind }) => kind === 'Pending')).toEqual([])
      check(real, model)
    }),
    {
      numRuns: RUNS,
      interruptAfterTimeLimit: LIMIT_MS,
      reporter: reporterOf(id),
      ...(path === undefined ? {} : { path }),
    },
  )
  return reached
}

/** What each suite reaches at least: about half of what the least of them does. */
const MINIMA = {
  'Dissect in phase 0': 35,
  'Descend in phase 0': 5,
  'Descend in phase 1': 8,
  'Descend in phase 2': 4,
  'Descend in phase 3': 1,
  'Arbitrate in phase 0': 2,
  'Arbitrate in phase 3': 1,
  'Arbitrate in phase 4': 1,
  arbitrate: 7,
  'open by Dissect': 25,
  'open by Descend': 10,
  'open by Arbitrate': 1,
  'a rival': 17,
  'a dispute beside another': 28,
  'asserter won by arbitration': 3,
  'challenger won by arbitration': 3,
  'asserter won by timeout': 9,
  'challenger won by timeout': 8,
  expire: 1,
  finalize: 6,
  draw: 4,
  passClaim: 3,
  collect: 3,
  withdraw: 40,
  'refused: BondMismatch': 3,
  'refused: ClaimDisputed': 4,
  'refused: ClaimNotOpen': 15,
  'refused: DisputeExists': 9,
  'refused: DisputeOver': 35,
  'refused: LengthInvalid': 2,
  'refused: NothingToWithdraw': 25,
  'refused: RootCountMismatch': 5,
  'refused: SameEnd': 1,
  'refused: StateMismatch': 2,
  'refused: TaskExists': 20,
  'refused: ValueUnexpected': 6,
  'refused: WindowNotOver': 6,
  'refused: WindowOver': 1,
}

describe('random play', () => {
  /** Rationale: rivals, swarms and forged roots at any size must not cost an honest server its bond. */
  test('PLAY-1 an honest asserter’s claim becomes final, and costs it nothing, whatever the others do', () => {
    const reached = playAll('PLAY-1', 'asserter', (world, ledger) => {
      const claims = [...world.state.claims.values()].filter(({ claim }) => claim.server === SERVER)
      expect(claims.map(({ kind }) => kind)).toEqual(['Final'])
      expect(ledger.gained.get(SERVER)).toBeGreaterThanOrEqual(0n)
    })
    reached.expectAtLeast(MINIMA)
  })

  /** Rationale: one honest verifier is enough against any number of false claims at any size. */
  test('PLAY-2 an honest challenger refutes every false claim, and it costs it what its openings burn at most, nothing where it is alone', () => {
    const reached = playAll('PLAY-2', 'challenger', ({ arena, state }, ledger) => {
      const { parameters } = arena.table.instance
      let diluted = 0n
      for (const [id, { claim, kind }] of state.claims) {
        if (!isFalseClaim(arena.table, claim)) continue
        expect(kind).toBe('Refuted')
        const disputes = [...state.disputes.values()].filter((dispute) => dispute.claim === id)
        if (disputes.length > 1) diluted++
      }
      const lost = diluted * burnedShare(parameters, parameters.disputeBondWei)
      expect(ledger.gained.get(honestAddress(arena)!) ?? 0n).toBeGreaterThanOrEqual(-lost)
    })
    reached.expectAtLeast(MINIMA)
  })

  /** Rationale: money and refusals need no honest party. And where there is none, the truth does fall: a canary. */
  test('PLAY-3 with nobody honest all ends and is paid for; true claims fall, and false ones stand', () => {
    const ends = new Set<string>()
    const reached = playAll('PLAY-3', undefined, ({ arena, state }) => {
      for (const { claim, kind } of state.claims.values())
        ends.add(`${isFalseClaim(arena.table, claim) ? 'false' : 'true'} ${kind}`)
    })
    reached.expectAtLeast(MINIMA)
    expect(ends).toEqual(new Set(['true Final', 'true Refuted', 'false Final', 'false Refuted']))
  })
})
