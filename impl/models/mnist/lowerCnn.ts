import { type Fill, graphPlan } from '../../convert/graphPlan.ts'
import { fixedTensors } from '../../convert/onnx/fixedTensors.ts'
import { floatTensors } from '../../convert/onnx/floatTensors.ts'
import type { NumericFormat } from '../catalogue.ts'
import type { ModelPlan } from '../modelWriter.ts'
import { CHANNELS1, CHANNELS2, type Cnn, FEATURES, KERNEL, SIDE1, SIDE2 } from './cnn.ts'
import { CLASSES, PIXELS, SIDE } from './data.ts'

/** Of all values: activations stay far below 2^15. */
const FRACTION_BITS = 16

/** The attributes of a window of 3 x 3 with one pixel of nothing around. */
const window = (channels: number, side: number, stride: number, outSide: number): readonly number[] => [
  channels,
  side,
  side,
  KERNEL,
  KERNEL,
  stride,
  stride,
  1,
  1,
  outSide,
  outSide,
]
/** Of the pool of 2 x 2. */
const POOL = [CHANNELS1, SIDE, SIDE, 2, 2, 2, 2, 0, 0, SIDE1, SIDE1]

const rowsOf = (weight: Float32Array, rows: number) => {
  const columns = weight.length / rows
  return {
    rows,
    columns,
    weightAt: (row: number, column: number): number => weight[row * columns + column]!,
  }
}

/** The trained network as a graph of a numeric format: pixels from 0 to 1 in, the digit out. */
export const lowerCnn = (
  name: string,
  { weight1, bias1, weight2, bias2, weight3, bias3 }: Cnn,
  format: NumericFormat,
): { readonly plan: ModelPlan; readonly fills: readonly Fill[] } => {
  const plan = graphPlan()
  const operators = format === 'fixed' ? fixedTensors(plan) : floatTensors(plan)
  const { convolve, rectify, maxPool, product, valueType } = operators
  const bits = operators.bitsOf(FRACTION_BITS)
  const numbers = (values: Float32Array): Float64Array => Float64Array.from(values)

  const input = { operand: plan.carry('input', valueType, [PIXELS]), bits }
  const full = convolve(
    'conv1',
    rowsOf(weight1, CHANNELS1),
    input,
    window(1, SIDE, 1, SIDE),
    numbers(bias1),
    bits,
  )
  const pooled = maxPool('pool1', rectify('relu1', CHANNELS1 * PIXELS, full), POOL)
  const features = convolve(
    'conv2',
    rowsOf(weight2, CHANNELS2),
    pooled,
    window(CHANNELS1, SIDE1, 2, SIDE2),
    numbers(bias2),
    bits,
  )
  const logits = product(
    'logits',
    rowsOf(weight3, CLASSES),
    rectify('relu2', FEATURES, features),
    numbers(bias3),
    bits,
  )
  const digit = plan.node('argmax', format === 'fixed' ? 'argmax' : 'argmax-f32', [logits.operand], [CLASSES])
  const { graph, fills } = plan.finish(input.operand, digit)
  return {
    fills,
    plan: {
      ...graph,
      name,
      format,
      inputBytes: 4 * PIXELS,
      mostIterations: 0,
      tensors: {
        input: { shape: [1, SIDE, SIDE], type: valueType, scale: 2 ** bits },
        output: { shape: [1], type: 'int32', scale: 1 },
      },
      llama: null,
      tokenizer: null,
      provenance: { source: 'trained on the MNIST digits', sha256: null },
    },
  }
}
