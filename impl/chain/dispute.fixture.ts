import {
  REQUESTER,
  SERVER,
  START,
  serverPlayer,
  VERIFIER,
  verifierPlayer,
} from '../../spec/checks/properties/alphabetGame.ts'
import { type Player, play, type Step } from '../../spec/checks/properties/play.ts'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Call } from '../../spec/service/calls.ts'
import { registeredService, registrationOf } from '../../spec/service/registration.ts'
import { initialService } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { requesterActs, requesterFor } from '../../spec/strategies/parties.ts'
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
  /** As many as the model's most, unless given. */
  readonly iterations?: number
}

/** Every call of a task that these play, beside whoever asks. */
export const playAbout = (
  { model, input, parameters, iterations = model.mostIterations }: Asked,
  players: (task: Id) => readonly Player[],
): readonly Step[] => {
  const asked = {
    nonce: 0,
    modelId: modelId(model),
    iterations,
    attentionWei: 0n,
    feeWei: 100n,
    deadline: START + 50_000,
  }
  const requester = requesterFor(REQUESTER, asked, input)
  const asking: Player = { address: REQUESTER, act: (view) => requesterActs(view, requester) }
  const steps: Step[] = []
  const start = registeredService(parameters, model)
  play(start, START, requester.task, [...players(requester.task), asking], (step) => steps.push(step))
  return steps
}

/** @param silentAfter moves after which it says no more */
export const serverOn = (task: Id, { trace, prepared }: Claimed, silentAfter?: number): Player =>
  serverPlayer({
    address: SERVER,
    task,
    trace,
    prepared,
    ...(silentAfter === undefined ? {} : { silentAfter }),
  })

export const verifierOn = (task: Id, { trace }: Pick<Claimed, 'trace'>): Player =>
  verifierPlayer({ address: VERIFIER, task, traceAgainst: () => trace })

type Claimed = Pick<InferenceRun, 'trace' | 'prepared'>

/**
 * Every call of a task that a server answers with one run and a verifier disputes from another.
 *
 * @param silentAfter moves after which the server says no more
 */
export const disputeAbout = (
  asked: Asked,
  claimed: Claimed,
  disputing: Pick<Claimed, 'trace'>,
  silentAfter?: number,
): readonly Step[] =>
  playAbout(asked, (task) => [serverOn(task, claimed, silentAfter), verifierOn(task, disputing)])

/** A deployment on which a program and a model have been registered. */
export interface Registered {
  readonly service: Address
  /** Gas of the calls that registered them, by their kinds. */
  readonly gasUsed: ReadonlyMap<Call['kind'], number>
}

/** Deploys the contracts and registers program and model. */
export const registerModel = async (
  chain: TestChain,
  { model, parameters }: Pick<Asked, 'model' | 'parameters'>,
): Promise<Registered> => {
  const { service, registry } = await deployOpml(await chain.provider.getSigner(0), parameters)
  const state = initialService(parameters)
  const paid = new Map<Call['kind'], number>()
  for (const [index, call] of registrationOf(model).entries()) {
    const context = { sender: REQUESTER, valueWei: 0n, now: START - 20 + index }
    const { outcome, gasUsed } = await chain.submit(registry, { call, context, state })
    if (outcome !== 'accepted') throw new Error(`${call.kind}: ${outcome}`)
    paid.set(call.kind, gasUsed)
  }
  return { service, gasUsed: paid }
}

/** As `registerModel`, for the service alone. */
export const deployModel = async (
  chain: TestChain,
  asked: Pick<Asked, 'model' | 'parameters'>,
): Promise<Address> => (await registerModel(chain, asked)).service
