import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { concat } from '../../spec/commitments/bytes.ts'
import type { StateRoot } from '../../spec/commitments/hash.ts'
import { openSegment } from '../../spec/game/position.ts'
import type { Reply } from '../../spec/game/reply.ts'
import { PROCESSOR_BYTES } from '../../spec/machine/state.ts'
import type { Rejection } from '../../spec/rejection.ts'
import type { Call } from '../../spec/service/calls.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import { partAt } from '../../spec/tower/phases/graph.arbitrary.ts'
import type { Trace, UpperTrace } from '../../spec/tower/tower.ts'
import type { InferenceRun } from '../inference/inferenceRun.ts'
import { PLAYERS } from './alphabet.fixture.ts'
import { specVerdict, startTestChain, type TestChain } from './chain.fixture.ts'
import { damagedStep } from './damage.fixture.ts'
import { ChainFollower } from './follower.ts'
import { deployMnist, disputeOf, mnistRuns } from './mnist.fixture.ts'

const RUNS = mnistRuns(['graph', 'vm'])
/** The whole model in the machine: no descents, the claim opens the machine's last state. */
const MACHINE_RUNS = mnistRuns(['vm'])

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

type Descent = Reply & { kind: 'Descend' }
type Refusals = readonly (readonly [label: string, reply: Reply, expected: Rejection['reason']])[]

const OTHER_ROOT = `0x${'77'.repeat(32)}` as StateRoot

const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 1)

const upper = (trace: Trace): UpperTrace => {
  if (trace.kind !== 'upper') throw new Error('the top phase is the graph')
  return trace
}

/**
 * Where the parts of a descent's witness begin: see spec/tower/phases/nodeOpening.ts. MNIST's graph has six nodes, a tree
 * of height 3; behind a row's bitmap stand as many words as it has bits set.
 */
const layoutOf = ({ witness }: Descent, node: number) => {
  const { operands, outputSlot } = RUNS.graph.nodes[node]!
  const slots = (kind: string) =>
    operands.filter((operand) => operand.kind === kind).map(({ index }) => index)
  const [values, weights] = [new Set([...slots('value'), outputSlot]), new Set(slots('weight'))]
  const { valueHeight, weightHeight } = RUNS.model
  const descriptor = partAt(witness, 'descriptor', 4, 1 + 4 + 3, 'DescriptorMismatch').words
  const read = partAt(witness, 'values', descriptor[1], values.size * (1 + valueHeight), 'PreStateMismatch')
  const weight = partAt(
    witness,
    'weights',
    read.words[1],
    weights.size * (1 + weightHeight),
    'OperandMismatch',
  )
  const memory = partAt(witness, 'memory', weight.words[1], 4, 'EndMismatch')
  expect(witness.length).toBe(memory.words[1] + PROCESSOR_BYTES)
  return { descriptor, values: read.words, weights: weight.words, memory: memory.words }
}

/** The descent with its run cut off one instruction before the end: everything in it is true, but it goes on. */
const unstable = (descent: Descent, below: Trace): Descent => {
  if (below.kind !== 'last') throw new Error('the machine is the last phase')
  const { length } = below
  const [end] = below.rootsAt([length - 1]) as [StateRoot]
  // The last instruction is the exit: it touches no memory, so that the proof of the output's slot is the same.
  const processor = below.stepWitness(length - 1).subarray(0, PROCESSOR_BYTES)
  return {
    ...descent,
    length: length - 1,
    roots: [...descent.roots.slice(0, -1), end],
    witness: concat(descent.witness.slice(0, -PROCESSOR_BYTES), processor),
  }
}

