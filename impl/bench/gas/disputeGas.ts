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
} from '../../../spec/checks/properties/alphabetGame.ts'
import { play, type Step } from '../../../spec/checks/properties/play.ts'
import type { Address } from '../../../spec/service/task.ts'
import { requesterActs } from '../../../spec/strategies/parties.ts'
import type { View } from '../../../spec/strategies/sight.ts'
import type { PhaseName } from '../../../spec/tower/model.ts'
import { deployAlphabet } from '../../chain/alphabet.fixture.ts'
import type { TestChain } from '../../chain/chain.fixture.ts'
import { disputeAbout, registerModel } from '../../chain/dispute.fixture.ts'
import { measureAttended } from './attendedGas.ts'
import { measureFee } from './feeGas.ts'
import type { Paid, PaidDispute } from './paid.ts'
import { mnist, mnistGraph, STORIES, type Story, undisputed } from './stories.ts'

/** Of the disputes; a dissection's cost is measured at others too. */
const ARITY = 16

/** What a descent joins, from the model's phases. */
const jointOf = ({ before, applied: { id, state } }: Step, phases: readonly PhaseName[]): string => {
  const dispute = state.disputes.get(id!) ?? before.disputes.get(id!)
  if (dispute?.kind !== 'Running') throw new Error('a descent decides nothing')
  const { phase } = dispute.position
  return `${phases[phase - 1]}/${phases[phase]}`
}

const whatOf = (step: Step, phases: readonly PhaseName[]): string => {
  const { call } = step.intent
  if (!('reply' in call)) return call.kind
  return call.reply.kind === 'Descend' ? `Descend ${jointOf(step, phases)}` : call.reply.kind
}

const payFor = async (
  chain: TestChain,
  contract: Address,
  steps: readonly Step[],
  phases: readonly PhaseName[],
): Promise<readonly Paid[]> => {
  const paid: Paid[] = []
  for (const step of steps) {
    const { intent, context, before } = step
    const { outcome, gasUsed } = await chain.submit(contract, { call: intent.call, context, state: before })
    if (outcome !== 'accepted') throw new Error(`${intent.call.kind}: ${outcome}`)
    paid.push({ what: whatOf(step, phases), isMove: 'reply' in intent.call, gas: gasUsed })
  }
  return paid
}

const played = async (chain: TestChain, story: Story): Promise<PaidDispute> => {
  await chain.rewind()
  const { name, phases, steps, model, claimed, disputing, silentAfter } = story
  const parameters = parametersOf(ARITY)
  const { service, gasUsed } = await registerModel(chain, { model, parameters })
  const registering = [...gasUsed].map(([what, gas]): Paid => ({ what, isMove: false, gas }))
  const made = disputeAbout({ ...story, parameters }, claimed, disputing, silentAfter)
  const calls = [...registering, ...(await payFor(chain, service, made, phases))]
  return { name, k: phases.length, steps, calls }
}

/** Disputes from the model's registration to the last withdrawal; one that ends by the clock, and a claim that nobody disputes. */
export const measureDisputes = async (
  chain: TestChain,
): Promise<{ readonly disputes: readonly PaidDispute[]; readonly others: readonly PaidDispute[] }> => {
  const disputes: PaidDispute[] = []
  for (const story of STORIES) disputes.push(await played(chain, story()))
  const silent = await played(chain, mnistGraph(1))
  return { disputes, others: [silent, await played(chain, undisputed())] }
}

/** A dissection at an arity: the dearest of a dispute about the last segment, the asserter's and the challenger's. */
export const measureMove = async (chain: TestChain, arity: number): Promise<number> => {
  await chain.rewind()
  // Three levels have a dissection of each party. Beyond 16 a long run takes long, and calldata decides alone.
  const stepLimit = arity ** (arity <= 16 ? 3 : 2)
  const table = setTable({
    tower: { lengths: [], lastLengths: [stepLimit], stepLimit },
    parameters: parametersOf(arity),
    seed: 1,
  })
  const contract = await deployAlphabet(chain, table)
  const steps: Step[] = []
  const players = [
    serverPlayer(serverOf(table, liePath(table, [stepLimit - 1]))),
    verifierPlayer(verifierOf(table)),
    { address: REQUESTER, act: (view: View) => requesterActs(view, table.requester) },
  ]
  play(table.state, START, table.task, players, (step) => steps.push(step))
  const paid = await payFor(chain, contract, steps, [])
  const moves = paid.filter(({ what }) => what === 'Dissect').slice(1)
  return Math.max(...moves.map(({ gas }) => gas))
}

/** What tasks with seals cost, call by call: one that asks for attention, and one whose fee passes a lie and a seal. */
export const measureSealed = async (chain: TestChain): Promise<readonly Paid[]> => {
  const { runs, input } = mnist(['graph', 'vm'])
  const attended = await measureAttended(chain, runs, input, ARITY)
  return [...attended, ...(await measureFee(chain, mnistGraph(), ARITY))]
}

/** Who pays. */
export const PAYERS: readonly Address[] = [REQUESTER, SERVER, VERIFIER, OUTSIDER]
