import fc from 'fast-check'
import { littleEndian } from '../../commitments/bytes.ts'
import type { Id } from '../../commitments/hash.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import { maxMoves } from '../../game/bounds.ts'
import { registerRules } from '../../service/registry.ts'
import { initialService, type ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import type { Parameters } from '../../setting/parameters.ts'
import {
  type Requester,
  requesterActs,
  requesterFor,
  type Server,
  serverActs,
  type Verifier,
  verifierActs,
} from '../../strategies/parties.ts'
import {
  type AlphabetParameters,
  alphabetOutput,
  alphabetRules,
  alphabetStart,
  alphabetStorey,
} from '../../tower/phases/alphabet.ts'
import { pathInto } from '../../tower/storey.ts'
import { type Player, play, type Step } from './play.ts'

/** Games on the alphabet tower: instances, players, and how a whole task is played. */
export interface Instance {
  readonly tower: AlphabetParameters
  readonly parameters: Parameters
  /** Decides the input, and with it every value of the run. */
  readonly seed: number
}

/** What games are played with, at any arity. */
export const parametersOf = (arity: number): Parameters => ({
  arity,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  claimBondWei: 1000n,
  disputeBondWei: 800n,
  burnBasisPoints: 5000,
  disputesAtOnce: 4,
  mostMoves: 1000,
  inclusionSeconds: 0,
})

/** Any tower of k = 1 to 3 phases, any arity; runs are short enough that a game takes milliseconds. */
export const instances: fc.Arbitrary<Instance> = fc
  .record({
    lengths: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
    lastLengths: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
    spare: fc.integer({ min: -5, max: 30 }),
    arity: fc.oneof(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 64 })),
    seed: fc.nat(),
  })
  .map(({ lengths, lastLengths, spare, arity, seed }) => ({
    // A step limit below a true length is allowed: then the run is cut off there.
    tower: { lengths, lastLengths, stepLimit: Math.max(1, Math.max(...lastLengths) + spare) },
    parameters: parametersOf(arity),
    seed,
  }))

const address = (digit: string): Address => `0x${digit.repeat(40)}`
export const REQUESTER = address('1')
export const SERVER = address('2')
export const VERIFIER = address('3')
export const OUTSIDER = address('4')

export const MODEL = `0x${'4d'.repeat(32)}` as Id
export const START = 1_000

/** Everything that a player of an instance may know. */
export interface Table {
  readonly instance: Instance
  readonly rules: ReturnType<typeof alphabetRules>
  readonly storey: ReturnType<typeof alphabetStorey>
  readonly state: ServiceState
  readonly task: Id
  readonly requester: Requester
  readonly start: ReturnType<typeof alphabetStart>
  readonly trueRun: ReturnType<ReturnType<typeof alphabetStorey>['run']>
}

export const setTable = (instance: Instance): Table => {
  const rules = alphabetRules(instance.tower)
  const storey = alphabetStorey(instance.tower)
  const registered = registerRules(initialService(instance.parameters), MODEL, rules)
  if (!registered.ok) throw new Error(registered.rejection.reason)
  const input = littleEndian(instance.seed, 8)
  const asked = {
    nonce: 0,
    modelId: MODEL,
    iterations: 0,
    attentionWei: instance.parameters.attention?.minFeeWei ?? 0n,
    feeWei: 100n,
    deadline: START + 50_000,
  }
  const requester = requesterFor(REQUESTER, asked, input)
  const start = alphabetStart(instance.tower, tensorRoot(input))
  return {
    instance,
    rules,
    storey,
    state: registered.value.state,
    task: requester.task,
    requester,
    start,
    trueRun: storey.run(start),
  }
}

/** A path to one instruction of the run: where a liar plants its lie. */
export const liePath = (table: Table, choices: readonly number[]): readonly number[] =>
  pathInto(table.trueRun, choices)

export const serverOf = (table: Table, lie?: readonly number[], silentAfter?: number): Server => {
  const trace = table.storey.run(table.start, lie)
  return {
    address: SERVER,
    task: table.task,
    trace,
    prepared: {
      length: trace.length,
      endRoot: trace.rootsAt([trace.length])[0]!,
      startWitness: new Uint8Array(),
      ...alphabetOutput(trace.end),
    },
    ...(silentAfter === undefined ? {} : { silentAfter }),
  }
}

export const verifierOf = (table: Table, lie?: readonly number[], silentAfter?: number): Verifier => {
  const trace = table.storey.run(table.start, lie)
  return {
    address: VERIFIER,
    task: table.task,
    traceAgainst: () => trace,
    ...(silentAfter === undefined ? {} : { silentAfter }),
  }
}

/** The longest run that each phase can have: what the bound on moves is a function of. */
export const longestLengths = ({ tower }: Instance): readonly number[] => [...tower.lengths, tower.stepLimit]

export const moveBound = (instance: Instance): number =>
  maxMoves(longestLengths(instance), instance.parameters.arity)

export const playTask = (
  table: Table,
  asserter: Player,
  challenger: Player,
  onStep?: (step: Step) => void,
): ServiceState =>
  play(
    table.state,
    START,
    table.task,
    [asserter, challenger, { address: REQUESTER, act: (view) => requesterActs(view, table.requester) }],
    onStep,
  )

export const serverPlayer = (server: Server): Player => ({
  address: server.address,
  act: (view) => serverActs(view, server),
})

export const verifierPlayer = (verifier: Verifier): Player => ({
  address: verifier.address,
  act: (view) => verifierActs(view, verifier),
})
