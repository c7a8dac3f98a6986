import {
  REQUESTER,
  SERVER,
  START,
  serverPlayer,
  VERIFIER,
  verifierPlayer,
} from '../../spec/checks/properties/alphabetGame.ts'
import { play, type Step } from '../../spec/checks/properties/play.ts'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { registeredService, registrationOf } from '../../spec/service/registration.ts'
import { initialService } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { requesterActs, requesterFor, type View } from '../../spec/strategies/parties.ts'
import { type Model, modelId } from '../../spec/tower/model.ts'
import type { InferenceRun } from '../inference/inferenceRun.ts'
import type { TestChain } from './chain.fixture.ts'
import { deployOpml } from './deploy.ts'

/** Disputes about models, as they are put on a chain. */

/** What is asked for, and of which service. */
export interface Asked {
  readonly model: Model
  readonly input: Bytes
  readonly parameters: Parameters
}

/**
 * Every call of a task that a server answers with one run and a verifier disputes from another.
 *
 * @param silentAfter moves after which the server says no more
 */
export const disputeAbout = (
  { model, input, parameters }: Asked,
  claimed: InferenceRun,
  disputing: InferenceRun,
  silentAfter?: number,
): readonly Step[] => {
  const asked = { nonce: 0, modelId: modelId(model), feeWei: 100n, deadline: START + 50_000 }
  const requester = requesterFor(REQUESTER, asked, input)
  const { task } = requester
  const { trace, prepared } = claimed
  const silence = silentAfter === undefined ? {} : { silentAfter }
  const steps: Step[] = []
  const players = [
    serverPlayer({ address: SERVER, task, trace, prepared, ...silence }),
    verifierPlayer({ address: VERIFIER, task, traceAgainst: () => disputing.trace }),
    { address: REQUESTER, act: (view: View) => requesterActs(view, requester) },
  ]
  play(registeredService(parameters, model), START, task, players, (step) => steps.push(step))
  return steps
}

/** Deploys the contracts and registers program and model. */
export const deployModel = async (
  chain: TestChain,
  { model, parameters }: Pick<Asked, 'model' | 'parameters'>,
): Promise<Address> => {
  const { service, registry } = await deployOpml(await chain.provider.getSigner(0), parameters)
  const state = initialService(parameters)
  for (const [index, call] of registrationOf(model).entries()) {
    const context = { sender: REQUESTER, valueWei: 0n, now: START - 20 + index }
    const { outcome } = await chain.submit(registry, { call, context, state })
    if (outcome !== 'accepted') throw new Error(`${call.kind}: ${outcome}`)
  }
  return service
}
