import type { StateRoot } from '../../spec/commitments/hash.ts'
import { codeTree } from '../../spec/machine/program.ts'
import type { StepBatch, StepCase, StepVerdict } from '../chain/stepBatch.ts'
import { type VmRun, VmTrace } from '../vm/trace.ts'
import { SpecMachine } from './specMachine.ts'

/**
 * Runs held three ways: the specification's machine, which computes every state itself from the first; the engine; and
 * the contract, which computes each post-state from the engine's witness.
 */
export interface ComparedRun {
  /** What a disagreement calls it. */
  readonly name: string
  readonly given: VmRun
  /** Numbers of the steps to compare, ascending; all of the run where it is absent. */
  readonly steps?: Iterable<number>
}

/** Roots that are not all the same. */
export interface Disagreement {
  readonly run: string
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
  readonly run: string
  readonly step: number
  readonly specPost: StateRoot
  readonly enginePost: StateRoot
  readonly before: Disagreement | undefined
  readonly asked: StepCase
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function* comparedSteps({ name, given, steps }: ComparedRun): Generator<Compared> {
  const [spec, trace] = [new SpecMachine(given), new VmTrace(given)]
  const { base, height } = given.code
  const program = { codeBase: base, codeHeight: height, codeRoot: codeTree(given.code).root }
  // Steps mostly follow each other, so that one root is the next step's too.
  let last: { readonly position: number; readonly root: StateRoot } | undefined
  for (const n of steps ?? Array(trace.length).keys()) {
    const pre = spec.rootAt(n)
    const engine = last?.position === n ? last.root : trace.rootAt(n)
    // The witness is asked for while the engine stands at n.
    const witness = trace.stepWitness(n)
    last = { position: n + 1, root: trace.rootAt(n + 1) }
    yield {
      run: name,
      step: n,
      specPost: spec.rootAt(n + 1),
      enginePost: last.root,
      before:
        engine === pre
          ? undefined
          : { run: name, step: n, state: 'before', spec: pre, engine, contract: undefined },
      asked: { program, pre, witness },
    }
  }
}

const disagreementsOf = (compared: Compared, contract: StepVerdict): readonly Disagreement[] => {
  const { run: name, step: n, specPost: spec, enginePost: engine, before } = compared
  const agrees = spec === engine && spec === contract
  return [
    ...(before ? [before] : []),
    ...(agrees ? [] : [{ run: name, step: n, state: 'after', spec, engine, contract } as const]),
  ]
}

function* allSteps(runs: Iterable<ComparedRun>): Generator<Compared> {
  for (const given of runs) yield* comparedSteps(given)
}

/**
 * Compares the state roots before and after steps of runs in spec, engine and contract.
 *
 * @param onProgress told of the steps done so far
 */
export const compareRuns = async (
  runs: Iterable<ComparedRun>,
  contract: Pick<StepBatch, 'verdicts'>,
  onProgress: (done: number) => void = () => {},
): Promise<Comparison> => {
  const steps = allSteps(runs)
  let [done, disagreements] = [0, 0]
  const examples: Disagreement[] = []

  const compute = async (): Promise<readonly Compared[]> => {
    const batch: Compared[] = []
    while (batch.length < BATCH_STEPS) {
      const { value } = steps.next()
      if (value === undefined) break
      batch.push(value)
      if (batch.length % TURN_STEPS === 0) await nextTurn()
    }
    return batch
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
