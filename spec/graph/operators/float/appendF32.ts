import type { Bytes } from '../../../commitments/bytes.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { POSITION_BYTES, rowOf } from '../sequence/position.ts'
import { float32Elements, floatBytes } from './single.ts'

const MAX_WIDTH = 2 ** 16

const shapeOf = (descriptor: Bytes) => {
  const width = Math.min(attribute(descriptor, 0), MAX_WIDTH)
  const context = Math.min(
    Math.max(attribute(descriptor, 1), 1),
    Math.floor(MAX_INT32_ELEMENTS / Math.max(width, 1)),
  )
  return { width, context, offset: Math.min(attribute(descriptor, 2), MAX_INT32_ELEMENTS - width) }
}

const written = (descriptor: Bytes, operands: readonly Bytes[]): ElementRange => {
  const { width, context } = shapeOf(descriptor)
  const first = rowOf(operands[1]!, context) * width
  return { first, end: first + width }
}

/**
 * A row of a key or value cache, in place: cache[row][i] = x[offset + i], row that of the position, or the last.
 *
 * Attributes: width, context, offset. Operands: x float32[offset + width], position int32[1]. Output, in place:
 * float32[context][width]; only the row is written.
 */
export const APPEND_F32: Operator = {
  code: 36,
  name: 'append-f32',
  outputType: 'float32',
  outputElements: (descriptor) => shapeOf(descriptor).width * shapeOf(descriptor).context,
  inPlace: true,
  written,
  operandBytes: (descriptor) => {
    const { width, offset } = shapeOf(descriptor)
    return [4 * (offset + width), POSITION_BYTES]
  },
  compute: (descriptor, operands, { first, end }) => {
    const { width, offset } = shapeOf(descriptor)
    const x = float32Elements(operands[0]!, offset + width)
    const start = offset - written(descriptor, operands).first
    return floatBytes(Array.from({ length: end - first }, (_, i) => x[start + first + i]!))
  },
  instructionBound: (descriptor) => 400 + 20 * shapeOf(descriptor).width,
}
