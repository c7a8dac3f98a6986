import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { OperandReference } from '../../../spec/graph/descriptor.ts'
import type { GraphModel } from '../../../spec/graph/graphModel.ts'
import { bytesOf } from '../../../spec/graph/operators/elements.ts'
import { MAX_SHIFT } from '../../../spec/graph/operators/rescale.ts'
import { type NodePlan, planNode } from '../../graph/node.ts'
import type { TensorShape } from '../modelHeader.ts'
import type { ModelPlan } from '../modelWriter.ts'
import { CLASSES, type Digits, PIXELS } from './data.ts'
import { forwardHidden, HIDDEN, type Mlp } from './mlp.ts'

/** Hidden sums and logits are int32 with so many bits behind the point. */
export const FRACTION_BITS = 16
const MAX_INT8 = 127
const MAX_INT16 = 2 ** 15 - 1
const MAX_INT32 = 2 ** 31 - 1
const MAX_PIXEL = 255
/** Images that tell how large hidden activations become, and the room above the largest one seen. */
const CALIBRATION_IMAGES = 10_000
const HEADROOM = 1.25

/** A positive real factor as multiplier / 2^shift with 31 significant bits; 0 as 0 / 1. */
export const fixedFactor = (factor: number): { multiplier: number; shift: number } => {
  if (factor === 0) return { multiplier: 0, shift: 0 }
  const shift = 30 - Math.floor(Math.log2(factor))
  const multiplier = Math.min(Math.round(factor * 2 ** shift), MAX_INT32)
  if (!(factor > 0) || shift < 0 || shift > MAX_SHIFT)
    throw new RangeError(`the factor ${factor} has no multiplier and shift`)
  return { multiplier, shift }
}

interface QuantisedMatrix {
  /** int8[rows][columns] */
  readonly weight: Int8Array
  /** One factor a row: real weight = weight x unit. */
  readonly units: readonly number[]
}

/** Rounds `weight`, float[columns][rows], to int8[rows][columns], each row as finely as its largest weight allows. */
const quantiseMatrix = (weight: Float32Array, rows: number, columns: number): QuantisedMatrix => {
  const quantised = new Int8Array(rows * columns)
  const units = Array.from({ length: rows }, (_, row) => {
    let largest = 0
    for (let column = 0; column < columns; column++)
      largest = Math.max(largest, Math.abs(weight[column * rows + row]!))
    const unit = largest / MAX_INT8
    for (let column = 0; column < columns && unit > 0; column++)
      quantised[row * columns + column] = Math.round(weight[column * rows + row]! / unit)
    return unit
  })
  return { weight: quantised, units }
}

/** int32[rows][2]: multiplier and shift of each row. */
const scaleTensor = (factors: readonly number[]): Int32Array =>
  Int32Array.from(
    factors.flatMap((factor) => {
      const { multiplier, shift } = fixedFactor(factor)
      return [multiplier, shift]
    }),
  )

const fixedPoint = (values: Float32Array): Int32Array =>
  Int32Array.from(values, (value) => Math.round(value * 2 ** FRACTION_BITS))

/**
 * Holds the sums of a layer against int32 for every input that there is: nothing may wrap or saturate, whatever a
 * requester sends. @throws RangeError
 */
const checkBounds = (
  layer: string,
  { weight, units }: QuantisedMatrix,
  factors: readonly number[],
  bias: Int32Array,
  maxActivation: number,
): void => {
  const columns = weight.length / units.length
  factors.forEach((factor, row) => {
    let sum = 0
    for (const value of weight.subarray(row * columns, (row + 1) * columns)) sum += Math.abs(value)
    const accumulated = sum * maxActivation
    const rescaled = Math.ceil(accumulated * factor) + 1 + Math.abs(bias[row]!)
    if (accumulated > MAX_INT32 || rescaled > MAX_INT32)
      throw new RangeError(`row ${row} of ${layer} can reach ${Math.max(accumulated, rescaled)}`)
  })
}

/** The largest hidden activation over the first images. */
const largestHidden = (network: Mlp, digits: Digits): number => {
  const pixels = new Float32Array(PIXELS)
  const hidden = new Float32Array(HIDDEN)
  let largest = 0
  for (let image = 0; image < Math.min(CALIBRATION_IMAGES, digits.count); image++) {
    for (let i = 0; i < PIXELS; i++) pixels[i] = digits.pixels[image * PIXELS + i]! / MAX_PIXEL
    forwardHidden(network, pixels, hidden)
    largest = hidden.reduce((a, b) => Math.max(a, b), largest)
  }
  return largest
}

const VALUE_HEIGHT = 4
const INPUT_SLOT = 0
/** First scratch slot: node i writes FIRST_OUTPUT + i. */
const FIRST_OUTPUT = 2 ** (VALUE_HEIGHT - 1)
const WEIGHT_HEIGHT = 3

