import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf } from '../elements.ts'
import type { ElementRange, Operator } from '../operator.ts'
import { POSITION_BYTES, positionOf } from './position.ts'

/**
 * The next position: out[0] = position + 1 modulo 2^32. Operand: position int32[1], the tensor that is written.
 * Output, in place: int32[1].
 */
const compute = (_: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes =>
  bytesOf(Int32Array.of(positionOf(operands[0]!) + 1).subarray(first, end))

export const ADVANCE: Operator = {
  code: 17,
  name: 'advance',
  outputType: 'int32',
  outputElements: () => 1,
  inPlace: true,
  operandBytes: () => [POSITION_BYTES],
  compute,
  instructionBound: () => 400,
}
