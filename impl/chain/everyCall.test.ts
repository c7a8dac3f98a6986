import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Choose, choices } from '../../spec/checks/properties/adversary.ts'
import {
  MODEL,
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  VERIFIER,
} from '../../spec/checks/properties/alphabetGame.ts'
import { SEALS } from '../../spec/checks/properties/oneTask.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { cutPoints, segmentCount } from '../../spec/game/position.ts'
import { drawOf } from '../../spec/service/attention.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { answersEnd, judgementEnd, roundEnd } from '../../spec/setting/times.ts'
import { traceAt } from '../../spec/strategies/honest.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { damagedCall } from './damage.fixture.ts'
import { type Attempted, type Duet, type DuetChain, startDuetChain } from './duet.fixture.ts'
import { ACCOUNTS, boardOf, lastSecondsOf, serviceOn } from './duetCalls.fixture.ts'
import { by, LINES, type Line, playLine } from './duetLines.fixture.ts'
import { FRIEND, LIE, stepsOf, TABLE } from './tableOnChain.fixture.ts'

/**
 * Games of which each call is tried too early, too late, again, by everybody else and with other values, beside all that can
 * be said of whatever there is: at every state of theirs contract and specification say the same, and after each call keep,
 * log and pay the same. Any calls by chance come to few of these.
 */

const PLAIN: Parameters = {
  ...parametersOf(3),
  claimBondWei: 1003n,
  disputeBondWei: 601n,
  burnBasisPoints: 4321,
}
const WATCHED: Parameters = {
  ...PLAIN,
  seals: SEALS,
  attention: { stakeWei: 33n, oneIn: 1, minFeeWei: 20n, payWei: 7n },
}

/** Of the longest run here. */
const STEP_LIMIT = 10

const boardWith = (parameters: Parameters) =>
  boardOf(MODEL, { tower: { lengths: [2], lastLengths: [5], stepLimit: 6 }, parameters, seed: 1 }, choices(1))

interface Game {
  readonly state: ServiceState
  readonly line: (duet: Duet) => Line
}

/** @param choose what chance says in the line, call by call */
const ofLine = (parameters: Parameters, name: keyof typeof LINES, choose: () => Choose): Game => {
  const board = boardWith(parameters)
  return {
    state: serviceOn(parameters, [board]),
    line: (duet) => LINES[name]({ duet, board, choose: choose(), secrets: new Map() }),
  }
}

const byChance = (): Choose => choices(1)

/** The truth is sealed; of its watchers, whichever task each is held to, one is silent, two are right and one is wrong. */
const watchersSay = (): Choose => {
  const [truth, lie] = [0, 1]
  const said = [truth, truth, truth, lie, lie, truth, truth]
  return () => said.shift() ?? 0
}

/** A game at the table, in which two of the parties have somebody move for them too. */
const atTable: Game = {
  state: TABLE.state,
  line: function* (duet): Line {
    yield by(duet, FRIEND, { kind: 'Delegate', to: REQUESTER })
    yield by(duet, VERIFIER, { kind: 'Delegate', to: SERVER })
    for (const { intent, context } of steps) {
      duet.passTo(context.now)
      yield by(duet, context.sender, intent.call, intent.valueWei)
    }
  },
}

const EVERYBODY = [...new Set([...ACCOUNTS, REQUESTER, SERVER, VERIFIER, OUTSIDER, FRIEND])]