const value = (index: number): OperandReference => ({ kind: 'value', index })
const weight = (index: number): OperandReference => ({ kind: 'weight', index })
const output = (node: number): OperandReference => value(FIRST_OUTPUT + node)

/** matmul1 784 -> 128, bias1, relu, matmul2 128 -> 10, bias2 (the logits), argmax (the answer). */
const plans = (relu: { multiplier: number; shift: number }): Omit<NodePlan, 'outputSlot'>[] => [
  {
    name: 'matmul1',
    operator: 'matmul-uint8',
    operands: [weight(0), value(INPUT_SLOT), weight(1)],
    attributes: [HIDDEN, PIXELS],
  },
  { name: 'bias1', operator: 'bias', operands: [output(0), weight(2)], attributes: [HIDDEN] },
  {
    name: 'relu1',
    operator: 'relu',
    operands: [output(1)],
    attributes: [HIDDEN, relu.multiplier, relu.shift],
  },
  {
    name: 'matmul2',
    operator: 'matmul-int16',
    operands: [weight(3), output(2), weight(4)],
    attributes: [CLASSES, HIDDEN],
  },
  { name: 'bias2', operator: 'bias', operands: [output(3), weight(5)], attributes: [CLASSES] },
  { name: 'argmax', operator: 'argmax', operands: [output(4)], attributes: [CLASSES] },
]

/** A graph with the shapes of its weights. */
export interface QuantisedModel extends GraphModel {
  readonly weightShapes: readonly TensorShape[]
}

/** What its file says of it. */
export const filePlan = (model: QuantisedModel): ModelPlan => ({
  name: model.name,
  format: 'fixed',
  nodes: model.nodes,
  weights: model.weightShapes,
  valueHeight: model.valueHeight,
  weightHeight: model.weightHeight,
  inputSlot: model.inputSlot,
  inputBytes: model.inputBytes,
  outputSlot: model.outputSlot,
  mostIterations: 0,
  carry: [],
  tensors: {
    input: { shape: [PIXELS], type: 'uint8', scale: MAX_PIXEL },
    output: { shape: [1], type: 'int32', scale: 1 },
  },
  llama: null,
  tokenizer: null,
  provenance: { source: 'trained on the MNIST digits', sha256: null },
})

/**
 * The trained network in the fixed format: int8 weights with a scale per output row, uint8 pixels, int16 hidden
 * activations, all sums int32 with 16 bits behind the point.
 *
 * @param digits training images, to see how large activations become
 * @throws RangeError where a sum could leave int32
 */
export const quantise = (name: string, network: Mlp, digits: Digits): QuantisedModel => {
  const one = 2 ** FRACTION_BITS
  const matrix1 = quantiseMatrix(network.weight1, HIDDEN, PIXELS)
  const matrix2 = quantiseMatrix(network.weight2, CLASSES, HIDDEN)
  // Hidden activation 1.0 as int16.
  const hiddenOne = MAX_INT16 / (largestHidden(network, digits) * HEADROOM)
  const factors1 = matrix1.units.map((unit) => (unit / MAX_PIXEL) * one)
  const factors2 = matrix2.units.map((unit) => (unit / hiddenOne) * one)
  const [bias1, bias2] = [fixedPoint(network.bias1), fixedPoint(network.bias2)]
  checkBounds('layer 1', matrix1, factors1, bias1, MAX_PIXEL)
  checkBounds('layer 2', matrix2, factors2, bias2, MAX_INT16)

  const tensors: (TensorShape & { bytes: Bytes })[] = [
    { name: 'weight1', type: 'int8', shape: [HIDDEN, PIXELS], bytes: bytesOf(matrix1.weight) },
    { name: 'scale1', type: 'int32', shape: [HIDDEN, 2], bytes: bytesOf(scaleTensor(factors1)) },
    { name: 'bias1', type: 'int32', shape: [HIDDEN], bytes: bytesOf(bias1) },
    { name: 'weight2', type: 'int8', shape: [CLASSES, HIDDEN], bytes: bytesOf(matrix2.weight) },
    { name: 'scale2', type: 'int32', shape: [CLASSES, 2], bytes: bytesOf(scaleTensor(factors2)) },
    { name: 'bias2', type: 'int32', shape: [CLASSES], bytes: bytesOf(bias2) },
  ]
  const nodes = plans(fixedFactor(hiddenOne / one)).map((plan, i) =>
    planNode({ ...plan, outputSlot: FIRST_OUTPUT + i }),
  )
  return {
    name,
    nodes,
    weights: tensors.map(({ bytes }) => bytes),
    weightShapes: tensors.map(({ name, type, shape }) => ({ name, type, shape })),
    valueHeight: VALUE_HEIGHT,
    weightHeight: WEIGHT_HEIGHT,
    inputSlot: INPUT_SLOT,
    inputBytes: PIXELS,
    outputSlot: FIRST_OUTPUT + nodes.length - 1,
  }
}
