import {
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverPlayer,
  VERIFIER,
  verifierPlayer,
} from '../../checks/properties/alphabetGame.ts'
import type { Player } from '../../checks/properties/play.ts'
import type { Bytes } from '../../commitments/bytes.ts'
import type { Id } from '../../commitments/hash.ts'
import { registeredService } from '../../service/registration.ts'
import type { ServiceState } from '../../service/state.ts'
import { type PreparedClaim, type Requester, requesterActs, requesterFor } from '../../strategies/parties.ts'
import { type Model, modelId } from '../../tower/model.ts'
import type { AlphabetParameters } from '../../tower/phases/alphabet.ts'
import type { Trace } from '../../tower/tower.ts'
import type { Traces } from './attempts.ts'

/** A game to be played: who sits down at which table. */
export interface GameCase {
  readonly name: string
  /** Of the alphabet; absent where the model is the small one. */
  readonly tower?: AlphabetParameters
  readonly model?: Model
  readonly modelId: Id
  readonly start: ServiceState
  readonly task: Id
  readonly players: readonly Player[]
  /** Absent where a side plays anything, or more than one party plays it. */
  readonly traces?: Traces
}

export const PARAMETERS = parametersOf(3)

export const requesterPlayer = (requester: Requester): Player => ({
  address: requester.address,
  act: (view) => requesterActs(view, requester),
})

export interface ModelRun {
  readonly trace: Trace
  readonly carried: Pick<PreparedClaim, 'output' | 'startWitness' | 'outputWitness'>
}

export interface ModelGame {
  readonly name: string
  readonly model: Model
  readonly input: Bytes
  readonly run: (lie?: readonly number[]) => ModelRun
  readonly server: readonly number[] | undefined
  readonly verifier: readonly number[] | undefined
}

/** A server and a verifier on a model, each with its own run of it. */
export const modelCase = ({ name, model, input, run, server, verifier }: ModelGame): GameCase => {
  const start = registeredService(PARAMETERS, model)
  const asked = {
    nonce: 0,
    modelId: modelId(model),
    iterations: model.mostIterations,
    feeWei: 100n,
    attentionWei: 0n,
    deadline: START + 50_000,
  }
  const requester = requesterFor(REQUESTER, asked, input)
  const { task } = requester
  const [asserted, challenged] = [run(server), run(verifier)]
  const { length } = asserted.trace
  return {
    name,
    model,
    modelId: asked.modelId,
    start,
    task,
    traces: { asserter: asserted.trace, challenger: challenged.trace },
    players: [
      serverPlayer({
        address: SERVER,
        task,
        trace: asserted.trace,
        prepared: { length, endRoot: asserted.trace.rootsAt([length])[0]!, ...asserted.carried },
      }),
      verifierPlayer({ address: VERIFIER, task, traceAgainst: () => challenged.trace }),
      requesterPlayer(requester),
    ],
  }
}
