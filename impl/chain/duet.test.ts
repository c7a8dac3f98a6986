import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { progressOf } from '../../spec/checks/explore/progress.ts'
import { type Choose, choices } from '../../spec/checks/properties/adversary.ts'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Id, keccak } from '../../spec/commitments/hash.ts'
import type { Call } from '../../spec/service/calls.ts'
import { CALL_TABLE } from '../../spec/service/callTable.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { type Attempted, type DuetChain, startDuetChain } from './duet.fixture.ts'
import { ACCOUNTS, type Board, boardOf, callerOf, type Secrets, serviceOn } from './duetCalls.fixture.ts'
import { lineOf, playLine } from './duetLines.fixture.ts'

/** `npm run games` plays many more. */
const GAMES = Number(process.env['OPML_GAMES'] ?? 300)
/** More games than that say how far they are. */
const QUIET = 300
/** Calls by chance in a game, and in one that begins with part of a line. */
const STEPS = 20
const STEPS_BEHIND = 8
const START = 10_000

const PLAIN: Parameters = {
  arity: 2,
  clockSeconds: 900,
  descentSeconds: 60,
  windowSeconds: 700,
  claimBondWei: 1003n,
  disputeBondWei: 601n,
  burnBasisPoints: 4321,
  disputesAtOnce: 4,
  mostMoves: 200,
  inclusionSeconds: 1,
}
const SEALED: Parameters = { ...PLAIN, arity: 3, seals: { answerSeconds: 40, revealSeconds: 300 } }
const WATCHED: Parameters = {
  ...SEALED,
  attention: { stakeWei: 33n, oneIn: 1, minFeeWei: 20n, payWei: 7n },
}

/** One after another, half of them with attention. */
const DEPLOYMENTS: readonly Parameters[] = [
  PLAIN,
  WATCHED,
  { ...SEALED, arity: 5, claimBondWei: 9001n, disputeBondWei: 5000n },
  { ...WATCHED, arity: 16, attention: { stakeWei: 1n, oneIn: 2, minFeeWei: 3n, payWei: 3n } },
]

const towers = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  lastLengths: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 2 }),
  spare: fc.integer({ min: -2, max: 6 }),
})

const modelOf = (index: number): Id => keccak(bigEndian(index, 8))

/** Two towers a pair, k = 1 to 5, each pair under a deployment's arity. */
const PAIRS = 4
const pairsOf = (parameters: Parameters, seed: number): readonly (readonly Board[])[] =>
  Array.from({ length: PAIRS }, (_, pair) =>
    fc.sample(towers, { numRuns: 2, seed: seed + pair }).map(({ lengths, lastLengths, spare }, i) => {
      const tower = { lengths, lastLengths, stepLimit: Math.max(1, Math.max(...lastLengths) + spare) }
      const choose = choices(seed + 31 * pair + i)
      return boardOf(modelOf(2 * pair + i), { tower, parameters, seed: pair + i }, choose)
    }),
  )

interface Stage {
  readonly parameters: Parameters
  readonly contract: Address
  readonly pairs: readonly (readonly Board[])[]
}

let chain: DuetChain
const stages: Stage[] = []
beforeAll(async () => {
  chain = await startDuetChain(ACCOUNTS)
  for (const [index, parameters] of DEPLOYMENTS.entries()) {
    const pairs = pairsOf(parameters, 100 * index)
    const models = new Map(pairs.flat().map(({ model, tower }) => [model, tower] as const))
    const contract = await chain.deploy(serviceOn(parameters, pairs.flat()), models)
    stages.push({ parameters, contract, pairs })
  }
})
afterAll(() => chain?.stop())

const KINDS = (Object.keys(CALL_TABLE) as Call['kind'][]).filter((kind) => !kind.startsWith('Register'))

/** Kinds that lead a task on are tried more often than they come up. */
const LEADING: readonly Call['kind'][] = [
  'Move',
  'Move',
  'Move',
  'Open',
  'Claim',
  'Seal',
  'Reveal',
  'Finalize',
  'Request',
  'Draw',
  'Timeout',
  'PassClaim',
  'Collect',
]
const WATCHING: readonly Call['kind'][] = ['CloseRound', 'RecordRound', 'Attend', 'Enroll']

/** Tried at every step where there is attention: their time is short. */
const ALWAYS: readonly Call['kind'][] = ['CloseRound', 'RecordRound', 'Attend', 'Reward', 'Slash']

/** How often each must have been accepted, refused for that reason, and come to that end, in 300 games. */
const LEAST_CALLS: Readonly<Record<string, number>> = {
  Request: 300,
  Claim: 120,
  Seal: 150,
  Reveal: 60,
  Forfeit: 40,
  Open: 80,
  'Open Dissect': 60,
  'Open Descend': 12,
  'Open Arbitrate': 3,
  Move: 30,
  'Move Dissect': 4,
  'Move Descend': 14,
  'Move Arbitrate': 7,
  Timeout: 20,
  Draw: 25,
  Finalize: 120,
  PassClaim: 35,
  PassSeal: 25,
  Collect: 25,
  Notify: 35,
  Expire: 35,
  Withdraw: 120,
  Delegate: 100,
  Enroll: 150,
  Retire: 20,
  Unstake: 12,
  CloseRound: 150,
  RecordRound: 60,
  Attend: 25,
  Reward: 10,
  Slash: 20,
}
const LEAST_REFUSALS: Readonly<Record<string, number>> = {
  AnswerCorrect: 10,
  AnswerPaid: 8,
  AnswerWrong: 12,
  AlreadyNotified: 40,
  ClaimDiffers: 10,
  ClaimDisputed: 20,
  ClaimStands: 60,
  ClockExpired: 25,
  ClockNotExpired: 15,
  CursorElsewhere: 50,
  FeePaid: 300,
  JudgementOver: 60,
  NotAsked: 60,
  NotYourSeal: 10,
  OutputMismatch: 20,
  RevealNotOver: 8,
  RevealTooEarly: 25,
  RevealTooLate: 40,
  RoundNotRecorded: 60,
  WindowOver: 30,
}
const LEAST_ENDS: Readonly<Record<string, number>> = {
  'asserter by arbitration': 6,
  'asserter by timeout': 2,
  'challenger by arbitration': 4,
  'challenger by timeout': 16,
  Settled: 70,
  Refuted: 22,
  Final: 120,
  Drawn: 25,
}

