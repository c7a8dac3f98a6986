import {
  liePath,
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from '../../spec/checks/properties/alphabetGame.ts'
import { SALT, SEALS } from '../../spec/checks/properties/oneTask.ts'
import { type Player, play, type Step } from '../../spec/checks/properties/play.ts'
import type { Address } from '../../spec/service/task.ts'
import { requesterActs } from '../../spec/strategies/parties.ts'
import { type DuetChain, startDuetChain } from './duet.fixture.ts'

/** One task on a tower of two phases, small enough that whole games are tried at each of their calls. */
export const TABLE = setTable({
  tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
  parameters: { ...parametersOf(4), seals: SEALS },
  seed: 5,
})

/** One who plays beside the usual parties. */
export const FRIEND: Address = `0x${'9'.repeat(40)}`

/** Where the lie that is told at the table is planted. */
export const LIE = liePath(TABLE, [1, 2, 3])

/** What happens to the lie that is told at the table. */
export interface Cast {
  /** By one who opens first and then says no more, so that it draws when the lie falls to the other, who plays on. */
  readonly isDisputed: boolean
  /** There is an honest claim too, sealed, which settles the task and has the fee. */
  readonly isSealed: boolean
  /** The liar makes so many moves and no more. */
  readonly liarMoves?: number
}

/** Every call of a game at the table, as the parties' strategies make them. */
export const stepsOf = ({ isDisputed, isSealed, liarMoves }: Cast): readonly Step[] => {
  const lie = serverOf(TABLE, LIE, liarMoves)
  const players: readonly Player[] = [
    serverPlayer({ ...lie, address: FRIEND }),
    ...(isSealed ? [serverPlayer({ ...serverOf(TABLE), salt: SALT })] : []),
    ...(isDisputed
      ? [
          verifierPlayer({ ...verifierOf(TABLE, undefined, 0), address: OUTSIDER }),
          verifierPlayer(verifierOf(TABLE)),
        ]
      : []),
    { address: REQUESTER, act: (view) => requesterActs(view, TABLE.requester) },
  ]
  const steps: Step[] = []
  play(TABLE.state, START, TABLE.task, players, (step) => steps.push(step))
  return steps
}

/** A chain on which that task's service stands. */
export const startTableChain = async (): Promise<{
  readonly chain: DuetChain
  readonly contract: Address
}> => {
  const chain = await startDuetChain([REQUESTER, SERVER, VERIFIER, FRIEND, OUTSIDER])
  const towers = new Map([...TABLE.state.models.keys()].map((id) => [id, TABLE.instance.tower] as const))
  return { chain, contract: await chain.deploy(TABLE.state, towers) }
}
