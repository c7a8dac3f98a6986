import type { Bytes } from '../../spec/commitments/bytes.ts'
import { withHashing } from '../../spec/commitments/hash.ts'
import { graphOutputWitness, graphStartWitness } from '../../spec/tower/phases/graphWitness.ts'
import {
  commitLoop,
  iterationWitness,
  type LoopRoots,
  loopOutputWitness,
} from '../../spec/tower/phases/loop.ts'
import type { Descended, Trace, UpperTrace } from '../../spec/tower/tower.ts'
import { memoizeStep, once, timed } from '../inference/evaluate.ts'
import type { InferenceRun, TopRuns } from '../inference/inferenceRun.ts'
import { elementBytes } from './elementLie.ts'
import { graphTrace } from './graphTrace.ts'
import type { HeldModel } from './heldModel.ts'
import { iterationStates } from './iterationStates.ts'
import { type LoopLie, type LoopRecord, recordLoop } from './loopRecord.ts'
import type { NodeEngine } from './nodeEngine.ts'

/**
 * Runs of a model whose top phase is `loop`, or `graph`, which is one iteration of it: natively above the machine. A run
 * is computed once, and of one that is disputed, the iteration that is looked into once more.
 *
 * @param iterations as many as the request asks for; 1 where the top phase is `graph`
 */
export const towerRuns = (held: HeldModel, engine: NodeEngine, input: Bytes, iterations: number): TopRuns => {
  const { graph, hashing, model } = held
  const isLoop = model.phases[0] === 'loop'

  const loopRoots = (record: LoopRecord, iteration: number): LoopRoots => ({
    iteration,
    carryRoots: record.rootsAt(iteration),
  })

  /** The trace of one iteration, and the roots that it ends with. */
  const iterationTrace = (record: LoopRecord, iteration: number, lie: LoopLie | undefined) => {
    const own = lie?.iteration === iteration ? lie : undefined
    const states = iterationStates(engine, record, iteration, own)
    return { trace: graphTrace(held, states, own), end: states.at(-1)! }
  }

  const loopTrace = (record: LoopRecord, lie: LoopLie | undefined): UpperTrace => {
    const rootAt = memoizeStep((iteration) =>
      withHashing(hashing, () => commitLoop(loopRoots(record, iteration), model)),
    )
    const descend = (iteration: number): Descended => {
      const { trace, end } = iterationTrace(record, iteration, lie)
      return {
        below: trace,
        witness: withHashing(hashing, () =>
          iterationWitness(loopRoots(record, iteration), end.valueRoots, model),
        ),
      }
    }
    return {
      kind: 'upper',
      length: iterations,
      rootsAt: (steps) => steps.map((step) => rootAt(Math.min(step, iterations))),
      descend: memoizeStep(descend),
    }
  }

  const claimed = (trace: Trace, output: Bytes, outputWitness: Bytes, seconds: number): InferenceRun => ({
    trace,
    seconds,
    prepared: {
      length: trace.length,
      endRoot: trace.rootsAt([trace.length])[0]!,
      output: fitted(output, model.outputBytes),
      startWitness: graphStartWitness(graph),
      outputWitness,
    },
  })

  const runOf = (record: LoopRecord, lie: LoopLie | undefined, seconds: number): InferenceRun => {
    if (!isLoop) {
      const { trace, end } = iterationTrace(record, 0, lie)
      const witness = withHashing(hashing, () => graphOutputWitness(graph, end))
      return claimed(trace, end.values[graph.outputSlot]!, witness, seconds)
    }
    const output = record.carryAt(iterations).get(graph.outputSlot) ?? new Uint8Array(0)
    const witness = withHashing(hashing, () => loopOutputWitness(loopRoots(record, iterations), model))
    return claimed(loopTrace(record, lie), output, witness, seconds)
  }

  const record = once(() => timed(() => recordLoop(engine, input, iterations)))
  const withElement = (node: number, element: number, add: number, iteration = 0): InferenceRun => {
    const lie: LoopLie = { iteration, node, element, add }
    const { value, seconds } = timed(() => recordLoop(engine, input, iterations, lie, record().value))
    return runOf(value, lie, seconds)
  }
  const writesElement = (node: number, element: number, iteration: number): boolean => {
    const { outputSlot } = graph.nodes[node]!
    const slot = outputSlot % 2 ** graph.valueHeight
    if (slot >= 2 ** (graph.valueHeight - 1)) return true
    const at = element * elementBytes(graph.nodes[node]!)
    return record().value.writes[iteration]!.some(
      (written) =>
        written.node === node && at >= written.offset && at < written.offset + written.bytes.length,
    )
  }
  /** What is false in the carry stays false to the end. */
  const damaged = (choose: (below: number) => number): InferenceRun => {
    const { writes } = record().value
    const iteration = choose(iterations)
    const candidates = writes[iteration]!.filter(({ bytes }) => bytes.length > 0)
    const { node, offset, bytes } = candidates[choose(candidates.length)]!
    const width = elementBytes(graph.nodes[node]!)
    return withElement(node, offset / width + choose(bytes.length / width), 1, iteration)
  }
  return {
    honest: once(() => runOf(record().value, undefined, record().seconds)),
    withElement,
    writesElement,
    withStep: () => {
      throw new Error('a step can be altered only where the machine is the top phase')
    },
    damaged,
  }
}

/** A tensor as a call carries it: so many bytes, zeros behind what there is. */
const fitted = (tensor: Bytes, length: number): Bytes => {
  const bytes = new Uint8Array(length)
  bytes.set(tensor.subarray(0, length))
  return bytes
}