let steps: readonly Step[]
/** Of whoever is right, and of the liar at the table. */
let traces: readonly Trace[]
let chain: DuetChain
const contracts = new Map<Parameters, Address>()
beforeAll(async () => {
  steps = stepsOf({ isDisputed: true, isSealed: true })
  traces = [TABLE.trueRun, serverOf(TABLE, LIE).trace]
  chain = await startDuetChain(EVERYBODY)
  for (const { parameters, tower } of [
    { parameters: TABLE.state.parameters, tower: TABLE.instance.tower },
    ...[PLAIN, WATCHED].map((given) => ({ parameters: given, tower: boardWith(given).tower })),
  ])
    contracts.set(parameters, await chain.deploy({ ...TABLE.state, parameters }, new Map([[MODEL, tower]])))
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

/** All that can be said of what is there by naming it. */
const bareCalls = (state: ServiceState): readonly Call[] => {
  const { tasks, claims, seals, disputes, enrollments } = state
  const verifiers = [...enrollments.values()].map(({ verifier }) => verifier)
  return [
    ...[...tasks.keys()].flatMap((taskId): readonly Call[] => [
      { kind: 'Expire', taskId },
      ...verifiers.flatMap((verifier): readonly Call[] => [
        { kind: 'Reward', taskId, verifier },
        { kind: 'Slash', taskId, verifier },
      ]),
    ]),
    ...[...claims.keys()].flatMap((claimId): readonly Call[] => [
      { kind: 'Finalize', claimId },
      { kind: 'PassClaim', claimId },
      { kind: 'Collect', claimId },
    ]),
    ...[...seals.keys()].flatMap((sealId): readonly Call[] => [
      { kind: 'Forfeit', sealId },
      { kind: 'PassSeal', sealId },
    ]),
    ...[...disputes.keys()].flatMap((disputeId): readonly Call[] => [
      { kind: 'Timeout', disputeId },
      { kind: 'Draw', disputeId },
    ]),
    ...verifiers.map((verifier): Call => ({ kind: 'Unstake', modelId: MODEL, verifier })),
  ]
}

const BARE: ReadonlySet<Call['kind']> = new Set([
  'Expire',
  'Reward',
  'Slash',
  'Finalize',
  'PassClaim',
  'Collect',
  'Forfeit',
  'PassSeal',
  'Timeout',
  'Draw',
  'Unstake',
  'Withdraw',
])

/** The seconds on both sides of each that decides, as far as the time of the next call. */
const boundaries = (state: ServiceState, now: Seconds, until: Seconds): readonly Seconds[] => {
  const { parameters } = state
  const draws = [...state.tasks.values()].flatMap((entry) => drawOf(entry) ?? [])
  const ends = [
    ...lastSecondsOf(state, now),
    ...draws.flatMap(({ round }) => [
      roundEnd(parameters, round),
      answersEnd(parameters, round),
      judgementEnd(parameters, state.models.get(MODEL)!.phases.length, round),
    ]),
  ]
  const seconds = ends.flatMap((end) => [end - 1, end, end + 1])
  return [...new Set(seconds)].filter((second) => second > now && second <= until)
}

/** What came of the calls of one game, by their kind. */
type Came = Map<string, Set<string>>

/** Tries and holds together all calls, as they are made and otherwise, at each state of the game. */
const tryAll = async ({ state, line }: Game): Promise<Came> => {
  const contract = contracts.get(state.parameters)!
  /** Calls that say more than whose they are. */
  const made: Attempted[] = []
  const first = await chain.begin(contract, state, START)
  await playLine(line(first), first, Number.POSITIVE_INFINITY, {
    made: (attempt) => !BARE.has(attempt.call.kind) && made.push(attempt),
    refused: () => {},
  })
  const came: Came = new Map()
  const duet = await chain.begin(contract, state, START)
  const compare = async (attempts: readonly Attempted[]): Promise<void> => {
    // Throws where the two differ.
    const verdicts = await duet.compare(attempts)
    for (const [i, { call }] of attempts.entries())
      came.set(call.kind, (came.get(call.kind) ?? new Set()).add(verdicts[i]!))
  }
  const play = line(duet)
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
test.each([
  ['a lie with two disputes about it, beside an honest sealed claim', () => atTable, 60],
  ['a crowd of challengers', () => ofLine(PLAIN, 'crowd', byChance), 45],
  ['a lie that settles its task', () => ofLine(PLAIN, 'differing', byChance), 35],
  ['seals that nobody reveals', () => ofLine(WATCHED, 'forfeited', byChance), 25],
  ['two tasks that verifiers watch', () => ofLine(WATCHED, 'watched', watchersSay), 65],
] as const)(
  'IMPL-17 %s: each call too early, too late, again, by others and with other values',
  async (_, game, least) => {
    const came = await tryAll(game())
    const outcomes = [...came].flatMap(([kind, verdicts]) =>
      [...verdicts].map((verdict) => `${kind} ${verdict}`),
    )
    expect(outcomes.length).toBeGreaterThanOrEqual(least)
  },
  120_000,
)