/** Every way in which a descent into node `node` could start or end elsewhere, and what it is refused for. */
const elsewhere = (descent: Descent, own: UpperTrace, opponent: UpperTrace, node: number): Refusals => {
  const { witness, roots } = descent
  const { descriptor, values, weights, memory } = layoutOf(descent, node)
  const damaged = (at: number): Reply => ({ ...descent, witness: flip(witness, at) })
  const otherNode = own.descend((node + 1) % own.length)
  const theirs = opponent.descend(node)
  const theirRoots = theirs.below.rootsAt(
    roots.map((_, i) => Math.floor(((i + 1) * descent.length) / roots.length)),
  )
  return [
    ['is into another node', { ...descent, witness: otherNode.witness }, 'PreStateMismatch'],
    ['is into a node of another index', damaged(3), 'DescriptorMismatch'],
    ['has an operand of another index', damaged(descriptor[0]), 'DescriptorMismatch'],
    ['has another graph', damaged(descriptor[1] - 1), 'DescriptorMismatch'],
    ['has another value', damaged(values[0]), 'PreStateMismatch'],
    ['has other values', damaged(values[1] - 1), 'PreStateMismatch'],
    ...(weights[1] > weights[0]
      ? ([
          ['has another weight', damaged(weights[0]), 'OperandMismatch'],
          ['has other weights', damaged(weights[1] - 1), 'OperandMismatch'],
        ] as const)
      : []),
    ['has a byte too many', { ...descent, witness: concat(witness, Uint8Array.of(0)) }, 'WitnessMalformed'],
    ['has a byte too few', { ...descent, witness: witness.slice(0, -1) }, 'WitnessMalformed'],
    ['has another output', damaged(memory[0]), 'EndMismatch'],
    ['ends in another memory', damaged(memory[1] - 1), 'EndMismatch'],
    ['ends with another status', damaged(memory[1]), 'EndMismatch'],
    ['ends elsewhere', { ...descent, roots: [...roots.slice(0, -1), OTHER_ROOT] }, 'EndMismatch'],
    ['ends before the machine has stopped', unstable(descent, own.descend(node).below), 'EndNotStable'],
    ['has no length', { ...descent, length: 0 }, 'LengthInvalid'],
    ['is longer than allowed', { ...descent, length: RUNS.model.stepLimit + 1 }, 'LengthInvalid'],
    ['has one root more', { ...descent, roots: [OTHER_ROOT, ...roots] }, 'RootCountMismatch'],
    ['has one root less', { ...descent, roots: roots.slice(1) }, 'RootCountMismatch'],
    ['has no roots', { ...descent, roots: [] }, 'RootCountMismatch'],
    [
      "leads to the opponent's end",
      { ...descent, length: theirs.below.length, roots: theirRoots, witness: theirs.witness },
      'SameEnd',
    ],
    ['is a dissection', { kind: 'Dissect', roots }, 'CannotDissect'],
    ['is an arbitration', { kind: 'Arbitrate', witness }, 'CannotArbitrate'],
  ]
}

const withReply = (call: Call, reply: Reply): Call => {
  if (!('reply' in call)) throw new Error(`${call.kind} answers nothing`)
  return { ...call, reply }
}

/** The name that both the contract and the specification give to each call in the step's place. */
const verdictsOf = async (contract: Address, { before: state, context }: Step, calls: readonly Call[]) => {
  const attempts = calls.map((call) => ({ call, context, state }))
  const verdicts = await chain.verdicts(contract, attempts)
  expect(verdicts).toEqual(attempts.map(specVerdict))
  return verdicts
}

interface Dispute {
  readonly contract: Address
  readonly steps: readonly Step[]
  readonly own: UpperTrace
  readonly opponent: UpperTrace
}

/** A dispute in which one party lies about an element of a node; the descent's own trace and the opponent's. */
const disputeAbout = async (node: number, liar: 'server' | 'verifier'): Promise<Dispute> => {
  const [honest, lying] = [RUNS.honest(), RUNS.withElement(node, 0, 1)]
  const [claimed, disputing]: readonly InferenceRun[] = liar === 'server' ? [lying, honest] : [honest, lying]
  const steps = disputeOf(RUNS, claimed!, disputing!)
  const descending = steps.find(isDescent)!
  const isServers = descending.context.sender === PLAYERS[1]
  const [server, verifier] = [upper(claimed!.trace), upper(disputing!.trace)]
  await chain.rewind()
  const contract = await deployMnist(chain, RUNS)
  return {
    contract,
    steps,
    own: isServers ? server : verifier,
    opponent: isServers ? verifier : server,
  }
}

const isDescent = ({ intent: { call } }: Step): boolean => 'reply' in call && call.reply.kind === 'Descend'

const submit = async (contract: Address, { intent, context, before }: Step): Promise<void> => {
  expect((await chain.submit(contract, { call: intent.call, context, state: before })).outcome).toBe(
    'accepted',
  )
}

/** How many places of a witness have a bit flipped, one at a time. */
const FLIPS = 40

