import { Interface, type InterfaceAbi } from 'ethers'
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
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { requesterActs } from '../../spec/strategies/parties.ts'
import type { View } from '../../spec/strategies/sight.ts'
import { artifact } from './artifacts.ts'
import type { TestChain } from './chain.fixture.ts'
import { deployContract, deployService } from './deploy.ts'
import { minedReceipt } from './receipt.ts'

/** Games on the alphabet tower as they are put on a chain. */

const RIVAL: Address = `0x${'7'.repeat(40)}`
const SECOND_VERIFIER: Address = `0x${'6'.repeat(40)}`

/** Deploys the service over the alphabet tower, which has the table's tower under each of the table's model ids. */
export const deployAlphabet = async ({ provider }: TestChain, table: Table): Promise<Address> => {
  const signer = await provider.getSigner(0)
  const tower = await deployContract('AlphabetTower', signer, [])
  const { lengths, lastLengths, stepLimit } = table.instance.tower
  const codec = new Interface(artifact('AlphabetTower').abi as InterfaceAbi)
  for (const modelId of table.state.models.keys()) {
    const alphabet = [lengths, lastLengths, stepLimit]
    const data = codec.encodeFunctionData('registerAlphabet', [modelId, alphabet])
    const { hash } = await signer.sendTransaction({ to: tower, data })
    await minedReceipt(provider, hash)
  }
  return deployService(signer, table.instance.parameters, tower)
}

/** Instances under any deployment: bonds and shares that do not divide evenly too. */
export const deployments: fc.Arbitrary<Instance> = fc
  .record({
    instance: instances,
    money: fc.record({
      bondWei: fc.oneof(fc.bigInt(100n, 2000n), fc.bigInt(100n, 1n << 120n)),
      burnBasisPoints: fc.integer({ min: 1, max: 10_000 }),
    }),
    time: fc.record({
      clockSeconds: fc.integer({ min: 2000, max: 9000 }),
      descentSeconds: fc.nat({ max: 900 }),
      windowSeconds: fc.integer({ min: 100, max: 9000 }),
    }),
  })
  .map(({ instance, money, time }) => {
    const parameters: Parameters = { ...instance.parameters, ...money, ...time }
    return { ...instance, parameters }
  })

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
  rival: fc.option(lies, { nil: undefined, freq: 1 }),
  second: fc.option(lies, { nil: undefined, freq: 1 }),
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
