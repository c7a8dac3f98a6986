import { adversary } from '../../checks/properties/adversary.ts'
import {
  liePath,
  parametersOf,
  SERVER,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from '../../checks/properties/alphabetGame.ts'
import type { Player } from '../../checks/properties/play.ts'
import { littleEndian } from '../../commitments/bytes.ts'
import type { Party } from '../../game/clocks.ts'
import type { Address } from '../../service/task.ts'
import type { Parameters } from '../../setting/parameters.ts'
import type { Server, Verifier } from '../../strategies/parties.ts'
import type { AlphabetParameters } from '../../tower/phases/alphabet.ts'
import { type GameCase, type ModelGame, type ModelRun, modelCase, requesterPlayer } from './gameCase.ts'
import { sealedCases } from './sealedCases.ts'
import {
  GRAPH_MODEL,
  GRAPH_STOREY,
  graphCarried,
  graphStart,
  VM_MODEL,
  VM_STOREY,
  vmCarried,
  vmStart,
} from './smallModel.ts'

const PARAMETERS = parametersOf(3)

/** Accounts that play beside the first two. */
const SECOND_VERIFIER: Address = `0x${'6'.repeat(40)}`
const SECOND_SERVER: Address = `0x${'7'.repeat(40)}`

// --- On the alphabet ---------------------------------------------------------------------------------------------

/** A lie as choices of a step in each phase; null for a party that does not play. */
interface Side {
  readonly lie?: readonly number[]
  readonly silentAfter?: number
}

interface AlphabetGame {
  readonly name: string
  readonly tower: AlphabetParameters
  readonly arity: number
  readonly server: Side | null
  readonly verifier: Side | null
  readonly secondServer?: Side
  readonly secondVerifier?: Side
  /** Seed of a party that plays anything in place of the one named; it stops for good in 4 of 100 turns. */
  readonly adversary?: { readonly party: Party; readonly seed: number }
  readonly parameters?: Partial<Parameters>
}

const ONE: AlphabetParameters = { lengths: [], lastLengths: [12, 17], stepLimit: 30 }
const SINGLE: AlphabetParameters = { lengths: [], lastLengths: [1], stepLimit: 3 }
const TWO: AlphabetParameters = { lengths: [6], lastLengths: [9, 12], stepLimit: 20 }
const THREE: AlphabetParameters = { lengths: [5, 4], lastLengths: [7], stepLimit: 16 }
const FOUR: AlphabetParameters = { lengths: [3, 1, 4], lastLengths: [5], stepLimit: 8 }
const FIVE: AlphabetParameters = { lengths: [2, 3, 1, 2], lastLengths: [2, 3], stepLimit: 4 }
/** Runs of one step each: every move is a descent, and then an arbitration. */
const FLAT: AlphabetParameters = { lengths: [1, 1], lastLengths: [1], stepLimit: 1 }
/** True runs of the last phase are longer than the step limit. */
const CUT_OFF: AlphabetParameters = { lengths: [3], lastLengths: [14], stepLimit: 9 }
const LONG: AlphabetParameters = { lengths: [64], lastLengths: [200], stepLimit: 256 }

const honest: Side = {}

const ALPHABET_GAMES: readonly AlphabetGame[] = [
  { name: 'nobody disputes', tower: TWO, arity: 3, server: honest, verifier: honest },
  { name: 'nobody answers', tower: TWO, arity: 3, server: null, verifier: honest },
  { name: 'a false claim at k = 1', tower: ONE, arity: 2, server: { lie: [7] }, verifier: honest },
  { name: 'a false claim at k = 2', tower: TWO, arity: 3, server: { lie: [2, 4] }, verifier: honest },
  { name: 'a false claim at k = 3', tower: THREE, arity: 2, server: { lie: [4, 3, 6] }, verifier: honest },
  { name: 'a false claim at k = 4', tower: FOUR, arity: 4, server: { lie: [0, 0, 1, 2] }, verifier: honest },
  {
    name: 'a false claim at k = 5',
    tower: FIVE,
    arity: 2,
    server: { lie: [1, 2, 0, 1, 1] },
    verifier: honest,
  },
  { name: 'a false claim of one step', tower: SINGLE, arity: 2, server: { lie: [0] }, verifier: honest },
  {
    name: 'a frivolous challenge to one step',
    tower: SINGLE,
    arity: 2,
    server: honest,
    verifier: { lie: [0] },
  },
  { name: 'runs of one step', tower: FLAT, arity: 2, server: { lie: [0, 0, 0] }, verifier: honest },
  {
    name: 'a run cut off at the step limit at k = 1',
    tower: { lengths: [], lastLengths: [9], stepLimit: 7 },
    arity: 3,
    server: { lie: [5] },
    verifier: honest,
  },
  {
    name: 'a run cut off at the step limit',
    tower: CUT_OFF,
    arity: 3,
    server: { lie: [1, 8] },
    verifier: honest,
  },
  { name: 'arity 64 over long runs', tower: LONG, arity: 64, server: { lie: [41, 137] }, verifier: honest },
  { name: 'arity 5 over long runs', tower: LONG, arity: 5, server: { lie: [63, 0] }, verifier: honest },
  { name: 'a frivolous challenge', tower: THREE, arity: 3, server: honest, verifier: { lie: [2, 1, 3] } },
  { name: 'both lie', tower: TWO, arity: 2, server: { lie: [1, 3] }, verifier: { lie: [4, 0] } },
  {
    name: 'a server that never moves',
    tower: TWO,
    arity: 3,
    server: { lie: [3, 1], silentAfter: 0 },
    verifier: honest,
  },
  {
    name: 'a server that stops after a move',
    tower: THREE,
    arity: 2,
    server: { lie: [3, 1, 1], silentAfter: 1 },
    verifier: honest,
  },
  {
    name: 'a verifier that opens and stops',
    tower: TWO,
    arity: 3,
    server: honest,
    verifier: { lie: [0, 5], silentAfter: 0 },
  },
  {
    name: 'refuted after a frivolous challenge by another',
    tower: TWO,
    arity: 3,
    server: { lie: [2, 4] },
    verifier: { lie: [0, 1], silentAfter: 0 },
    secondVerifier: honest,
  },
  {
    name: 'two challengers of one false claim, the second is drawn',
    tower: TWO,
    arity: 3,
    server: { lie: [2, 4], silentAfter: 1 },
    verifier: honest,
    secondVerifier: honest,
  },
  {
    name: 'rival claims, both true',
    tower: ONE,
    arity: 3,
    server: honest,
    verifier: honest,
    secondServer: honest,
  },
  {
    name: 'another server answers too',
    tower: TWO,
    arity: 4,
    server: { lie: [5, 2] },
    verifier: honest,
    secondServer: honest,
  },
  {
    name: 'a challenger bound by the rules alone',
    tower: THREE,
    arity: 2,
    server: honest,
    verifier: honest,
    adversary: { party: 'challenger', seed: 11 },
  },
  {
    name: 'an asserter bound by the rules alone, most of a bond burned',
    tower: THREE,
    arity: 3,
    server: { lie: [1, 1, 1] },
    verifier: honest,
    adversary: { party: 'asserter', seed: 23 },
    parameters: {
      burnBasisPoints: 9_000,
      claimBondWei: 10n ** 18n,
      disputeBondWei: 10n ** 17n,
      windowSeconds: 60,
    },
  },
]

const alphabetCase = (game: AlphabetGame, seed: number): GameCase => {
  const { tower, arity, name } = game
  const table = setTable({ tower, parameters: { ...PARAMETERS, arity, ...game.parameters }, seed })
  const path = (side: Side) => side.lie && liePath(table, side.lie)
  const server = (side: Side, address: Address): Server => ({
    ...serverOf(table, path(side), side.silentAfter),
    address,
  })
  const verifier = (side: Side, address: Address): Verifier => ({
    ...verifierOf(table, path(side), side.silentAfter),
    address,
  })
  const asserter = game.server && server(game.server, SERVER)
  const challenger = game.verifier && verifier(game.verifier, VERIFIER)
  const anything = game.adversary
  /** The adversary plays the dispute; what stands around it, the named player does. */
  const replaced = (player: Player, party: Party): Player => {
    if (anything?.party !== party) return player
    const { act } = adversary(table, player.address, party, anything.seed, 4)
    return {
      address: player.address,
      act: (view) => {
        const inDispute = [...view.state.disputes.values()].some(({ kind }) => kind === 'Running')
        const own = inDispute || party === 'challenger' ? act(view) : undefined
        if (own !== undefined) return own
        const other = player.act(view)
        return other?.call.kind === 'Move' || other?.call.kind === 'Open' ? undefined : other
      },
    }
  }
  return {
    name,
    tower,
    modelId: table.requester.request.modelId,
    start: table.state,
    task: table.task,
    ...(asserter && game.verifier && !anything && !game.secondServer && !game.secondVerifier
      ? {
          traces: {
            asserter: asserter.trace,
            challenger: table.storey.run(table.start, path(game.verifier)),
          },
        }
      : {}),
    players: [
      ...(asserter ? [replaced(serverPlayer(asserter), 'asserter')] : []),
      ...(challenger ? [replaced(verifierPlayer(challenger), 'challenger')] : []),
      ...(game.secondServer ? [serverPlayer(server(game.secondServer, SECOND_SERVER))] : []),
      ...(game.secondVerifier ? [verifierPlayer(verifier(game.secondVerifier, SECOND_VERIFIER))] : []),
      requesterPlayer(table.requester),
    ],
  }
}

// --- On the small model ------------------------------------------------------------------------------------------

const INPUT = littleEndian(0x0102_0304, 4)

const graphRun = (lie?: readonly number[]): ModelRun => {
  const trace = GRAPH_STOREY.run(graphStart(INPUT), lie)
  return { trace, carried: graphCarried(trace.end) }
}

const vmRun = (lie?: readonly number[]): ModelRun => {
  const trace = VM_STOREY.run(vmStart(INPUT), lie)
  return { trace, carried: vmCarried(trace.end) }
}

const SMALL_GAMES: readonly Omit<ModelGame, 'input'>[] = [
  {
    name: 'graph and machine: a false node',
    model: GRAPH_MODEL,
    run: graphRun,
    server: [3, 6],
    verifier: undefined,
  },
  {
    name: 'graph and machine: a false store',
    model: GRAPH_MODEL,
    run: graphRun,
    server: [2, 11],
    verifier: undefined,
  },
  {
    name: 'graph and machine: a frivolous challenge',
    model: GRAPH_MODEL,
    run: graphRun,
    server: undefined,
    verifier: [4, 13],
  },
  { name: 'machine alone: a false load', model: VM_MODEL, run: vmRun, server: [6], verifier: undefined },
]

export const gameCases = (): readonly GameCase[] => [
  ...ALPHABET_GAMES.map((game, i) => alphabetCase(game, 100 + i)),
  ...sealedCases(),
  ...SMALL_GAMES.map((game) => modelCase({ ...game, input: INPUT })),
]
