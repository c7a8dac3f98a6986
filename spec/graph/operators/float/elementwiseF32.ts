import type { Bytes } from '../../../commitments/bytes.ts'
import { attribute, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { exp, float32Elements, floatBytes, round } from './single.ts'

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS)

/**
 * An output element for each place of the operands. Attributes: n. Operands: float32[n] each. Output: float32[n].
 *
 * @param each instructions of an element at most
 */
const elementwise = (
  code: number,
  name: string,
  operandCount: number,
  compute: (values: readonly number[]) => number,
  each: number,
): Operator => ({
  code,
  name,
  outputType: 'float32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => Array.from({ length: operandCount }, () => 4 * elementsOf(descriptor)),
  compute: (descriptor, operands, { first, end }) => {
    const tensors = operands
      .slice(0, operandCount)
      .map((tensor) => float32Elements(tensor, elementsOf(descriptor)))
    return floatBytes(
      Array.from({ length: end - first }, (_, i) => compute(tensors.map((tensor) => tensor[first + i]!))),
    )
  },
  instructionBound: (_, elements) => 500 + each * elements,
})

/** out[i] = a[i] + b[i] */
export const ADD_F32 = elementwise(40, 'add-f32', 2, ([a, b]) => round(a! + b!), 170)

/** out[i] = a[i] b[i] */
export const MULTIPLY_F32 = elementwise(41, 'multiply-f32', 2, ([a, b]) => round(a! * b!), 220)

/** out[i] = x[i] where that is above 0, else 0, for a NaN too */
export const RECTIFY_F32 = elementwise(42, 'rectify-f32', 1, ([x]) => (x! > 0 ? x! : 0), 20)

const halfOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_INT32_ELEMENTS / 2)

/** g sigmoid(g) u: e = e^-|g|, (g ((g < 0 ? e : 1) / (1 + e))) u */
const gated = (gate: number, up: number): number => {
  const e = exp(-Math.abs(gate))
  const sigmoid = round((gate < 0 ? e : 1) / round(1 + e))
  return round(round(gate * sigmoid) * up)
}

/**
 * The gated activation of a feed-forward layer, silu(gate) times up: `gated`.
 *
 * Attributes: n. Operand: gate float32[n], behind it up float32[n]. Output: float32[n].
 */
export const SWIGLU_F32: Operator = {
  code: 38,
  name: 'swiglu-f32',
  outputType: 'float32',
  outputElements: halfOf,
  operandBytes: (descriptor) => [8 * halfOf(descriptor)],
  compute: (descriptor, operands, { first, end }) => {
    const n = halfOf(descriptor)
    const x = float32Elements(operands[0]!, 2 * n)
    return floatBytes(Array.from({ length: end - first }, (_, i) => gated(x[first + i]!, x[n + first + i]!)))
  },
  instructionBound: (_, elements) => 500 + 4200 * elements,
}
