import type { GraphPlan, Operand } from '../graphPlan.ts'
import { type GroupedMatrix, planMatrix, planProduct } from '../weights/groupedMatrix.ts'
import {
  type DenseMatrix,
  HAS_RESIDUAL,
  placeOf,
  storeWeight,
  type TensorOperators,
} from './tensorOperators.ts'

const HAS_MINIMA = 1
const MAX_INT32 = 2 ** 31 - 1

const saturated = (value: number): number => Math.min(Math.max(Math.round(value), -MAX_INT32), MAX_INT32)

/** ONNX's operators in fixed point, all values with the same fraction bits. */
export const fixedTensors = (plan: GraphPlan, fractionBits: number): TensorOperators => {
  const one = 2 ** fractionBits
  const stored = (name: string, numbers: Float64Array, unit = one): Operand =>
    storeWeight(
      plan,
      name,
      Int32Array.from(numbers, (value) => saturated(value * unit)),
    )
  const packed = (name: string, matrix: DenseMatrix): GroupedMatrix =>
    planMatrix(plan, `${name}.weights`, [placeOf(name, matrix)])
  const add: TensorOperators['add'] = (name, count, a, b) => plan.node(name, 'add', [a, b], [count])
  return {
    format: 'fixed',
    valueType: 'int32',
    one,
    fractionBits,
    product: (name, matrix, x, bias) => {
      const residual = bias && stored(`${name}.bias`, bias)
      return planProduct(
        plan,
        name,
        packed(name, matrix),
        x,
        residual === undefined ? { shift: 0 } : { shift: 0, residual },
      )
    },
    convolve: (name, matrix, x, window, bias) => {
      const dense = packed(name, matrix)
      const residual = bias && stored(`${name}.bias`, bias)
      const flags = (dense.hasMinima ? HAS_MINIMA : 0) + (residual === undefined ? 0 : HAS_RESIDUAL)
      return plan.node(name, 'conv2d', [x, ...dense.operands, residual], [...window, dense.rows, 0, flags])
    },
    add,
    multiply: (name, count, a, b) => plan.node(name, 'multiply', [a, b], [count, fractionBits]),
    offset: (name, x, addends) => add(name, addends.length, x, stored(`${name}.addends`, addends)),
    scale: (name, x, factors) => {
      const largest = factors.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const bits = largest === 0 ? 0 : 30 - (Math.floor(Math.log2(largest)) + 1)
      return plan.node(
        name,
        'multiply',
        [x, stored(`${name}.factors`, factors, 2 ** bits)],
        [factors.length, bits],
      )
    },
    rectify: (name, count, x) => plan.node(name, 'rectify', [x], [count]),
    maxPool: (name, x, window) => plan.node(name, 'max-pool', [x], window),
    averagePool: (name, x, window, countsPadding) =>
      plan.node(name, 'average-pool', [x], [...window, countsPadding ? 1 : 0]),
    softmax: (name, rows, columns, x) =>
      plan.node(name, 'softmax', [x], [rows, columns, fractionBits, fractionBits]),
  }
}