interface Reached {
  readonly calls: Map<string, number>
  readonly refusals: Map<string, number>
  readonly ends: Map<string, number>
}

const count = (map: Map<string, number>, name: string): void => {
  map.set(name, (map.get(name) ?? 0) + 1)
}

/** Plays part of a line in two games of three, then so many accepted calls by chance, and tries others at each. */
const playGame = async ({ parameters, contract, pairs }: Stage, choose: Choose, reached: Reached) => {
  const boards = pairs[choose(pairs.length)]!
  const duet = await chain.begin(contract, serviceOn(parameters, boards), START + choose(1000))
  const secrets: Secrets = new Map()
  const caller = callerOf(duet, boards, choose, secrets)
  const note = ({ call }: Attempted) => {
    count(reached.calls, call.kind)
    if ('reply' in call) count(reached.calls, `${call.kind} ${call.reply.kind}`)
  }
  const isLine = choose(3) > 0
  if (isLine) {
    const line = lineOf({ duet, board: boards[choose(boards.length)]!, choose, secrets })
    await playLine(line, duet, choose(45), {
      made: note,
      refused: (reason) => count(reached.refusals, reason),
    })
  }
  const leading = parameters.attention === undefined ? LEADING : [...LEADING, ...WATCHING]
  const always = parameters.attention === undefined ? [] : ALWAYS
  const propose = () => {
    const kinds = choose(3) === 0 ? KINDS : leading
    const attempt = caller.call(kinds[choose(kinds.length)]!)
    return attempt && (choose(5) === 0 ? caller.damaged(attempt) : attempt)
  }
  for (let step = 0; step < (isLine ? STEPS_BEHIND : STEPS); step++) {
    const attempts = [...Array.from({ length: 10 }, propose), ...always.map(caller.call)].filter(
      (attempt) => attempt !== undefined,
    )
    const verdicts = await duet.compare(attempts)
    for (const verdict of verdicts) if (verdict !== 'accepted') count(reached.refusals, verdict)
    const accepted = attempts.filter((attempt, i) => verdicts[i] === 'accepted' && attempt.now === duet.now)
    // The rarest, so that everything comes up.
    const [next] = accepted.toSorted(
      (a, b) => (reached.calls.get(a.call.kind) ?? 0) - (reached.calls.get(b.call.kind) ?? 0),
    )
    if (next !== undefined) {
      expect(await duet.make(next)).toBeUndefined()
      note(next)
    }
    const later = choose(4) === 0 ? caller.boundary() : undefined
    duet.passTo(later ?? duet.now + 1 + choose(20))
  }
  const { disputes, claims, tasks, seals } = duet.state
  for (const entry of [...disputes.values(), ...claims.values(), ...tasks.values(), ...seals.values()])
    count(reached.ends, 'winner' in entry ? `${entry.winner} by ${entry.by}` : entry.kind)
}

describe('the service, twice', () => {
  // Rationale: all that is proved of the service is proved of the specification. Several tasks on two models, rivals,
  // seals, disputes and watchers side by side, any call at any time: whatever one side keeps, says, pays or logs
  // otherwise than the other shows in one of them.
  test('IMPL-11 contract and spec agree on any calls: on outcome, values of refusals, all that is kept, logged and paid', async () => {
    const reached: Reached = { calls: new Map(), refusals: new Map(), ends: new Map() }
    let game = 0
    // A long run says how far it is.
    const sink = GAMES > QUIET ? process.stderr : { write: () => {} }
    const progress = progressOf(sink, GAMES, 'games', () => performance.now())
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        await playGame(stages[game++ % stages.length]!, choices(seed), reached)
        progress.done(game)
      }),
      { numRuns: GAMES, endOnFailure: true },
    )
    // Fewer games, as somebody plays who looks for one fault, need not reach everything.
    if (GAMES < 300) return
    for (const [kind, least] of Object.entries(LEAST_CALLS))
      expect([kind, (reached.calls.get(kind) ?? 0) >= least]).toEqual([kind, true])
    for (const [reason, least] of Object.entries(LEAST_REFUSALS))
      expect([reason, (reached.refusals.get(reason) ?? 0) >= least]).toEqual([reason, true])
    for (const [end, least] of Object.entries(LEAST_ENDS))
      expect([end, (reached.ends.get(end) ?? 0) >= least]).toEqual([end, true])
    expect(reached.refusals.size).toBeGreaterThanOrEqual(60)
  })
})
