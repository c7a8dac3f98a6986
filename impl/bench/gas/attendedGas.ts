import {
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  VERIFIER,
} from '../../../spec/checks/properties/alphabetGame.ts'
import { type Hash, type Id, ZERO_HASH } from '../../../spec/commitments/hash.ts'
import { tensorRoot } from '../../../spec/commitments/tensor.ts'
import { attentionHash } from '../../../spec/service/attention.ts'
import type { Assertion } from '../../../spec/service/calls.ts'
import { closedUntil } from '../../../spec/service/seals.ts'
import type { SealState } from '../../../spec/service/state.ts'
import { claimId, sealedHash } from '../../../spec/service/task.ts'
import type { Parameters } from '../../../spec/setting/parameters.ts'
import { judgementEnd, roundEnd, roundOf, roundStart } from '../../../spec/setting/times.ts'
import { modelId } from '../../../spec/tower/model.ts'
import { towerRules } from '../../../spec/tower/towerRules.ts'
import type { TestChain } from '../../chain/chain.fixture.ts'
import type { ModelRuns } from '../../inference/runs.ts'
import type { Paid } from './paid.ts'
import { payingOn } from './paying.ts'

/** A verifier that stakes, and answers nothing. */
const SILENT = OUTSIDER

const SALT = `0x${'5a'.repeat(32)}` as Hash

const ATTENTION = { stakeWei: 33n, oneIn: 1, minFeeWei: 20n, payWei: 7n }

/** An assertion as it is sealed. */
const sealedOf = (
  { model }: Pick<ModelRuns, 'model'>,
  taskId: Id,
  input: Uint8Array,
  { nonce, length, endRoot, output, startWitness }: Assertion,
): Hash => {
  const rules = towerRules(model)
  if (!rules.ok) throw new Error(`no tower: ${rules.rejection.reason}`)
  const startRoot = rules.value.top.startRoot(tensorRoot(input), startWitness)
  if (!startRoot.ok) throw new Error(`no start root: ${startRoot.rejection.reason}`)
  const claim = { taskId, modelId: modelId(model), server: SERVER, nonce, length, endRoot }
  return sealedHash(claimId({ ...claim, startRoot: startRoot.value, outputRoot: tensorRoot(output) }), SALT)
}

/**
 * What is paid for a task that is sealed and asks for attention: of two verifiers that stake and are drawn one answers
 * rightly, is paid once the claim that was revealed is final, and takes its stake back; the other is slashed.
 */
export const measureAttended = async (
  chain: TestChain,
  runs: Pick<ModelRuns, 'model' | 'honest'>,
  input: Uint8Array,
  arity: number,
): Promise<readonly Paid[]> => {
  const { model } = runs
  const parameters: Parameters = {
    ...parametersOf(arity),
    seals: { answerSeconds: 40, revealSeconds: 60 },
    attention: ATTENTION,
  }
  const { make, now, paid } = await payingOn(chain, model, parameters)
  const id = modelId(model)
  for (const sender of [VERIFIER, SILENT])
    await make({ call: { kind: 'Enroll', modelId: id }, sender, valueWei: ATTENTION.stakeWei })
  const round = roundOf(parameters, now()) + 1
  const asked = await make({
    call: {
      kind: 'Request',
      nonce: 0,
      modelId: id,
      iterations: model.mostIterations,
      attentionWei: ATTENTION.minFeeWei,
      deadline: START + 2000,
      input,
    },
    sender: REQUESTER,
    valueWei: 100n,
    at: roundStart(parameters, round),
  })
  const [taskId] = [...asked.tasks.keys()] as [Id]
  const assertion: Assertion = { ...runs.honest().prepared, nonce: 0 }
  const sealed = sealedOf(runs, taskId, input, assertion)
  const { seals } = await make({
    call: { kind: 'Seal', taskId, sealed },
    sender: SERVER,
    valueWei: parameters.claimBondWei,
  })
  const [[sealId, seal]] = [...seals] as [[Id, SealState]]
  if (seal.kind !== 'Sealed') throw new Error(`a seal that is ${seal.kind}`)
  await make({ call: { kind: 'CloseRound', round }, sender: VERIFIER, at: roundEnd(parameters, round) + 1 })
  const { rounds } = await make({ call: { kind: 'RecordRound', round }, sender: VERIFIER })
  const randomness = rounds.get(round)?.randomness ?? ZERO_HASH
  const answer = attentionHash(taskId, VERIFIER, assertion.endRoot, randomness)
  await make({ call: { kind: 'Attend', taskId, answer }, sender: VERIFIER })
  const { claims } = await make({
    call: { kind: 'Reveal', sealId, salt: SALT, ...assertion },
    sender: SERVER,
    at: closedUntil(seal.sealedAt, parameters) + 1,
  })
  const [claim] = [...claims.keys()] as [Id]
  await make({
    call: { kind: 'Finalize', claimId: claim },
    sender: SERVER,
    at: now() + parameters.windowSeconds,
  })
  await make({ call: { kind: 'Reward', taskId, verifier: VERIFIER }, sender: VERIFIER })
  await make({ call: { kind: 'Slash', taskId, verifier: SILENT }, sender: REQUESTER })
  await make({ call: { kind: 'Retire', modelId: id }, sender: VERIFIER })
  await make({
    call: { kind: 'Unstake', modelId: id, verifier: VERIFIER },
    sender: VERIFIER,
    at: judgementEnd(parameters, model.phases.length, roundOf(parameters, now())) + 1,
  })
  return paid
}
