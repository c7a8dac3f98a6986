import type { GraphPlan, Operand } from '../graphPlan.ts'
import { type FloatMatrix, planFloatMatrix } from '../weights/floatMatrix.ts'
import {
  type DenseMatrix,
  HAS_RESIDUAL,
  placeOf,
  storeWeight,
  type TensorOperators,
} from './tensorOperators.ts'

/** ONNX's operators in IEEE single precision. */
export const floatTensors = (plan: GraphPlan): TensorOperators => {
  const stored = (name: string, numbers: Float64Array): Operand =>
    storeWeight(plan, name, Float32Array.from(numbers))
  const packed = (name: string, matrix: DenseMatrix): FloatMatrix =>
    planFloatMatrix(plan, `${name}.weights`, [placeOf(name, matrix)])
  const add: TensorOperators['add'] = (name, count, a, b) => plan.node(name, 'add-f32', [a, b], [count])
  const multiply: TensorOperators['multiply'] = (name, count, a, b) =>
    plan.node(name, 'multiply-f32', [a, b], [count])
  return {
    format: 'f32',
    valueType: 'float32',
    one: 1,
    fractionBits: null,
    product: (name, matrix, x, bias) => {
      const { rows, columns, operand } = packed(name, matrix)
      const residual = bias && stored(`${name}.bias`, bias)
      return plan.node(
        name,
        'matmul-f32',
        [x, operand, residual],
        [rows, columns, residual === undefined ? 0 : HAS_RESIDUAL],
      )
    },
    convolve: (name, matrix, x, window, bias) => {
      const { rows, operand } = packed(name, matrix)
      const residual = bias && stored(`${name}.bias`, bias)
      return plan.node(
        name,
        'conv2d-f32',
        [x, operand, residual],
        [...window, rows, residual === undefined ? 0 : HAS_RESIDUAL],
      )
    },
    add,
    multiply,
    offset: (name, x, addends) => add(name, addends.length, x, stored(`${name}.addends`, addends)),
    scale: (name, x, factors) => multiply(name, factors.length, x, stored(`${name}.factors`, factors)),
    rectify: (name, count, x) => plan.node(name, 'rectify-f32', [x], [count]),
    maxPool: (name, x, window) => plan.node(name, 'max-pool-f32', [x], window),
    averagePool: (name, x, window, countsPadding) =>
      plan.node(name, 'average-pool-f32', [x], [...window, countsPadding ? 1 : 0]),
    softmax: (name, rows, columns, x) => plan.node(name, 'softmax-f32', [x], [rows, columns]),
  }
}
