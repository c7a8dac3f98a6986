import type { Bytes } from '../../../commitments/bytes.ts'
import { bytesOf, int16Elements, int32Elements } from '../elements.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { POSITION_BYTES, rowOf } from '../sequence/position.ts'
import { exp2NegQ24, magnitudeBits, shiftRound, shiftSaturate } from './fixedPoint.ts'

const MAX_HEADS = 2 ** 10
const MAX_DIM = 256
const MAX_CONTEXT = 2 ** 16
const MAX_INT16_ELEMENTS = 2 ** 28

/** Heads, heads that share a key and value head, dim (a multiple of 4), width of a cache's row, rows of the cache. */
export const attentionShape = (descriptor: Bytes, mostCacheElements: number) => {
  const heads = Math.min(attribute(descriptor, 0), MAX_HEADS)
  const shared = Math.min(Math.max(attribute(descriptor, 1), 1), MAX_HEADS)
  const asked = Math.min(attribute(descriptor, 2), MAX_DIM)
  const dim = asked - (asked % 4)
  const width = Math.ceil(heads / shared) * dim
  const most = Math.min(MAX_CONTEXT, Math.floor(mostCacheElements / Math.max(width, 1)))
  return { heads, shared, dim, width, context: Math.min(Math.max(attribute(descriptor, 3), 1), most) }
}

const shapeOf = (descriptor: Bytes) => attentionShape(descriptor, MAX_INT16_ELEMENTS)

/** The query in few enough bits that its product with any int16 stays in int32. */
const shortened = (query: Int32Array): { readonly exponent: number; readonly values: readonly number[] } => {
  const sum = query.reduce((total, value) => total + Math.abs(value), 0)
  let exponent = Math.max(0, magnitudeBits(query) - 14)
  while (Math.floor(sum / 2 ** exponent) + query.length > 65535) exponent++
  return { exponent, values: Array.from(query, (value) => Math.floor(value / 2 ** exponent + 0.5)) }
}

/**
 * Attention of one query to the tokens up to its own, for each head:
 *
 *   e = least with bits(max |q|) <= 14 + e and floor(sum |q| / 2^e) + dim <= 65535;    a = q / 2^e, rounded
 *   s[j] = saturate((a . k[j]) multiplier / 2^(scoreShift - e))            log2 units, Q16
 *   p[j] = 2^(s[j] - max s) in Q24       P = sum of p       B = bits(P)
 *   R = min(floor(2^61 / floor(P 2^(31 - B))), 2^31 - 1)
 *   out[d] = saturate(round((sum of p[j] v[j][d]) / 2^(B - 16)) R / 2^(46 - outShift))
 *
 * Attributes: heads, heads that share a key and value head, dim, context, multiplier (int32), scoreShift, outShift
 * (signed; differences are taken modulo 2^32). Operands: q int32[heads][dim], k and v int16[context][width],
 * width = ceil(heads / shared) dim, position int32[1]. Output: int32[heads][dim].
 * The converter gives multiplier = round(log2(e) / sqrt(dim) 2^30), scoreShift = 14 + F of q + F of k,
 * outShift = F of the output - F of v.
 *
 * Bounds, for any bytes of the caches: |a| <= 2^14 and sum |a| <= 65535, so |a . k| < 2^31; p < 2^24 and at most 2^16
 * tokens: P < 2^40, |sum of p v| <= 2^55, and after the shift by B - 16 (at least 8) at most 2^31; R < 2^31.
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { heads, shared, dim, width, context } = shapeOf(descriptor)
  const multiplier = BigInt(attribute(descriptor, 4) | 0)
  const scoreShift = attribute(descriptor, 5)
  const outShift = (46 - attribute(descriptor, 6)) | 0
  const tokens = rowOf(operands[3]!, context) + 1
  const queries = int32Elements(operands[0]!, heads * dim)
  const keys = int16Elements(operands[1]!, tokens * width)
  const values = int16Elements(operands[2]!, tokens * width)

  const headOf = (head: number): readonly number[] => {
    const column = Math.floor(head / shared) * dim
    const query = shortened(queries.subarray(head * dim, (head + 1) * dim))
    const score = (token: number): number => {
      const dot = query.values.reduce((sum, a, i) => sum + a * keys[token * width + column + i]!, 0)
      return shiftSaturate(BigInt(dot) * multiplier, (scoreShift - query.exponent) | 0)
    }
    const scores = Array.from({ length: tokens }, (_, token) => score(token))
    const top = scores.reduce((most, s) => Math.max(most, s))
    const weights = scores.map((s) => exp2NegQ24(top - s))
    const total = weights.reduce((sum, p) => sum + p, 0)
    const bits = total.toString(2).length
    const quotient = 2n ** 61n / BigInt(Math.floor(total * 2 ** (31 - bits)))
    const inverse = quotient < 2n ** 31n ? quotient : 2n ** 31n - 1n
    return Array.from({ length: dim }, (_, d) => {
      const sum = weights.reduce((s, p, token) => s + BigInt(p * values[token * width + column + d]!), 0n)
      return shiftSaturate(shiftRound(sum, bits - 16) * inverse, outShift)
    })
  }

  const output = new Int32Array(end - first)
  for (let head = Math.floor(first / dim); head * dim < end; head++)
    for (const [d, value] of headOf(head).entries()) {
      const at = head * dim + d
      if (at >= first && at < end) output[at - first] = value
    }
  return bytesOf(output)
}

/** Each head that a run touches is computed to its sums, however few of its elements are asked for. */
const bound = (descriptor: Bytes, elements: number): number => {
  const { dim, context } = shapeOf(descriptor)
  if (dim === 0) return 400
  const aligned = elements % dim === 0 || dim % elements === 0
  const heads = Math.ceil((aligned ? elements : elements + dim - 1) / dim)
  return 400 + heads * (1200 + 180 * dim + context * (110 + 12.6 * dim))
}

export const ATTENTION: Operator = {
  code: 12,
  name: 'attention',
  outputType: 'int32',
  outputElements: (descriptor) => {
    const { heads, dim } = shapeOf(descriptor)
    return heads * dim
  },
  operandBytes: (descriptor) => {
    const { heads, dim, width, context } = shapeOf(descriptor)
    return [4 * heads * dim, 2 * width * context, 2 * width * context, POSITION_BYTES]
  },
  compute,
  instructionBound: bound,
}