describe('descents into MNIST', () => {
  // Rationale: a party that could choose where the run below starts or ends would prove a step that nobody disputes.
  test.each([
    [0, 'server'],
    [3, 'verifier'],
    [5, 'server'],
  ] as const)(
    'IMPL-3 a descent into node %i, where the %s lies, is bound to the segment',
    async (node, liar) => {
      const { contract, steps, own, opponent } = await disputeAbout(node, liar)
      const at = steps.findIndex(isDescent)
      for (const step of steps.slice(0, at)) await submit(contract, step)
      const step = steps[at]!
      const { call } = step.intent
      if (call.kind !== 'Move' || call.reply.kind !== 'Descend') throw new Error('this step descends')
      const refusals = elsewhere(call.reply, own, opponent, node)
      const verdicts = await verdictsOf(
        contract,
        step,
        refusals.map(([, reply]) => withReply(call, reply)),
      )
      expect(verdicts.map((verdict, i) => `${refusals[i]![0]}: ${verdict}`)).toEqual(
        refusals.map(([label, , expected]) => `${label}: ${expected}`),
      )
      await submit(contract, step)
    },
  )

  // Rationale: the descent answers one segment of one vector; another segment's descent is another claim.
  test('IMPL-3 a descent that answers another segment is refused', async () => {
    const { contract, steps } = await disputeAbout(3, 'server')
    const at = steps.findIndex(isDescent)
    for (const step of steps.slice(0, at)) await submit(contract, step)
    const step = steps[at]!
    const { call } = step.intent
    const [dispute] = [...step.before.disputes.values()]
    if (call.kind !== 'Move' || dispute?.kind !== 'Running') throw new Error('this step descends')
    const others = dispute.position.roots
      .slice(1)
      .map((_, segment) => openSegment(dispute.position, segment))
      .filter(({ segment }) => segment !== call.opening.segment)
    const verdicts = await verdictsOf(
      contract,
      step,
      others.map((opening) => ({ ...call, opening })),
    )
    expect(verdicts.length).toBeGreaterThan(0)
    for (const verdict of verdicts) expect(['PreStateMismatch', 'CannotDescend']).toContain(verdict)
  })

  // Rationale: contract and specification read the same bytes; whichever of them is wrong, both say the same.
  test.each(['graph', 'vm'] as const)(
    'IMPL-3 a whole dispute under a top phase %s is as specified, and whatever else could be tried at its steps',
    async (top) => {
      const runs = top === 'graph' ? RUNS : MACHINE_RUNS
      const lying = top === 'graph' ? runs.withElement(4, 0, 1) : runs.withStep(200_000)
      const steps = disputeOf(runs, lying, runs.honest())
      await chain.rewind()
      const contract = await deployMnist(chain, runs)
      const start = steps[0]!.before
      const follower = new ChainFollower(
        chain.provider,
        contract,
        start,
        await chain.provider.getBlockNumber(),
      )
      for (const [index, step] of steps.entries()) {
        const damaged = damagedStep(step, steps.slice(0, index), runs.model.stepLimit, 97 * index)
        const flipped = flippedWitnesses(step.intent.call)
        const attempts = [
          ...damaged.filter((_, i) => (i + index) % 4 === 0),
          ...flipped.map((call) => ({ call, context: step.context, state: step.before })),
        ]
        expect(await chain.verdicts(contract, attempts)).toEqual(attempts.map(specVerdict))
        await submit(contract, step)
        await follower.sync()
        expect(stateHash(follower.state)).toBe(stateHash(step.applied.state))
        expect(follower.state).toEqual(step.applied.state)
      }
      expect([...follower.state.disputes.values()]).toMatchObject([
        { winner: 'challenger', by: 'arbitration' },
      ])
    },
  )

  // Rationale: the input goes into the model's own first state, and the output comes out of the state in dispute.
  test('IMPL-3 a claim is bound to input, length and output', async () => {
    const { contract, steps } = await disputeAbout(1, 'server')
    const [request, claim] = steps as [Step, Step]
    await submit(contract, request)
    const { call } = claim.intent
    if (call.kind !== 'Claim') throw new Error('the second call is the claim')
    const { startWitness, outputWitness } = call
    const cases: readonly (readonly [Partial<typeof call>, Rejection['reason']])[] = [
      [{ startWitness: flip(startWitness, 0) }, 'StartMismatch'],
      [{ startWitness: startWitness.slice(32) }, 'WitnessMalformed'],
      [{ length: call.length + 1 }, 'LengthInvalid'],
      [{ endRoot: OTHER_ROOT }, 'EndMismatch'],
      [{ outputWitness: flip(outputWitness, 0) }, 'WitnessMalformed'],
      [{ outputWitness: flip(outputWitness, 1) }, 'EndMismatch'],
      [{ outputWitness: flip(outputWitness, outputWitness.length - 1) }, 'EndMismatch'],
      [{ outputWitness: outputWitness.slice(0, -32) }, 'WitnessMalformed'],
      [{ outputWitness: concat(outputWitness, Uint8Array.of(0)) }, 'WitnessMalformed'],
      [{ output: flip(call.output, 0) }, 'OutputMismatch'],
    ]
    const verdicts = await verdictsOf(
      contract,
      claim,
      cases.map(([change]) => ({ ...call, ...change })),
    )
    expect(verdicts).toEqual(cases.map(([, expected]) => expected))
  })
})

/** The call with one bit of one witness flipped, at places spread over them. */
const flippedWitnesses = (call: Call): readonly Call[] => {
  const everywhere = (bytes: Uint8Array) =>
    Array.from({ length: FLIPS }, (_, i) => flip(bytes, Math.floor(((i + 0.5) * bytes.length) / FLIPS)))
  if (call.kind === 'Claim')
    return [
      ...everywhere(call.startWitness).map((startWitness) => ({ ...call, startWitness })),
      ...everywhere(call.outputWitness).map((outputWitness) => ({ ...call, outputWitness })),
    ]
  if (!('reply' in call)) return []
  const { reply } = call
  switch (reply.kind) {
    case 'Dissect':
      return []
    case 'Descend':
      return everywhere(reply.witness).map((witness) => withReply(call, { ...reply, witness }))
    case 'Arbitrate':
      return everywhere(reply.witness).map((witness) => withReply(call, { ...reply, witness }))
  }
}
