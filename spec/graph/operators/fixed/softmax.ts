import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { exp2NegQ24, shiftSaturate } from './fixedPoint.ts'

const MAX_COLUMNS = 2 ** 16
/** round(log2(e) 2^30) */
const LOG2_E = 1549082005n

/** Rows at most as many as fit a slot. */
export const softmaxShape = (descriptor: Bytes) => {
  const columns = Math.min(attribute(descriptor, 1), MAX_COLUMNS)
  const rows = Math.min(attribute(descriptor, 0), Math.floor(MAX_INT32_ELEMENTS / Math.max(columns, 1)))
  return { rows, columns }
}

/**
 * Softmax of each row:
 *
 *   t[i] = min(floor((max x - x[i]) log2(e) / 2^fraction), 2^32 - 1) in Q16       p[i] = 2^-t[i] in Q24
 *   P = sum of p       B = bits(P)       R = min(floor(2^61 / floor(P 2^(31 - B))), 2^31 - 1)
 *   out[i] = saturate(p[i] R / 2^(30 + B - outFraction))
 *
 * Attributes: rows, columns (at most 2^16), fraction (bits of x, at most 30), outFraction (signed). Operand: x
 * int32[rows][columns]. Output: int32[rows][columns].
 *
 * Bounds: max x - x[i] < 2^32, times log2(e) in Q30 < 2^63; P < 2^40; p R < 2^55.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { rows, columns } = softmaxShape(descriptor)
  const fraction = BigInt(14 + Math.min(attribute(descriptor, 2), 30))
  const x = int32Elements(operands[0]!, rows * columns)
  const output = new Int32Array(end - first)
  for (let row = Math.floor(first / columns); row * columns < end; row++) {
    const values = x.subarray(row * columns, (row + 1) * columns)
    const top = values.reduce((most, value) => Math.max(most, value))
    const weights = Array.from(values, (value) => {
      const t = (BigInt(top - value) * LOG2_E) >> fraction
      return exp2NegQ24(Number(t < 2n ** 32n ? t : 2n ** 32n - 1n))
    })
    const total = weights.reduce((sum, p) => sum + p, 0)
    const bits = total.toString(2).length
    const quotient = 2n ** 61n / BigInt(Math.floor(total * 2 ** (31 - bits)))
    const inverse = quotient < 2n ** 31n ? quotient : 2n ** 31n - 1n
    weights.forEach((p, column) => {
      const at = row * columns + column
      if (at < first || at >= end) return
      output[at - first] = shiftSaturate(BigInt(p) * inverse, (30 + bits - attribute(descriptor, 3)) | 0)
    })
  }
  return bytesOf(output)
}

/** Each row that a run touches is computed to its sum; a weight is computed again where it is written. */
const bound = (descriptor: Bytes, elements: number): number => {
  const { columns } = softmaxShape(descriptor)
  if (columns === 0) return 400
  const aligned = elements % columns === 0 || columns % elements === 0
  const rows = Math.ceil((aligned ? elements : elements + columns - 1) / columns)
  return 400 + rows * (400 + 75 * columns) + 110 * elements
}

export const SOFTMAX: Operator = {
  code: 23,
  name: 'softmax',
  outputType: 'int32',
  outputElements: (descriptor) => {
    const { rows, columns } = softmaxShape(descriptor)
    return rows * columns
  },
  operandBytes: (descriptor) => {
    const { rows, columns } = softmaxShape(descriptor)
    return [4 * rows * columns]
  },
  compute,
  instructionBound: bound,
}
