import { type Bytes, littleEndian, wordAt } from '../../commitments/bytes.ts'
import { merkleTree } from '../../commitments/merkle.ts'
import { SLOT_HEIGHT, tensorRoot } from '../../commitments/tensor.ts'
import { type Descriptor, decodeHead, encodeDescriptor } from '../../graph/descriptor.ts'
import type { GraphModel } from '../../graph/graphModel.ts'
import type { PreparedClaim } from '../../strategies/parties.ts'
import type { Model, PhaseName } from '../../tower/model.ts'
import { graphOutputWitness, graphStartWitness, graphTrees } from '../../tower/phases/graphWitness.ts'
import { loopOutputWitness } from '../../tower/phases/loop.ts'
import type { Trace } from '../../tower/tower.ts'
import {
  graphRoots,
  graphStorey,
  type LoopState,
  loopRoots,
  loopStorey,
  type PlainModel,
} from './plainStoreys.ts'
import { TOY_CODE, TOY_IMAGE, TOY_PROGRAM } from './toyProgram.ts'

/** A toy: a graph of toy operators, in any tower that has a `graph`. */
export interface Toy {
  readonly plain: PlainModel
  /** Tensors by carry slot before the input is put in; the input's slot is empty. */
  readonly carry: readonly Bytes[]
}

export type ToyDescriptor = Pick<
  Descriptor,
  'operands' | 'outputSlot' | 'inPlace' | 'tileCount' | 'operatorCode' | 'tileElements'
> & { readonly elements: number; readonly idleRounds?: number }

export interface ToyPlan {
  readonly phases: readonly PhaseName[]
  readonly nodes: readonly ToyDescriptor[]
  /** int32 elements of each. */
  readonly weights: readonly Bytes[]
  readonly carry: readonly Bytes[]
  readonly inputSlot: number
  readonly outputSlot: number
  readonly stepLimit: number
  readonly iterations: number
}

/** An output of a toy has at most so many elements; a lie stands behind them. */
export const MAX_ELEMENTS = 16
const LIE_BYTE = 4 * MAX_ELEMENTS

const graphOf = ({ nodes, weights, carry, inputSlot, outputSlot }: ToyPlan): GraphModel => ({
  name: 'toy',
  nodes: nodes.map(({ elements, idleRounds = 0, ...head }, i) => ({
    name: `node ${i}`,
    operator: 'toy',
    operands: head.operands,
    outputSlot: head.outputSlot,
    outputType: 'int32',
    outputElements: elements,
    descriptor: encodeDescriptor({ ...head, attributes: [elements, idleRounds] }),
  })),
  weights,
  valueHeight: Math.log2(carry.length) + 1,
  weightHeight: Math.ceil(Math.log2(Math.max(1, weights.length))),
  inputSlot,
  inputBytes: 4 * MAX_ELEMENTS,
  outputSlot,
})

export const toyOf = (plan: ToyPlan): Toy => {
  const graph = graphOf(plan)
  const trees = graphTrees(graph)
  const carry = plan.carry.with(plan.inputSlot, new Uint8Array())
  const model: Model = {
    program: TOY_PROGRAM,
    phases: plan.phases,
    graphRoot: trees.graph.root,
    nodeCount: graph.nodes.length,
    valueHeight: graph.valueHeight,
    weightHeight: graph.weightHeight,
    weightsRoot: trees.weights.root,
    carryRoot: merkleTree(carry.map(tensorRoot), graph.valueHeight - 1, SLOT_HEIGHT).root,
    inputSlot: plan.inputSlot,
    outputSlot: plan.outputSlot,
    outputBytes: LIE_BYTE + 1,
    mostIterations: plan.phases[0] === 'loop' ? plan.iterations : 0,
    stepLimit: plan.stepLimit,
  }
  return {
    plain: {
      model,
      trees,
      code: TOY_CODE,
      image: TOY_IMAGE,
      valueBytes: LIE_BYTE + 1,
      lieByte: LIE_BYTE,
    },
    carry,
  }
}

/**
 * The toy operator by its formula, out[i] += a[i] * b[i] + operator code, over a range of a node's tiles: what the
 * program computes, in other words.
 */
export const toyOperator = (
  descriptor: Bytes,
  operands: readonly Bytes[],
  output: Bytes,
  firstTile: number,
  tileCount: number,
): Bytes => {
  const [code, width, elements] = [wordAt(descriptor, 32), wordAt(descriptor, 36), wordAt(descriptor, 40)]
  const written = new Uint8Array(Math.max(output.length, 4 * elements))
  written.set(output)
  if (code === 0) return written
  for (let i = firstTile * width; i < Math.min((firstTile + tileCount) * width, elements); i++) {
    const product = Math.imul(wordAt(operands[0]!, 4 * i), wordAt(operands[1]!, 4 * i))
    written.set(littleEndian((wordAt(written, 4 * i) + product + code) >>> 0, 4), 4 * i)
  }
  return written
}

/** Tiles of a node that a model runs one by one, or at once where it has no phase `tile`. */
export const tilesOf = (descriptor: Bytes): number => decodeHead(descriptor).tileCount

export const toyStart = ({ plain, carry }: Toy, input: Bytes): LoopState => ({
  iteration: 0,
  carry: carry.with(plain.model.inputSlot, input),
})

/** A tensor with zeros behind it, which change nothing of its root. */
export const padded = (tensor: Bytes, bytes: number): Bytes => {
  const whole = new Uint8Array(bytes)
  whole.set(tensor)
  return whole
}

/** A run of the whole tower, and what a server claims from it. */
export interface ToyRun {
  readonly trace: Trace
  readonly prepared: PreparedClaim
}

/**
 * @param lie the steps, from the top phase down to the machine, that lead to the altered instruction
 * @param iterations as many as the request asks for
 */
export const toyRun = (
  toy: Toy,
  input: Bytes,
  lie?: readonly number[],
  iterations = toy.plain.model.mostIterations,
): ToyRun => {
  const { model, trees } = toy.plain
  const { outputSlot } = model
  const start = toyStart(toy, input)
  const startWitness = graphStartWitness(trees.model, toy.carry.map(tensorRoot))
  const claimed = (trace: Trace, output: Bytes, outputWitness: Bytes): ToyRun => ({
    trace,
    prepared: {
      length: trace.length,
      endRoot: trace.rootsAt([trace.length])[0]!,
      // Whatever a run writes stands at the bottom of a slot of zeros.
      output: padded(output, model.outputBytes),
      startWitness,
      outputWitness,
    },
  })
  if (model.phases[0] === 'loop') {
    const trace = loopStorey(toy.plain, iterations).run(start, lie)
    const witness = loopOutputWitness(loopRoots(trace.end), model)
    return claimed(trace, trace.end.carry[outputSlot]!, witness)
  }
  const values = [...start.carry, ...start.carry.map(() => new Uint8Array())]
  const trace = graphStorey(toy.plain).run({ node: 0, values }, lie)
  const witness = graphOutputWitness(trees.model, graphRoots(trace.end))
  return claimed(trace, trace.end.values[outputSlot]!, witness)
}
