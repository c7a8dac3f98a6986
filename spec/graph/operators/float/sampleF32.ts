import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int32Elements } from '../elements.ts'
import { exp2NegQ24 } from '../fixed/fixedPoint.ts'
import { attribute, type Operator } from '../operator.ts'
import { type Candidate, drawn, MAX_CANDIDATES } from '../sequence/draw.ts'
import { POSITION_BYTES, positionOf } from '../sequence/position.ts'
import { REQUEST_WORDS, requestWord } from '../sequence/request.ts'
import { floatOf, round } from './single.ts'

const MAX_LOGITS = 2 ** 20
const SIGN = 2 ** 31

const logitsOf = (descriptor: Bytes): number => Math.min(attribute(descriptor, 0), MAX_LOGITS)

/** A float32's place in the order of all: NaN last of all, -0 below 0. An unsigned 32-bit number, from its bits. */
const orderOf = (bits: number): number => {
  const magnitude = bits % SIGN
  if (magnitude > 0x7f80_0000) return 0
  return bits >= SIGN ? 2 ** 32 - 1 - bits : bits + SIGN
}

/** The bits that have this place. */
const bitsOf = (order: number): number => (order >= SIGN ? order - SIGN : 2 ** 32 - 1 - order)

/**
 * The next token, drawn as the request asks (`draw.ts`), NaN below all numbers. The weight of a logit is 2^-t in Q24,
 *
 *   t = floor((max - logit) inverse), 2^32 - 1 where that is 2^32 or more or no number, 0 for the largest itself
 *
 * inverse the request's, rounded to a float32, difference and product rounded too.
 *
 * Attributes: logits (at most 2^20). Operands: logits float32[n], request, position int32[1]. Output: int32[1].
 */
export const SAMPLE_F32: Operator = {
  code: 39,
  name: 'sample-f32',
  outputType: 'int32',
  outputElements: () => 1,
  operandBytes: (descriptor) => [4 * logitsOf(descriptor), 4 * REQUEST_WORDS, POSITION_BYTES],
  compute: (descriptor, operands, { first, end }) => {
    const bits = int32Elements(operands[0]!, logitsOf(descriptor))
    const request = operands[1]!
    const inverse = round(requestWord(request, 3))
    const candidates = Array.from(bits, (each, token): Candidate => ({ logit: orderOf(each >>> 0), token }))
    const weightOf = (order: number, top: number): number => {
      if (order === top) return exp2NegQ24(0)
      const t = round(round(floatOf(bitsOf(top)) - floatOf(bitsOf(order))) * inverse)
      return exp2NegQ24(t < 2 ** 32 ? Math.trunc(t) : 2 ** 32 - 1)
    }
    const token = drawn(candidates, weightOf, request, positionOf(operands[2]!))
    return bytesOf(Int32Array.of(token).subarray(first, end))
  },
  instructionBound: (descriptor) =>
    12_000 + 90 * logitsOf(descriptor) + 700 * Math.min(logitsOf(descriptor), MAX_CANDIDATES),
}

/**
 * The token of the largest logit, the lowest one where several are equal; NaN below all numbers; 0 where there is none.
 *
 * Attributes: n. Operand: x float32[n]. Output: int32[1].
 */
export const ARGMAX_F32: Operator = {
  code: 47,
  name: 'argmax-f32',
  outputType: 'int32',
  outputElements: () => 1,
  operandBytes: (descriptor) => [4 * logitsOf(descriptor)],
  compute: (descriptor, operands, { first, end }) => {
    const orders = Array.from(int32Elements(operands[0]!, logitsOf(descriptor)), (bits) =>
      orderOf(bits >>> 0),
    )
    const best = orders.reduce((at, order, i) => (order > orders[at]! ? i : at), 0)
    return bytesOf(Int32Array.of(best).subarray(first, end))
  },
  instructionBound: (descriptor) => 400 + 18 * logitsOf(descriptor),
}
