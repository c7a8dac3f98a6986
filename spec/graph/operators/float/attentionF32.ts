import type { Bytes } from '../../../commitments/bytes.ts'
import { attentionShape } from '../fixed/attention.ts'
import { attribute, type ElementRange, type Operator } from '../operator.ts'
import { POSITION_BYTES, rowOf } from '../sequence/position.ts'
import { exp, float32Elements, floatBytes, floatOf, laneSum, round } from './single.ts'

const MAX_CACHE_ELEMENTS = 2 ** 27

/** As of `attention`, with caches of half as many elements. */
const shapeOf = (descriptor: Bytes) => attentionShape(descriptor, MAX_CACHE_ELEMENTS)

/**
 * Attention of one query to the tokens up to its own, for each head:
 *
 *   s[j] = (q . k[j]) scale      p[j] = e^(s[j] - max s)      out[d] = (sum of p[j] v[j][d]) (1 / sum of p)
 *
 * q . k and the sum of p in four lanes (`laneSum`), the sums of p v in the order of the tokens. The largest score is the
 * first that no later one exceeds: a NaN exceeds nothing, and nothing exceeds a NaN.
 *
 * Attributes: heads, heads that share a key and value head, dim, context, scale (bits of a float32). Operands: q
 * float32[heads][dim], k and v float32[context][width], position int32[1]. Output: float32[heads][dim].
 */
const compute = (descriptor: Bytes, operands: readonly Bytes[], { first, end }: ElementRange): Bytes => {
  const { heads, shared, dim, width, context } = shapeOf(descriptor)
  const scale = floatOf(attribute(descriptor, 4))
  const tokens = rowOf(operands[3]!, context) + 1
  const queries = float32Elements(operands[0]!, heads * dim)
  const keys = float32Elements(operands[1]!, tokens * width)
  const values = float32Elements(operands[2]!, tokens * width)

  const headOf = (head: number): readonly number[] => {
    const column = Math.floor(head / shared) * dim
    const scores = Array.from({ length: tokens }, (_, token) => {
      const dot = laneSum(dim, (i) => round(queries[head * dim + i]! * keys[token * width + column + i]!))
      return round(dot * scale)
    })
    const top = scores.reduce((most, score) => (score > most ? score : most))
    const weights = scores.map((score) => exp(round(score - top)))
    const inverse = round(1 / laneSum(tokens, (token) => weights[token]!))
    return Array.from({ length: dim }, (_, d) => {
      const sum = weights.reduce(
        (total, p, token) => round(total + round(p * values[token * width + column + d]!)),
        0,
      )
      return round(sum * inverse)
    })
  }

  const output: number[] = []
  for (let head = Math.floor(first / dim); head * dim < end; head++)
    output.push(...headOf(head).filter((_, d) => head * dim + d >= first && head * dim + d < end))
  return floatBytes(output)
}

const bound = (descriptor: Bytes, elements: number): number => {
  const { dim, context } = shapeOf(descriptor)
  if (dim === 0) return 500
  const aligned = elements % dim === 0 || dim % elements === 0
  const heads = Math.ceil((aligned ? elements : elements + dim - 1) / dim)
  return 500 + heads * (2000 + 300 * dim + context * (3800 + 640 * dim))
}

export const ATTENTION_F32: Operator = {
  code: 37,
  name: 'attention-f32',
  outputType: 'float32',
  outputElements: (descriptor) => shapeOf(descriptor).heads * shapeOf(descriptor).dim,
  operandBytes: (descriptor) => {
    const { heads, dim, width, context } = shapeOf(descriptor)
    return [4 * heads * dim, 4 * width * context, 4 * width * context, POSITION_BYTES]
  },
  compute,
  instructionBound: bound,
}
