import {
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  serverPlayer,
  VERIFIER,
  verifierPlayer,
} from '../../spec/checks/properties/alphabetGame.ts'
import { play, type Step } from '../../spec/checks/properties/play.ts'
import { registeredService, registrationOf } from '../../spec/service/registration.ts'
import { initialService } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { type Requester, requesterActs, requesterFor } from '../../spec/strategies/parties.ts'
import type { View } from '../../spec/strategies/sight.ts'
import { modelId, type PhaseName } from '../../spec/tower/model.ts'
import type { InferenceRun } from '../inference/inferenceRun.ts'
import { type ModelRuns, modelRuns } from '../inference/runs.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import type { TestChain } from './chain.fixture.ts'
import { deployOpml } from './deploy.ts'

/** Disputes about the real model on a real image, as they are put on a chain. */

const PARAMETERS = parametersOf(3)

const INPUT = imageOf(testDigits(), 42)

export const mnistRuns = (phases: readonly PhaseName[]): ModelRuns =>
  modelRuns(loadModel('mnist-mlp'), phases, INPUT)

const requesterOf = ({ model }: ModelRuns): Requester => {
  const asked = { nonce: 0, modelId: modelId(model), feeWei: 100n, deadline: START + 50_000 }
  return requesterFor(REQUESTER, asked, INPUT)
}

/** Every call of a task that a server answers with one run and a verifier disputes from another. */
export const disputeOf = (
  runs: ModelRuns,
  claimed: InferenceRun,
  disputing: InferenceRun,
): readonly Step[] => {
  const requester = requesterOf(runs)
  const steps: Step[] = []
  const players = [
    serverPlayer({ address: SERVER, task: requester.task, trace: claimed.trace, prepared: claimed.prepared }),
    verifierPlayer({ address: VERIFIER, task: requester.task, traceAgainst: () => disputing.trace }),
    { address: REQUESTER, act: (view: View) => requesterActs(view, requester) },
  ]
  play(registeredService(PARAMETERS, runs.model), START, requester.task, players, (step) => steps.push(step))
  return steps
}

/** Deploys the contracts and registers program and model. */
export const deployMnist = async (chain: TestChain, runs: ModelRuns): Promise<Address> => {
  const { service, registry } = await deployOpml(await chain.provider.getSigner(0), PARAMETERS)
  const state = initialService(PARAMETERS)
  for (const [index, call] of registrationOf(runs.model).entries()) {
    const context = { sender: REQUESTER, valueWei: 0n, now: START - 20 + index }
    const { outcome } = await chain.submit(registry, { call, context, state })
    if (outcome !== 'accepted') throw new Error(`${call.kind}: ${outcome}`)
  }
  return service
}
