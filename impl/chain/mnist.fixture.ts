import { tensorRoot } from '../../spec/commitments/tensor.ts'
import type { Parameters } from '../../spec/parameters.ts'
import {
  REQUESTER,
  SERVER,
  START,
  serverPlayer,
  VERIFIER,
  verifierPlayer,
} from '../../spec/properties/alphabetGame.ts'
import { play, type Step } from '../../spec/properties/play.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import { modelId, type PhaseName } from '../../spec/service/model.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import { type Address, type Task, taskId } from '../../spec/service/task.ts'
import { type Requester, requesterActs, type View } from '../../spec/strategies/parties.ts'
import type { InferenceRun } from '../inference/inferenceRun.ts'
import { type ModelRuns, modelRuns } from '../inference/runs.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import type { TestChain } from './chain.fixture.ts'
import { deployOpml } from './deploy.ts'

/** Disputes about the real model on a real image, as they are put on a chain. */

const PARAMETERS: Parameters = {
  arity: 3,
  clockSeconds: 3600,
  descentSeconds: 600,
  windowSeconds: 7200,
  bondWei: 1000n,
  burnBasisPoints: 5000,
}

const INPUT = imageOf(testDigits(), 42)

export const mnistRuns = (phases: readonly PhaseName[]): ModelRuns =>
  modelRuns(loadModel('mnist-mlp'), phases, INPUT)

const registrations = ({ model }: ModelRuns): readonly Call[] => [
  { kind: 'RegisterProgram', program: model.program },
  { kind: 'RegisterModel', model },
]

const registered = (runs: ModelRuns): ServiceState =>
  registrations(runs).reduce((state, call) => {
    const result = applyCall(state, call, { sender: REQUESTER, valueWei: 0n, now: 0 })
    if (!result.ok) throw new Error(result.rejection.reason)
    return result.value.state
  }, initialService(PARAMETERS))

const requesterOf = (runs: ModelRuns): Requester => {
  const task: Task = {
    requester: REQUESTER,
    nonce: 0,
    modelId: modelId(runs.model),
    inputRoot: tensorRoot(INPUT),
    feeWei: 100n,
    deadline: START + 50_000,
  }
  return {
    address: REQUESTER,
    request: { kind: 'Request', nonce: 0, modelId: task.modelId, input: INPUT, deadline: task.deadline },
    feeWei: task.feeWei,
    task: taskId(task),
  }
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
  play(registered(runs), START, requester.task, players, (step) => steps.push(step))
  return steps
}

/** Deploys the contracts and registers program and model. */
export const deployMnist = async (chain: TestChain, runs: ModelRuns): Promise<Address> => {
  const contract = await deployOpml(await chain.provider.getSigner(0), PARAMETERS)
  const state = initialService(PARAMETERS)
  for (const [index, call] of registrations(runs).entries()) {
    const context = { sender: REQUESTER, valueWei: 0n, now: START - 20 + index }
    const { outcome } = await chain.submit(contract, { call, context, state })
    if (outcome !== 'accepted') throw new Error(`${call.kind}: ${outcome}`)
  }
  return contract
}
