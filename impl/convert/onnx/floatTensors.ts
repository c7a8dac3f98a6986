import type { GraphPlan, Operand } from '../graphPlan.ts'
import { type FloatMatrix, planFloatMatrix } from '../weights/floatMatrix.ts'
import {
  type DenseMatrix,
  HAS_RESIDUAL,
  placeOf,
  type Quantity,
  storeWeight,
  type TensorOperators,
} from './tensorOperators.ts'

/** ONNX's operators in IEEE single precision. */
export const floatTensors = (plan: GraphPlan): TensorOperators => {
  const stored = (name: string, numbers: Float64Array): Operand =>
    storeWeight(plan, name, Float32Array.from(numbers))
  const packed = (name: string, matrix: DenseMatrix): FloatMatrix =>
    planFloatMatrix(plan, `${name}.weights`, [placeOf(name, matrix)])
  const made = (operand: Operand): Quantity => ({ operand, bits: 0 })
  const add: TensorOperators['add'] = (name, count, a, b) =>
    made(plan.node(name, 'add-f32', [a.operand, b.operand], [count]))
  const multiply: TensorOperators['multiply'] = (name, count, a, b) =>
    made(plan.node(name, 'multiply-f32', [a.operand, b.operand], [count]))
  return {
    format: 'f32',
    valueType: 'float32',
    bitsOf: () => 0,
    product: (name, matrix, x, bias) => {
      const { rows, columns, operand } = packed(name, matrix)
      const residual = bias && stored(`${name}.bias`, bias)
      const flags = residual === undefined ? 0 : HAS_RESIDUAL
      return made(plan.node(name, 'matmul-f32', [x.operand, operand, residual], [rows, columns, flags]))
    },
    convolve: (name, matrix, x, window, bias) => {
      const { rows, operand } = packed(name, matrix)
      const residual = bias && stored(`${name}.bias`, bias)
      const flags = residual === undefined ? 0 : HAS_RESIDUAL
      return made(plan.node(name, 'conv2d-f32', [x.operand, operand, residual], [...window, rows, flags]))
    },
    add,
    multiply,
    offset: (name, x, addends) => add(name, addends.length, x, made(stored(`${name}.addends`, addends)), 0),
    scale: (name, x, factors) =>
      multiply(name, factors.length, x, made(stored(`${name}.factors`, factors)), 0),
    rectify: (name, count, x) => made(plan.node(name, 'rectify-f32', [x.operand], [count])),
    maxPool: (name, x, window) => made(plan.node(name, 'max-pool-f32', [x.operand], window)),
    averagePool: (name, x, window, countsPadding) =>
      made(plan.node(name, 'average-pool-f32', [x.operand], [...window, countsPadding ? 1 : 0])),
    softmax: (name, rows, columns, x) => made(plan.node(name, 'softmax-f32', [x.operand], [rows, columns])),
  }
}
