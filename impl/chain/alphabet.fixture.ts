import { Interface, type InterfaceAbi, type JsonRpcProvider } from 'ethers'
import fc from 'fast-check'
import { adversary } from '../../spec/checks/properties/adversary.ts'
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
} from '../../spec/checks/properties/alphabetGame.ts'
import { type Player, play, type Step } from '../../spec/checks/properties/play.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Address } from '../../spec/service/task.ts'
import { leftShare, type Parameters, parameterFault } from '../../spec/setting/parameters.ts'
import { requesterActs } from '../../spec/strategies/parties.ts'
import type { View } from '../../spec/strategies/sight.ts'
import type { AlphabetParameters } from '../../spec/tower/phases/alphabet.ts'
import { artifact } from './artifacts.ts'
import type { TestChain } from './chain.fixture.ts'
import { deployContract, deployService } from './deploy.ts'
import { minedReceipt } from './receipt.ts'

/** Games on the alphabet tower as they are put on a chain. */

const RIVAL: Address = `0x${'7'.repeat(40)}`
const SECOND_VERIFIER: Address = `0x${'6'.repeat(40)}`

/** Deploys the alphabet tower's contract for such deployments, with those models. */
export const alphabetTower = async (
  provider: JsonRpcProvider,
  { arity, mostMoves }: Pick<Parameters, 'arity' | 'mostMoves'>,
  models: ReadonlyMap<Id, AlphabetParameters>,
): Promise<Address> => {
  const signer = await provider.getSigner(0)
  const tower = await deployContract('AlphabetTower', signer, [arity, mostMoves])
  const codec = new Interface(artifact('AlphabetTower').abi as InterfaceAbi)
  for (const [modelId, { lengths, lastLengths, stepLimit }] of models) {
    const alphabet = [lengths, lastLengths, stepLimit]
    const data = codec.encodeFunctionData('registerAlphabet', [modelId, alphabet])
    const { hash } = await signer.sendTransaction({ to: tower, data })
    await minedReceipt(provider, hash)
  }
  return tower
}

/** Deploys the service over the alphabet tower, which has the table's tower under each of the table's model ids. */
export const deployAlphabet = async ({ provider }: TestChain, table: Table): Promise<Address> => {
  const { parameters, tower } = table.instance
  const models = new Map([...table.state.models.keys()].map((id) => [id, tower] as const))
  const signer = await provider.getSigner(0)
  return deployService(signer, parameters, await alphabetTower(provider, parameters, models))
}

/** Hours, so that a chain's own seconds decide nothing, and bonds that divide unevenly. */
const PARAMETERS: Parameters = {
  arity: 3,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  claimBondWei: 1001n,
  disputeBondWei: 797n,
  burnBasisPoints: 3333,
  disputesAtOnce: 4,
  mostMoves: 1000,
  inclusionSeconds: 0,
}

/** One instance with those segments of its phases above the last, for tests that say what happens in it call by call. */
export const instanceOf = (...lengths: readonly number[]): Instance => ({
  tower: { lengths, lastLengths: [7, 12], stepLimit: 15 },
  parameters: PARAMETERS,
  seed: 11,
})

/** Instances under any deployment: bonds and shares that do not divide evenly too. */
export const deployments: fc.Arbitrary<Instance> = fc
  .record({
    instance: instances,
    claimBondWei: fc.oneof(fc.bigInt(4000n, 9000n), fc.bigInt(4000n, 1n << 120n)),
    burnBasisPoints: fc.integer({ min: 500, max: 9000 }),
    disputesAtOnce: fc.integer({ min: 2, max: 30 }),
    time: fc.record({
      clockSeconds: fc.integer({ min: 2000, max: 9000 }),
      descentSeconds: fc.nat({ max: 900 }),
      windowSeconds: fc.integer({ min: 100, max: 9000 }),
    }),
  })
  .map(({ instance, claimBondWei, burnBasisPoints, disputesAtOnce, time }) => {
    const money = { claimBondWei, burnBasisPoints, disputesAtOnce }
    const parameters: Parameters = {
      ...instance.parameters,
      ...money,
      ...time,
      disputeBondWei: leastDisputeBondWei(money),
    }
    return { ...instance, parameters }
  })
  .filter(({ parameters }) => parameterFault(parameters) === undefined)

