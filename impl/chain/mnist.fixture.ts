import { parametersOf } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import type { Address } from '../../spec/service/task.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import type { InferenceRun } from '../inference/inferenceRun.ts'
import { type ModelRuns, modelRuns } from '../inference/runs.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import type { TestChain } from './chain.fixture.ts'
import { type Asked, deployModel, disputeAbout } from './dispute.fixture.ts'

/** Disputes about the real model on a real image. */

const PARAMETERS = parametersOf(3)

const INPUT = imageOf(testDigits(), 42)

export const mnistRuns = (phases: readonly PhaseName[]): ModelRuns =>
  modelRuns(loadModel('mnist-mlp'), phases, INPUT)

const askedOf = ({ model }: ModelRuns, parameters = PARAMETERS): Asked => ({
  model,
  input: INPUT,
  parameters,
})

/** Every call of a task that a server answers with one run and a verifier disputes from another. */
export const disputeOf = (
  runs: ModelRuns,
  claimed: InferenceRun,
  disputing: InferenceRun,
  parameters = PARAMETERS,
): readonly Step[] => disputeAbout(askedOf(runs, parameters), claimed, disputing)

/** Deploys the contracts and registers program and model. */
export const deployMnist = (chain: TestChain, runs: ModelRuns, parameters = PARAMETERS): Promise<Address> =>
  deployModel(chain, { model: runs.model, parameters })
