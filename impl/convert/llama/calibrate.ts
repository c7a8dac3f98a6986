import { countWeights, type LlamaSource } from './llamaSource.ts'
import type { Reference } from './reference.ts'

/** Fraction bits of the values that can become large. */
export interface FractionBits {
  readonly residual: number
  readonly swiglu: number
}

/** Integer bits kept free above the largest value seen, beside the sign's. */
const RESIDUAL_HEADROOM = 4
const SWIGLU_HEADROOM = 3
const MOST_BITS = 20
const FEWEST_BITS = 4

/** Prompts of a single token hold the largest values: the first token of a sequence draws all attention. */
const SINGLE_TOKENS = 12
const SEQUENCE_TOKENS = 12
/** A large model is looked at with fewer tokens. */
const MUCH_WORK = 2 ** 30

/** Tokens spread over the vocabulary, the same each time. */
const spread = (count: number, vocabulary: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor((i * 0.618_033_988_75 * vocabulary) % vocabulary))

/**
 * Looks how large residual and swiglu become on a few tokens, in double precision, and leaves some bits above that.
 * What is larger still saturates: that costs fidelity, never agreement.
 *
 * @param onWeights told the weights that were looked at
 */
export const calibrate = (
  source: LlamaSource,
  reference: Reference,
  onWeights: (done: number, total: number) => void,
): FractionBits => {
  const { vocabulary, context } = source.config
  const weights = countWeights(source)
  const share = Math.min(1, MUCH_WORK / weights)
  const singles = spread(Math.max(3, Math.round(SINGLE_TOKENS * share)), vocabulary)
  const together = spread(Math.min(context, Math.max(3, Math.round(SEQUENCE_TOKENS * share))), vocabulary)
  let [residual, swiglu] = [0, 0]
  const largestOf = (rows: readonly Float64Array[]): number =>
    rows.reduce((most, row) => row.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0)
  const prompts = [...singles.map((token) => [token]), together]
  reference.feed(prompts.map(reference.start), prompts, 'none', (name, block, rows) => {
    if (name === 'feed-forward output')
      onWeights(Math.round(((block + 1) / source.blocks.length) * weights), weights)
    if (name === 'embedding' || name === 'attention output' || name === 'feed-forward output')
      residual = Math.max(residual, largestOf(rows))
    if (name === 'swiglu') swiglu = Math.max(swiglu, largestOf(rows))
  })
  return {
    residual: fractionBits(residual, RESIDUAL_HEADROOM),
    swiglu: fractionBits(swiglu, SWIGLU_HEADROOM),
  }
}

const fractionBits = (largest: number, headroom: number): number => {
  const integerBits = largest === 0 ? 0 : Math.max(0, Math.floor(Math.log2(largest)) + 1)
  return Math.min(MOST_BITS, Math.max(FEWEST_BITS, 31 - headroom - integerBits))
}