/** The least dispute bond whose burned share, times the disputes that a server plays at once, is what a fallen claim gives. */
const leastDisputeBondWei = (
  money: Pick<Parameters, 'claimBondWei' | 'burnBasisPoints' | 'disputesAtOnce'>,
): bigint => {
  const burned = leftShare(money, money.claimBondWei) / BigInt(money.disputesAtOnce) + 1n
  return (burned * 10_000n) / BigInt(money.burnBasisPoints) + 1n
}

/** Who plays: an honest party against a liar that plays well, or against one that does what it likes. */
export interface Cast {
  readonly honest: 'server' | 'verifier'
  readonly opponent: 'liar' | 'adversary'
  readonly lie: readonly number[]
  readonly seed: number
  readonly silentAfter: number | undefined
  /** What a rival server's claim, and a second challenger, play from; absent where there is none. */
  readonly rival?: readonly number[] | undefined
  readonly second?: readonly number[] | undefined
}

const lies = fc.array(fc.nat(), { minLength: 3, maxLength: 3 })

export const casts: fc.Arbitrary<Cast> = fc.record({
  honest: fc.constantFrom('server', 'verifier'),
  opponent: fc.constantFrom('liar', 'adversary'),
  lie: lies,
  seed: fc.nat(),
  silentAfter: fc.option(fc.nat({ max: 4 }), { nil: undefined, freq: 3 }),
  rival: fc.oneof(fc.constant(undefined), lies),
  second: fc.oneof(fc.constant(undefined), lies),
})

const playersOf = (table: Table, { honest, opponent, lie, seed, silentAfter }: Cast): [Player, Player] => {
  const path = liePath(table, lie)
  const quits = silentAfter === undefined ? 0 : 10
  if (honest === 'server')
    return [
      serverPlayer(serverOf(table)),
      opponent === 'liar'
        ? verifierPlayer(verifierOf(table, path, silentAfter))
        : adversary(table, VERIFIER, 'challenger', seed, quits),
    ]
  const liar = serverPlayer(serverOf(table, path, silentAfter))
  const any = adversary(table, SERVER, 'asserter', seed, quits)
  const isDisputed = ({ state }: View): boolean =>
    [...state.disputes.values()].some(({ kind }) => kind === 'Running')
  const server: Player = {
    address: SERVER,
    act: (view) => (opponent === 'adversary' && isDisputed(view) ? any.act(view) : liar.act(view)),
  }
  return [server, verifierPlayer(verifierOf(table))]
}

/** Whoever plays beside the two: their claims and disputes are open at the same time. */
const othersOf = (table: Table, { rival, second, silentAfter }: Cast): readonly Player[] => [
  ...(rival === undefined
    ? []
    : [serverPlayer({ ...serverOf(table, liePath(table, rival), silentAfter), address: RIVAL })]),
  ...(second === undefined
    ? []
    : [verifierPlayer({ ...verifierOf(table, liePath(table, second)), address: SECOND_VERIFIER })]),
]

export interface Game {
  readonly table: Table
  /** Every call of the whole task, all of them accepted by the specification. */
  readonly steps: readonly Step[]
}

export const playGame = (instance: Instance, cast: Cast): Game => playTable(setTable(instance), cast)

/** A game at a table that is set already. */
export const playTable = (table: Table, cast: Cast): Game => {
  const steps: Step[] = []
  const [server, verifier] = playersOf(table, cast)
  const requester: Player = { address: REQUESTER, act: (view) => requesterActs(view, table.requester) }
  const players = [server, ...othersOf(table, cast), verifier, requester]
  play(table.state, START, table.task, players, (step) => steps.push(step))
  return { table, steps }
}

export const PLAYERS = [REQUESTER, SERVER, VERIFIER, RIVAL, SECOND_VERIFIER] as const

/** A game of two phases that a verifier wins, for tests to which it is all the same how a game goes. */
export const shortGame = () =>
  playGame(
    {
      tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
      parameters: {
        arity: 4,
        clockSeconds: 3600,
        descentSeconds: 600,
        windowSeconds: 7200,
        claimBondWei: 1000n,
        disputeBondWei: 797n,
        burnBasisPoints: 5000,
        disputesAtOnce: 4,
        mostMoves: 1000,
        inclusionSeconds: 0,
      },
      seed: 5,
    },
    { honest: 'verifier', opponent: 'liar', lie: [1, 2, 3], seed: 0, silentAfter: undefined },
  )
