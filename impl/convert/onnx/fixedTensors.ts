import type { GraphPlan, Operand } from '../graphPlan.ts'
import { type GroupedMatrix, planMatrix, planProduct } from '../weights/groupedMatrix.ts'
import {
  type DenseMatrix,
  HAS_RESIDUAL,
  placeOf,
  type Quantity,
  storeWeight,
  type TensorOperators,
} from './tensorOperators.ts'

const HAS_MINIMA = 1
const MAX_INT32 = 2 ** 31 - 1
/** Of a softmax's operand: `spec/graph/operators/fixed/softmax.ts`. */
const MAX_SOFTMAX_BITS = 30

const saturated = (value: number): number => Math.min(Math.max(Math.round(value), -MAX_INT32), MAX_INT32)

/** ONNX's operators in fixed point, each value with fraction bits of its own. */
export const fixedTensors = (plan: GraphPlan): TensorOperators => {
  const stored = (name: string, numbers: Float64Array, bits: number): Operand =>
    storeWeight(
      plan,
      name,
      Int32Array.from(numbers, (value) => saturated(value * 2 ** bits)),
    )
  const packed = (name: string, matrix: DenseMatrix): GroupedMatrix =>
    planMatrix(plan, `${name}.weights`, [placeOf(name, matrix)])
  const scale: TensorOperators['scale'] = (name, x, factors, bits) => {
    const largest = factors.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const factorBits = largest === 0 ? 0 : 30 - (Math.floor(Math.log2(largest)) + 1)
    const operands = [x.operand, stored(`${name}.factors`, factors, factorBits)]
    return {
      operand: plan.node(name, 'multiply', operands, [factors.length, x.bits + factorBits - bits]),
      bits,
    }
  }
  /** With no more bits than so many. */
  const atMost = (name: string, count: number, x: Quantity, bits: number): Quantity =>
    x.bits <= bits ? x : scale(name, x, new Float64Array(count).fill(1), bits)
  const add: TensorOperators['add'] = (name, count, a, b, bits) => {
    const common = Math.min(a.bits, b.bits, bits)
    const operands = [a, b].map((x, i) => atMost(`${name}.bits${i}`, count, x, common).operand)
    return { operand: plan.node(name, 'add', operands, [count]), bits: common }
  }
  return {
    valueType: 'int32',
    format: 'fixed',
    bitsOf: (bits) => bits,
    product: (name, matrix, x, bias, bits) => {
      const residual = bias && stored(`${name}.bias`, bias, bits)
      const shift = x.bits - bits
      const options = residual === undefined ? { shift } : { shift, residual }
      return { operand: planProduct(plan, name, packed(name, matrix), x.operand, options), bits }
    },
    convolve: (name, matrix, x, window, bias, bits) => {
      const convolved = (at: string, part: GroupedMatrix, residual: Operand): Quantity => {
        const flags = (part.hasMinima ? HAS_MINIMA : 0) + (residual === undefined ? 0 : HAS_RESIDUAL)
        const operands = [x.operand, ...part.operands, residual]
        const attributes = [...window, part.rows, x.bits - bits, flags]
        return { operand: plan.node(at, 'conv2d', operands, attributes), bits }
      }
      const { rest, ...coarse } = packed(name, matrix)
      const residual = bias && stored(`${name}.bias`, bias, bits)
      if (rest === undefined) return convolved(name, coarse, residual)
      const parts = [
        convolved(`${name}.coarse`, coarse, residual),
        convolved(`${name}.rest`, rest, undefined),
      ] as const
      const positions = window.slice(-2).reduce((product, size) => product * size, 1)
      return add(name, matrix.rows * positions, ...parts, bits)
    },
    add,
    multiply: (name, count, a, b, bits) => ({
      operand: plan.node(name, 'multiply', [a.operand, b.operand], [count, a.bits + b.bits - bits]),
      bits,
    }),
    offset: (name, x, addends, bits) => {
      const common = Math.min(x.bits, bits)
      const other = { operand: stored(`${name}.addends`, addends, common), bits: common }
      return add(name, addends.length, x, other, common)
    },
    scale,
    rectify: (name, count, { operand, bits }) => ({
      operand: plan.node(name, 'rectify', [operand], [count]),
      bits,
    }),
    maxPool: (name, { operand, bits }, window) => ({
      operand: plan.node(name, 'max-pool', [operand], window),
      bits,
    }),
    averagePool: (name, { operand, bits }, window, countsPadding) => ({
      operand: plan.node(name, 'average-pool', [operand], [...window, countsPadding ? 1 : 0]),
      bits,
    }),
    softmax: (name, rows, columns, x, bits) => {
      const rowed = atMost(`${name}.bits`, rows * columns, x, MAX_SOFTMAX_BITS)
      return {
        operand: plan.node(name, 'softmax', [rowed.operand], [rows, columns, rowed.bits, bits]),
        bits,
      }
    },
  }
}
