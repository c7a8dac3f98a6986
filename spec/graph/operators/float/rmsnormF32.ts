import type { Bytes } from '../../../commitments/bytes.ts'
import { attribute, type Operator } from '../operator.ts'
import { float32Elements, floatBytes, floatOf, laneSum, round } from './single.ts'

const MAX_ELEMENTS = 2 ** 14

const elementsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_ELEMENTS)

/**
 * Root mean square normalisation:
 *
 *   s = 1 / sqrt(sum of x[i]^2 / n + epsilon)      out[i] = (x[i] s) gain[i]
 *
 * The squares are summed in four lanes (`laneSum`); square root and quotients are correctly rounded.
 *
 * Attributes: n (at most 2^14), epsilon (bits of a float32). Operands: x float32[n], gain float32[n]. Output: float32[n].
 */
export const RMSNORM_F32: Operator = {
  code: 33,
  name: 'rmsnorm-f32',
  outputType: 'float32',
  outputElements: elementsOf,
  operandBytes: (descriptor) => [4 * elementsOf(descriptor), 4 * elementsOf(descriptor)],
  compute: (descriptor, operands, { first, end }) => {
    const n = elementsOf(descriptor)
    const x = float32Elements(operands[0]!, n)
    const gain = float32Elements(operands[1]!, n)
    const squares = laneSum(n, (i) => round(x[i]! * x[i]!))
    const mean = round(round(squares / n) + floatOf(attribute(descriptor, 1)))
    const inverse = round(1 / round(Math.sqrt(mean)))
    return floatBytes(
      Array.from({ length: end - first }, (_, i) => round(round(x[first + i]! * inverse) * gain[first + i]!)),
    )
  },
  instructionBound: (descriptor, elements) => 4000 + 330 * elementsOf(descriptor) + 420 * elements,
}
