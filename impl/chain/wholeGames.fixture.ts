import { expect } from 'vitest'
import { type Choose, choices } from '../../spec/checks/properties/adversary.ts'
import {
  MODEL,
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  VERIFIER,
} from '../../spec/checks/properties/alphabetGame.ts'
import { SEALS } from '../../spec/checks/properties/oneTask.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { drawOf } from '../../spec/service/attention.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { answersEnd, judgementEnd, roundEnd } from '../../spec/setting/times.ts'
import { type Attempted, type Duet, type DuetChain, startDuetChain } from './duet.fixture.ts'
import { ACCOUNTS, boardOf, lastSecondsOf, serviceOn } from './duetCalls.fixture.ts'
import { by, isAccepted, LINES, type Line } from './duetLines.fixture.ts'
import { FRIEND, stepsOf, TABLE } from './tableOnChain.fixture.ts'

/** Games that between them come to every call of the service, to be gone through state by state. */

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

const boardWith = (parameters: Parameters) =>
  boardOf(MODEL, { tower: { lengths: [2], lastLengths: [5], stepLimit: 6 }, parameters, seed: 1 }, choices(1))

export interface Game {
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
const atTable = (): Game => {
  const steps = stepsOf({ isDisputed: true, isSealed: true })
  return {
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
}

/** The games by what happens in them. */
export const GAMES = {
  'a lie with two disputes about it, beside an honest sealed claim': atTable,
  'a crowd of challengers': () => ofLine(PLAIN, 'crowd', byChance),
  'a lie that settles its task': () => ofLine(PLAIN, 'differing', byChance),
  'seals that nobody reveals': () => ofLine(WATCHED, 'forfeited', byChance),
  'two tasks that verifiers watch': () => ofLine(WATCHED, 'watched', watchersSay),
} as const satisfies Readonly<Record<string, () => Game>>

export const EVERYBODY: readonly Address[] = [
  ...new Set([...ACCOUNTS, REQUESTER, SERVER, VERIFIER, OUTSIDER, FRIEND]),
]

/** A chain on which each game has a deployment to begin on. */
export interface GamesChain {
  readonly begin: (state: ServiceState, now: Seconds) => Promise<Duet>
  readonly stop: () => Promise<void>
}

export const startGamesChain = async (): Promise<GamesChain> => {
  const chain: DuetChain = await startDuetChain(EVERYBODY)
  const contracts = new Map<Parameters, Address>()
  for (const { parameters, tower } of [
    { parameters: TABLE.state.parameters, tower: TABLE.instance.tower },
    ...[PLAIN, WATCHED].map((given) => ({ parameters: given, tower: boardWith(given).tower })),
  ])
    contracts.set(parameters, await chain.deploy({ ...TABLE.state, parameters }, new Map([[MODEL, tower]])))
  return {
    begin: (state, now) => chain.begin(contracts.get(state.parameters)!, state, now),
    stop: chain.stop,
  }
}

/** All that can be said of what is there by naming it. */
export const bareCalls = (state: ServiceState): readonly Call[] => {
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

/** Calls that say no more than whose they are. */
export const BARE: ReadonlySet<Call['kind']> = new Set([
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
export const boundaries = (state: ServiceState, now: Seconds, until: Seconds): readonly Seconds[] => {
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

/** Plays every game, and does something before each call of theirs that is accepted. */
export const playGames = async (
  chain: GamesChain,
  before: (duet: Duet, attempt: Attempted) => Promise<void>,
): Promise<void> => {
  for (const game of Object.values(GAMES).map((gameOf) => gameOf())) {
    const duet = await chain.begin(game.state, START)
    for (const attempt of game.line(duet)) {
      if (!isAccepted(duet, attempt)) continue
      duet.passTo(attempt.now)
      await before(duet, attempt)
      expect(await duet.make(attempt)).toBeUndefined()
      duet.passTo(duet.now + 1)
    }
  }
}
