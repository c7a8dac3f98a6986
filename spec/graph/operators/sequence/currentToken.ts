import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import type { ElementRange, Operator } from '../operator.ts'
import { POSITION_BYTES, positionOf } from './position.ts'
import { capacitiesOf, promptLength, REQUEST_WORDS, requestBytes } from './request.ts'

/**
 * The token at the position: of the prompt, or behind it of the answer; the answer's last where it has no room for more.
 *
 *   out[0] = position < n ? prompt[position] : answer[min(position - n, capacity - 1)]      n tokens of the prompt
 *
 * Attributes: prompt capacity, answer capacity. Operands: request (`request.ts`), answer int32[answer capacity],
 * position int32[1]. Output: int32[1].
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const capacities = capacitiesOf(descriptor)
  const prompt = int32Elements(operands[0]!, REQUEST_WORDS + capacities.prompt).subarray(REQUEST_WORDS)
  const answer = int32Elements(operands[1]!, capacities.answer)
  const position = positionOf(operands[2]!)
  const behind = position - promptLength(operands[0]!, capacities)
  const token = behind < 0 ? prompt[position]! : answer[Math.min(behind, capacities.answer - 1)]!
  return bytesOf(Int32Array.of(token).subarray(first, end))
}

export const CURRENT_TOKEN: Operator = {
  code: 6,
  name: 'current-token',
  outputType: 'int32',
  outputElements: () => 1,
  operandBytes: (descriptor) => {
    const capacities = capacitiesOf(descriptor)
    return [requestBytes(capacities), 4 * capacities.answer, POSITION_BYTES]
  },
  compute,
  instructionBound: () => 400,
}
