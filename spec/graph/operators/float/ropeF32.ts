import { ropeShape } from '../fixed/rope.ts'
import type { Operator } from '../operator.ts'
import { POSITION_BYTES, rowOf } from '../sequence/position.ts'
import { float32Elements, floatBytes, round } from './single.ts'

/**
 * Rotary position embedding, as `rope`: out[2i] = x[2i] cos - x[2i+1] sin, out[2i + 1] = x[2i] sin + x[2i+1] cos, each
 * product rounded.
 *
 * Attributes: elements, dim, context. Operands: x float32[elements], table float32[context][dim / 2][2] (cosine, sine),
 * position int32[1]. Output: float32[elements].
 */
export const ROPE_F32: Operator = {
  code: 35,
  name: 'rope-f32',
  outputType: 'float32',
  outputElements: (descriptor) => ropeShape(descriptor).elements,
  operandBytes: (descriptor) => {
    const { elements, dim, context } = ropeShape(descriptor)
    return [4 * elements, 4 * context * dim, POSITION_BYTES]
  },
  compute: (descriptor, operands, { first, end }) => {
    const { elements, dim, context } = ropeShape(descriptor)
    const x = float32Elements(operands[0]!, elements)
    const angles = float32Elements(operands[1]!, context * dim).subarray(rowOf(operands[2]!, context) * dim)
    return floatBytes(
      Array.from({ length: end - first }, (_, i) => {
        const odd = (first + i) % 2
        const even = first + i - odd
        const [cosine, sine] = [angles[even % dim]!, angles[(even % dim) + 1]!]
        const [a, b] = [x[even]!, x[even + 1]!]
        return odd === 0
          ? round(round(a * cosine) - round(b * sine))
          : round(round(a * sine) + round(b * cosine))
      }),
    )
  },
  instructionBound: (_, elements) => 500 + 550 * elements,
}
