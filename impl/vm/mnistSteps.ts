import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { StateRoot } from '../../spec/commitments/hash.ts'
import { EMPTY_MEMORY, writeBytes } from '../../spec/commitments/memory.ts'
import type { GraphModel } from '../../spec/graph/model.ts'
import { run, step } from '../../spec/machine/execute.ts'
import { commitState, initialState, type MachineState } from '../../spec/machine/state.ts'
import type { StepBatch, StepCase, StepVerdict } from '../chain/stepBatch.ts'
import { initialValues, runNode, withOutput } from '../graph/executor.ts'
import { STEP_LIMIT } from '../inference/commitModel.ts'
import { graphContents, nodeContents } from '../inference/contents.ts'
import { loadGuest } from '../inference/guest.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { type Contents, type VmRun, VmTrace } from './trace.ts'

/**
 * Runs of MNIST in the machine, held three ways: the specification's persistent machine, which computes every state
 * itself from the first; the engine; and the contract, which computes each post-state from the engine's witness.
 */
const guestRun = (contents: readonly Contents[]): VmRun => {
  const { code, program, segments } = loadGuest()
  return { code, entry: program.entry, contents: [...segments, ...contents], stepLimit: STEP_LIMIT }
}

/** The MNIST model's test image. @throws RangeError where there is no such image */
const mnist = (image: number): { graph: GraphModel; input: Bytes } => ({
  graph: loadModel('mnist-mlp'),
  input: imageOf(testDigits(), image),
})

/** The run of each node of the graph phase, on the true values before it. */
export const nodeRuns = (image: number): readonly VmRun[] => {
  const { graph, input } = mnist(image)
  let values = initialValues(graph, input)
  return graph.nodes.map((_, node) => {
    const run = guestRun(nodeContents(graph, values, node))
    values = withOutput(graph, values, node, runNode(graph, values, node))
    return run
  })
}

/** The run of the whole model at k = 1. */
export const wholeRun = (image: number): VmRun => {
  const { graph, input } = mnist(image)
  return guestRun(graphContents(graph, input))
}

/** Roots that are not all the same. */
export interface Disagreement {
  /** The step from the state after so many instructions. */
  readonly step: number
  readonly state: 'before' | 'after'
  readonly spec: StateRoot
  readonly engine: StateRoot
  /** Nothing where the state is the one before the step: it is given to the contract. */
  readonly contract: StepVerdict | undefined
}

export interface Comparison {
  /** Steps that were compared. */
  readonly steps: number
  readonly disagreements: number
  /** The first few of them. */
  readonly examples: readonly Disagreement[]
}

const EXAMPLES = 10
/** Steps a call of the contract. Two batches at most are in memory: one is judged while the next is computed. */
const BATCH_STEPS = 1000
/** A fraction of a batch, so that the request that waits for an answer is served in between. */
const TURN_STEPS = 25

/** One step as the spec and the engine see it, and what the contract is asked. */
interface Compared {
  readonly step: number
  readonly specPost: StateRoot
  readonly enginePost: StateRoot
  readonly before: Disagreement | undefined
  readonly asked: StepCase
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The specification's machine, going forward. */
class SpecMachine {
  private readonly run: VmRun
  private state: MachineState
  private position = 0

  constructor(given: VmRun) {
    const memory = given.contents.reduce(
      (m, { address, bytes }) => writeBytes(m, address, bytes),
      EMPTY_MEMORY,
    )
    this.run = given
    this.state = initialState(given.entry, memory)
  }

  /** Roots before and after step `n`; `n` ascends from call to call. */
  rootsOf(n: number): { readonly pre: StateRoot; readonly post: StateRoot } {
    const before = run(this.run.code, this.state, n - this.position)
    this.state = step(this.run.code, before)
    this.position = n + 1
    return { pre: commitState(before), post: commitState(this.state) }
  }
}

const compareStep = (spec: SpecMachine, trace: VmTrace, n: number): Compared => {
  const { pre, post } = spec.rootsOf(n)
  const engine = trace.rootAt(n)
  // The witness is asked for while the engine stands at n.
  const witness = trace.stepWitness(n)
  return {
    step: n,
    specPost: post,
    enginePost: trace.rootAt(n + 1),
    before: engine === pre ? undefined : { step: n, state: 'before', spec: pre, engine, contract: undefined },
    asked: { program: loadGuest().program, pre, witness },
  }
}

const disagreementsOf = (compared: Compared, contract: StepVerdict): readonly Disagreement[] => {
  const { step: n, specPost: spec, enginePost: engine, before } = compared
  const agrees = spec === engine && spec === contract
  return [
    ...(before ? [before] : []),
    ...(agrees ? [] : [{ step: n, state: 'after', spec, engine, contract } as const]),
  ]
}

/** Steps that are to be compared, cut into batches. */
function* batchesOf(steps: Iterable<number>): Generator<readonly number[]> {
  let batch: number[] = []
  for (const n of steps) {
    batch.push(n)
    if (batch.length === BATCH_STEPS) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

/**
 * Compares the state roots before and after the given steps of a run in spec, engine and contract.
 *
 * @param steps numbers of steps, ascending @param onProgress told of the steps done so far
 */
export const compareSteps = async (
  given: VmRun,
  steps: Iterable<number>,
  contract: Pick<StepBatch, 'verdicts'>,
  onProgress: (done: number) => void = () => {},
): Promise<Comparison> => {
  const [spec, trace] = [new SpecMachine(given), new VmTrace(given)]
  const batches = batchesOf(steps)
  let [done, disagreements] = [0, 0]
  const examples: Disagreement[] = []

  const compute = async (): Promise<readonly Compared[]> => {
    const compared: Compared[] = []
    for (const n of batches.next().value ?? []) {
      compared.push(compareStep(spec, trace, n))
      if (compared.length % TURN_STEPS === 0) await nextTurn()
    }
    return compared
  }
  const judge = async (batch: readonly Compared[]): Promise<void> => {
    const verdicts = await contract.verdicts(batch.map(({ asked }) => asked))
    for (const [i, compared] of batch.entries()) {
      const found = disagreementsOf(compared, verdicts[i]!)
      disagreements += found.length
      examples.push(...found.slice(0, EXAMPLES - examples.length))
    }
    done += batch.length
    onProgress(done)
  }

  for (let batch = await compute(); batch.length > 0; ) [batch] = await Promise.all([compute(), judge(batch)])
  return { steps: done, disagreements, examples }
}
