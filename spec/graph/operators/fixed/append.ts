import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, MAX_INT32_ELEMENTS, type Operator } from '../operator.ts'
import { POSITION_BYTES, rowOf } from '../sequence/position.ts'
import { shiftSaturate } from './fixedPoint.ts'

const MAX_WIDTH = 2 ** 16
const MAX_INT16 = 2 ** 15 - 1
const MAX_INT16_ELEMENTS = 2 ** 28

/** Width of a row, rows of the cache (at least one), and where the row starts in x. */
const shapeOf = (descriptor: Bytes) => {
  const width = Math.min(attribute(descriptor, 0), MAX_WIDTH)
  const most = Math.floor(MAX_INT16_ELEMENTS / Math.max(width, 1))
  const context = Math.min(Math.max(attribute(descriptor, 1), 1), most)
  return { width, context, offset: Math.min(attribute(descriptor, 2), MAX_INT32_ELEMENTS - width) }
}

const written = (descriptor: Bytes, operands: readonly Bytes[]): ElementRange => {
  const { width, context } = shapeOf(descriptor)
  const first = rowOf(operands[1]!, context) * width
  return { first, end: first + width }
}

/**
 * A row of a key or value cache, in place: that of the position, or the last one behind it.
 *
 *   cache[row][i] = clamp(x[offset + i] / 2^shift, +-32767)      halves towards plus infinity
 *
 * Attributes: width, context, offset, shift (signed: fraction bits of x less those of the cache). Operands: x
 * int32[offset + width], position int32[1]. Output, in place: int16[context][width]; only the row is written.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { width, offset } = shapeOf(descriptor)
  const shift = attribute(descriptor, 3) | 0
  const x = int32Elements(operands[0]!, offset + width)
  const start = offset - written(descriptor, operands).first
  return bytesOf(
    Int16Array.from({ length: end - first }, (_, i) => {
      const value = shiftSaturate(BigInt(x[start + first + i]!), shift)
      return Math.min(Math.max(value, -MAX_INT16), MAX_INT16)
    }),
  )
}

export const APPEND: Operator = {
  code: 11,
  name: 'append',
  outputType: 'int16',
  outputElements: (descriptor) => {
    const { width, context } = shapeOf(descriptor)
    return width * context
  },
  inPlace: true,
  written,
  operandBytes: (descriptor) => {
    const { width, offset } = shapeOf(descriptor)
    return [4 * (offset + width), POSITION_BYTES]
  },
  compute,
  instructionBound: (descriptor) => 400 + 40 * shapeOf(descriptor).width,
}
