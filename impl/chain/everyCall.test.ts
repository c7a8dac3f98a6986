import { afterAll, beforeAll, expect, test } from 'vitest'
import { OUTSIDER, START, serverOf } from '../../spec/checks/properties/alphabetGame.ts'
import { cutPoints, segmentCount } from '../../spec/game/position.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { traceAt } from '../../spec/strategies/honest.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { damagedCall } from './damage.fixture.ts'
import type { Attempted } from './duet.fixture.ts'
import { by, playLine } from './duetLines.fixture.ts'
import { LIE, TABLE } from './tableOnChain.fixture.ts'
import {
  BARE,
  bareCalls,
  boundaries,
  EVERYBODY,
  GAMES,
  type Game,
  type GamesChain,
  startGamesChain,
} from './wholeGames.fixture.ts'

/**
 * Games of which each call is tried too early, too late, again, by everybody else and with other values, beside all that can
 * be said of whatever there is: at every state of theirs contract and specification say the same, and after each call keep,
 * log and pay the same. Any calls by chance come to few of these.
 */

/** Of the longest run here. */
const STEP_LIMIT = 10

/** Of whoever is right, and of the liar at the table. */
let traces: readonly Trace[]
let chain: GamesChain
beforeAll(async () => {
  traces = [TABLE.trueRun, serverOf(TABLE, LIE).trace]
  chain = await startGamesChain()
})
afterAll(() => chain?.stop())

/** What each party's own run says of the segment that a reply answers: of the opponent's, that there is nothing against it. */
const ownReplies = (call: Call, state: ServiceState): readonly Call[] => {
  if (call.kind !== 'Open' && call.kind !== 'Move') return []
  const dispute = call.kind === 'Move' ? state.disputes.get(call.disputeId) : undefined
  const claim = call.kind === 'Open' ? state.claims.get(call.claimId)?.claim : undefined
  const position =
    dispute?.kind === 'Running'
      ? dispute.position
      : claim && { length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
  if (position === undefined) return []
  const segment = call.kind === 'Move' ? call.opening.segment : 0
  const offset = position.at.at(-1)!
  const [from, to] = cutPoints(position.length, position.roots.length - 1)
    .slice(segment, segment + 2)
    .map((point) => offset + point) as [number, number]
  const { arity } = state.parameters
  const rootsOf = (run: Trace, first: number, length: number) =>
    run.rootsAt(
      cutPoints(length, segmentCount(length, arity))
        .slice(1)
        .map((point) => first + point),
    )
  return traces.flatMap((whole): readonly Call[] => {
    const run = traceAt(whole, position.at)
    if (to - from > 1) return [{ ...call, reply: { kind: 'Dissect', roots: rootsOf(run, from, to - from) } }]
    if (run.kind === 'last')
      return [{ ...call, reply: { kind: 'Arbitrate', witness: run.stepWitness(from) } }]
    const { below, witness } = run.descend(from)
    const { length } = below
    return [{ ...call, reply: { kind: 'Descend', length, roots: rootsOf(below, 0, length), witness } }]
  })
}

/** What came of the calls of one game, by their kind. */
type Came = Map<string, Set<string>>

/** Tries and holds together all calls, as they are made and otherwise, at each state of the game. */
const tryAll = async (game: Game): Promise<Came> => {
  /** Calls that say more than whose they are. */
  const made: Attempted[] = []
  const first = await chain.begin(game.state, START)
  await playLine(game.line(first), first, Number.POSITIVE_INFINITY, {
    made: (attempt) => !BARE.has(attempt.call.kind) && made.push(attempt),
    refused: () => {},
  })
  const came: Came = new Map()
  const duet = await chain.begin(game.state, START)
  const compare = async (attempts: readonly Attempted[]): Promise<void> => {
    // Throws where the two differ.
    const verdicts = await duet.compare(attempts)
    for (const [i, { call }] of attempts.entries())
      came.set(call.kind, (came.get(call.kind) ?? new Set()).add(verdicts[i]!))
  }
  const play = game.line(duet)
  let next = play.next()
  for (let before = START; !next.done; next = play.next()) {
    const attempt = next.value
    const bare = bareCalls(duet.state).map((call) => by(duet, OUTSIDER, call))
    const all = [...bare, ...made]
    for (const now of [...boundaries(duet.state, before, attempt.now), attempt.now])
      await compare(all.map((each) => ({ ...each, now })))
    const others = [
      ...Object.values(damagedCall(attempt.call, duet.state, STEP_LIMIT, duet.block.number)),
      ...ownReplies(attempt.call, duet.state),
    ]
    await compare([
      ...others.map((call) => ({ ...attempt, call })),
      ...EVERYBODY.map((sender) => ({ ...attempt, sender })),
      { ...attempt, valueWei: attempt.valueWei + 1n },
      ...(attempt.valueWei > 0n ? [{ ...attempt, valueWei: attempt.valueWei - 1n }] : []),
    ])
    before = attempt.now
    const [verdict] = await duet.compare([attempt])
    if (verdict !== 'accepted') continue
    expect(await duet.make(attempt)).toBeUndefined()
    duet.passTo(duet.now + 1)
  }
  return came
}

// Rationale: a fault in the contracts is seen by the one call that it lets through, or refuses, or pays otherwise: here all are made that
// these games give cause to, each at every state in which it could be the one.
test.each(
  Object.entries({
    'a lie with two disputes about it, beside an honest sealed claim': 60,
    'a crowd of challengers': 45,
    'a lie that settles its task': 35,
    'seals that nobody reveals': 25,
    'two tasks that verifiers watch': 65,
  } satisfies Readonly<Record<keyof typeof GAMES, number>>),
)(
  'IMPL-17 %s: each call too early, too late, again, by others and with other values',
  async (name, least) => {
    const came = await tryAll(GAMES[name as keyof typeof GAMES]())
    const outcomes = [...came].flatMap(([kind, verdicts]) =>
      [...verdicts].map((verdict) => `${kind} ${verdict}`),
    )
    expect(outcomes.length).toBeGreaterThanOrEqual(least)
  },
  120_000,
)
