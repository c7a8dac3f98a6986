import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { POSITION_BYTES, positionOf } from './position.ts'
import { capacitiesOf, promptLength, REQUEST_WORDS } from './request.ts'

const MAX_END_TOKENS = 16
/** What stands behind an end token. */
export const PADDING = -1

const endTokensOf = (descriptor: Bytes): readonly number[] =>
  Array.from(
    { length: Math.min(attribute(descriptor, 2), MAX_END_TOKENS) },
    (_, i) => attribute(descriptor, 3 + i) | 0,
  )

/** The one element behind the position, counted from the end of the prompt; none inside the prompt or behind the end. */
const written = (descriptor: Bytes, operands: readonly Bytes[]): ElementRange => {
  const capacities = capacitiesOf(descriptor)
  const index = positionOf(operands[2]!) + 1 - promptLength(operands[1]!, capacities)
  return index >= 0 && index < capacities.answer ? { first: index, end: index + 1 } : { first: 0, end: 0 }
}

/**
 * Writes a token into the answer, in place, at index i = position + 1 - tokens of the prompt, if that is one of its
 * elements: the token or, where the element before is an end token or padding, padding (-1).
 *
 * Attributes: prompt capacity, answer capacity, number of end tokens (at most 16), end tokens. Operands: token int32[1],
 * request, position int32[1], answer (the tensor that is written, as it was). Output, in place: int32[answer capacity].
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const token = int32Elements(operands[0]!, 1)[0]!
  const answer = int32Elements(operands[3]!, capacitiesOf(descriptor).answer)
  const ends = [PADDING, ...endTokensOf(descriptor)]
  return bytesOf(
    Int32Array.from({ length: end - first }, (_, i) =>
      first + i > 0 && ends.includes(answer[first + i - 1]!) ? PADDING : token,
    ),
  )
}

export const WRITE_TOKEN: Operator = {
  code: 16,
  name: 'write-token',
  outputType: 'int32',
  outputElements: (descriptor) => capacitiesOf(descriptor).answer,
  inPlace: true,
  written,
  operandBytes: (descriptor) => [4, 4 * REQUEST_WORDS, POSITION_BYTES, 4 * capacitiesOf(descriptor).answer],
  compute,
  instructionBound: () => 500,
}
