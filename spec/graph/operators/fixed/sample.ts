import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { type Candidate, drawn, MAX_CANDIDATES } from '../sequence/draw.ts'
import { POSITION_BYTES, positionOf } from '../sequence/position.ts'
import { REQUEST_WORDS, requestWord } from '../sequence/request.ts'
import { exp2NegQ24 } from './fixedPoint.ts'

const MAX_LOGITS = 2 ** 20

/**
 * The next token, drawn as the request asks (`draw.ts`). The weight of a logit is its share of the softmax at the
 * request's temperature T, relative to the largest logit, in Q24:
 *
 *   t = min(floor((max - logit) inverse / 2^fraction), 2^32 - 1)      weight = 2^-t      inverse = round(log2(e) / T 2^16)
 *
 * Attributes: logits (at most 2^20), fraction (their bits, at most 31). Operands: logits int32[n], request, position
 * int32[1]. Output: int32[1].
 *
 * Bounds: max - logit and inverse are below 2^32, their product below 2^64.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const logits = int32Elements(operands[0]!, Math.min(attribute(descriptor, 0), MAX_LOGITS))
  const fraction = BigInt(Math.min(attribute(descriptor, 1), 31))
  const request = operands[1]!
  const inverse = BigInt(requestWord(request, 3))
  const candidates = Array.from(logits, (logit, token): Candidate => ({ logit, token }))
  const weightOf = (logit: number, top: number): number => {
    const t = (BigInt(top - logit) * inverse) >> fraction
    return exp2NegQ24(Number(t < 2n ** 32n ? t : 2n ** 32n - 1n))
  }
  const token = drawn(candidates, weightOf, request, positionOf(operands[2]!))
  return bytesOf(Int32Array.of(token).subarray(first, end))
}

export const SAMPLE: Operator = {
  code: 15,
  name: 'sample',
  outputType: 'int32',
  outputElements: () => 1,
  operandBytes: (descriptor) => [
    4 * Math.min(attribute(descriptor, 0), MAX_LOGITS),
    4 * REQUEST_WORDS,
    POSITION_BYTES,
  ],
  compute,
  instructionBound: (descriptor) => {
    const logits = Math.min(attribute(descriptor, 0), MAX_LOGITS)
    return 12_000 + 60 * logits + 340 * Math.min(logits, MAX_CANDIDATES)
  },
}
