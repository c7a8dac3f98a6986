import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { OperandReference } from '../../spec/graph/descriptor.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { watchForInterruption } from '../files/interruption.ts'
import { planNode } from '../graph/node.ts'
import type { TensorShape, TensorType } from '../models/modelHeader.ts'
import { type ModelPlan, openModelWriter } from '../models/modelWriter.ts'

/** What a node reads: a slot of the carry, an earlier node's output, a weight, or nothing. */
export type Operand = { readonly from: 'carry' | 'node' | 'weight'; readonly index: number } | undefined

/** Writes weights into the file: one tensor, or several that come out of one. */
export interface Fill {
  /** Of the source, to say how far it is. */
  readonly weights: number
  /** Yields how many weights it has done now and then, so that whoever runs it may stop there. */
  readonly run: (write: (operand: Operand, bytes: Bytes) => void) => Iterable<number>
}

/** A graph while it is drawn up: nothing of the weights is read before it is written. */
export interface GraphPlan {
  readonly carry: (name: string, type: TensorType, shape: readonly number[]) => Operand
  readonly weight: (name: string, type: TensorType, shape: readonly number[]) => Operand
  readonly fill: (fill: Fill) => void
  /** @param writes the carry slot that an operator in place writes; else the output is a value of its own */
  readonly node: (
    name: string,
    operator: string,
    operands: readonly Operand[],
    attributes: readonly number[],
    writes?: Operand,
  ) => Operand
  readonly finish: (input: Operand, output: Operand) => Lowered
}

/** A model that is ready to be written. */
export interface Lowered {
  readonly graph: Pick<
    ModelPlan,
    'nodes' | 'weights' | 'carry' | 'valueHeight' | 'weightHeight' | 'inputSlot' | 'outputSlot'
  >
  readonly slotOf: (operand: Operand) => number
  readonly fills: readonly Fill[]
}

interface PlannedNode {
  readonly name: string
  readonly operator: string
  readonly operands: readonly Operand[]
  readonly attributes: readonly number[]
  readonly writes: Operand
}

const heightOf = (count: number): number => Math.ceil(Math.log2(Math.max(count, 1)))

export const graphPlan = (): GraphPlan => {
  const carry: TensorShape[] = []
  const weights: TensorShape[] = []
  const nodes: PlannedNode[] = []
  const fills: Fill[] = []
  return {
    carry: (name, type, shape) => ({ from: 'carry', index: carry.push({ name, type, shape }) - 1 }),
    weight: (name, type, shape) => ({ from: 'weight', index: weights.push({ name, type, shape }) - 1 }),
    fill: (fill) => fills.push(fill),
    node: (name, operator, operands, attributes, writes) => {
      const index = nodes.push({ name, operator, operands, attributes, writes }) - 1
      return writes ?? { from: 'node', index }
    },
    finish: (input, output) => {
      // The carry is one half of the value slots, and node i's output is slot i of the other half.
      const half = 2 ** heightOf(Math.max(carry.length, nodes.length))
      const slotOf = (operand: Operand): number => {
        if (operand === undefined) throw new Error('nothing has no slot')
        return operand.from === 'node' ? half + operand.index : operand.index
      }
      const reference = (operand: Operand): OperandReference => {
        if (operand === undefined) return { kind: 'none', index: 0 }
        return { kind: operand.from === 'weight' ? 'weight' : 'value', index: slotOf(operand) }
      }
      return {
        slotOf,
        fills,
        graph: {
          nodes: nodes.map(
            ({ name, operator, operands, attributes, writes }, index): GraphNode =>
              planNode({
                name,
                operator,
                attributes,
                operands: operands.map(reference),
                outputSlot: writes === undefined ? half + index : slotOf(writes),
              }),
          ),
          weights,
          carry: carry.map((tensor, slot) => ({ ...tensor, shape: [...tensor.shape], slot })),
          valueHeight: 1 + heightOf(half),
          weightHeight: heightOf(weights.length),
          inputSlot: slotOf(input),
          outputSlot: slotOf(output),
        },
      }
    },
  }
}

/**
 * Writes a model file, weight by weight. Where it is interrupted, or cannot be made, nothing is left behind.
 *
 * @param onProgress told the weights of the source that are done
 * @throws ModelFileError, ConvertError, InterruptedError
 */
export const writeLowered = async (
  file: string,
  plan: ModelPlan,
  fills: readonly Fill[],
  onProgress: (done: number) => void,
): Promise<void> => {
  const interruption = watchForInterruption()
  try {
    const writer = openModelWriter(file, plan)
    try {
      let total = 0
      for (const { run } of fills)
        for (const weights of run((operand, bytes) => writer.write(operand!.index, bytes))) {
          total += weights
          onProgress(total)
          await interruption.pause()
        }
      writer.finish()
    } catch (error) {
      writer.abort()
      throw error
    }
  } finally {
    interruption.end()
  }
}
