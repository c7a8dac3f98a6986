import {
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  setTable,
  VERIFIER,
} from '../../spec/checks/properties/alphabetGame.ts'
import { SEALS } from '../../spec/checks/properties/oneTask.ts'
import type { Address } from '../../spec/service/task.ts'
import { type DuetChain, startDuetChain } from './duet.fixture.ts'

/** One task on a tower of two phases, small enough that whole games are tried at each of their calls. */
export const TABLE = setTable({
  tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
  parameters: { ...parametersOf(4), seals: SEALS },
  seed: 5,
})

/** One who plays beside the usual parties. */
export const FRIEND: Address = `0x${'9'.repeat(40)}`

/** A chain on which that task's service stands. */
export const startTableChain = async (): Promise<{
  readonly chain: DuetChain
  readonly contract: Address
}> => {
  const chain = await startDuetChain([REQUESTER, SERVER, VERIFIER, FRIEND, OUTSIDER])
  const towers = new Map([...TABLE.state.models.keys()].map((id) => [id, TABLE.instance.tower] as const))
  return { chain, contract: await chain.deploy(TABLE.state, towers) }
}
