import { Interface, type InterfaceAbi } from 'ethers'
import {
  OUTSIDER,
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  VERIFIER,
} from '../../../spec/checks/properties/alphabetGame.ts'
import { type Hash, type Id, keccak } from '../../../spec/commitments/hash.ts'
import { deadline } from '../../../spec/game/clocks.ts'
import { revealEnd } from '../../../spec/service/seals.ts'
import type { DisputeState, ServiceState } from '../../../spec/service/state.ts'
import type { Address } from '../../../spec/service/task.ts'
import type { Parameters } from '../../../spec/setting/parameters.ts'
import { honestReply } from '../../../spec/strategies/honest.ts'
import { modelId } from '../../../spec/tower/model.ts'
import { artifact } from '../../chain/artifacts.ts'
import type { TestChain } from '../../chain/chain.fixture.ts'
import { deployContract } from '../../chain/deploy.ts'
import type { InferenceRun } from '../../inference/inferenceRun.ts'
import type { Paid } from './paid.ts'
import { payingOn } from './paying.ts'
import type { Story } from './stories.ts'

/** A server that lies, and whoever seals what it never reveals. */
const LIAR = OUTSIDER

const newest = <Entry>(map: ReadonlyMap<Id, Entry>): readonly [Id, Entry] => [...map].at(-1)!

/** The clock of the one to move has run out. */
const timeoutSecond = (dispute: DisputeState): number => {
  if (dispute.kind !== 'Running') throw new Error(`a dispute that is ${dispute.kind}`)
  return deadline(dispute.clocks) + 1
}

/**
 * What is paid where a fee finds its way: a contract asks; a liar's claim is bound first, then a seal that nobody reveals,
 * then the truth. Two verifiers dispute the lie, which falls by the clock; the fee's cursor passes claim and seal, the
 * true claim collects, and the contract is called back.
 */
export const measureFee = async (
  chain: TestChain,
  { model, input, claimed, disputing }: Pick<Story, 'model' | 'input' | 'claimed' | 'disputing'>,
  arity: number,
): Promise<readonly Paid[]> => {
  const parameters: Parameters = { ...parametersOf(arity), seals: { answerSeconds: 40, revealSeconds: 60 } }
  const { claimBondWei, disputeBondWei, windowSeconds } = parameters
  const { contract, make, send, now, paid } = await payingOn(chain, model, parameters)

  const asker = await deployContract('Asker', await chain.provider.getSigner(0), [contract])
  const codec = new Interface(artifact('Asker').abi as InterfaceAbi)
  const asked = { modelId: modelId(model), nonce: 0, iterations: model.mostIterations, attentionWei: 0n }
  const ask = codec.encodeFunctionData('ask', [{ ...asked, deadline: START + 2000 }, input])
  const [taskId] = newest((await send(asker, ask, REQUESTER, 100n)).tasks)

  const claim = (sender: Address, { prepared }: InferenceRun): Promise<ServiceState> =>
    make({ call: { kind: 'Claim', taskId, nonce: 0, ...prepared }, sender, valueWei: claimBondWei })
  const [lie, { claim: told }] = newest((await claim(LIAR, claimed)).claims)
  const sealed = keccak<Hash>(LIAR)
  const bound = await make({ call: { kind: 'Seal', taskId, sealed }, sender: LIAR, valueWei: claimBondWei })
  const [sealId, seal] = newest(bound.seals)
  if (seal.kind !== 'Sealed') throw new Error(`a seal that is ${seal.kind}`)
  const [truth] = newest((await claim(SERVER, disputing)).claims)

  const position = { phase: 0, length: told.length, roots: [told.startRoot, told.endRoot], at: [0] }
  const picked = honestReply(position, arity, disputing.trace)
  if (picked === undefined) throw new Error('nothing to dispute')
  const disputes: (readonly [Id, DisputeState])[] = []
  for (const sender of [VERIFIER, SERVER]) {
    const call = { kind: 'Open', claimId: lie, nonce: 0, reply: picked.reply } as const
    disputes.push(newest((await make({ call, sender, valueWei: disputeBondWei })).disputes))
  }
  const [[won, running], [drawn]] = disputes as [[Id, DisputeState], [Id, DisputeState]]
  await make({ call: { kind: 'Delegate', to: VERIFIER }, sender: SERVER })
  await make({ call: { kind: 'Timeout', disputeId: won }, sender: VERIFIER, at: timeoutSecond(running) })
  await make({ call: { kind: 'Draw', disputeId: drawn }, sender: SERVER })

  await make({
    call: { kind: 'Forfeit', sealId },
    sender: REQUESTER,
    at: revealEnd(seal.sealedAt, parameters) + 1,
  })
  await make({ call: { kind: 'Finalize', claimId: truth }, sender: SERVER, at: now() + windowSeconds })
  await make({ call: { kind: 'PassClaim', claimId: lie }, sender: SERVER })
  await make({ call: { kind: 'PassSeal', sealId }, sender: SERVER })
  await make({ call: { kind: 'Collect', claimId: truth }, sender: SERVER })
  await make({
    call: { kind: 'Notify', taskId, output: disputing.prepared.output },
    sender: REQUESTER,
  })
  return paid
}
