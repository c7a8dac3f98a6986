import type { Reference } from '../convert/llama/reference.ts'
import type { OperatorDeviation } from './deviations.ts'
import { GREEDY, type LanguageModel } from './languageModel.ts'
import { watchNodes } from './watchNodes.ts'

/** How far a converted model is from double precision over the same file's weights. */
export interface Fidelity {
  /** Positions whose logits were compared. */
  readonly positions: number
  /** Kullback-Leibler divergence of the next token, in nats. */
  readonly meanDivergence: number
  readonly worstDivergence: number
  readonly largestLogitDifference: number
  /** From another program's logits, where they were given. */
  readonly largestPeerDifference?: number
  /** Share of positions at which the likeliest token is the same. */
  readonly sameBest: number
  /** Positions at which the best leads by at least 0.5, and at how many of them it is another one. */
  readonly sure: number
  readonly sureAndDifferent: number
  /** Over the same positions, where there is a next token. */
  readonly perplexity: number
  readonly referencePerplexity: number
  readonly operators: readonly OperatorDeviation[]
}

/** Short and long, in several languages and kinds; single tokens have the largest values. */
export const FIDELITY_PROMPTS: readonly string[] = [
  'The capital of France is',
  'A',
  '\n',
  '1',
  'Once upon a time there was a small robot who',
  'def fibonacci(n):\n    if n < 2:\n        return n\n    return',
  'Die Donau fließt durch',
  'Q: What is 17 plus 25?\nA:',
  'In 1969, Neil Armstrong became the first person to walk on the Moon. The mission was called',
]

const SURE_LEAD = 0.5
/** Positions of the first sequence at which every node is compared. */
const WATCHED_POSITIONS = 6

/** Natural logarithms of the shares of a softmax. */
const logShares = (logits: Float32Array | Float64Array): Float64Array => {
  let top = Number.NEGATIVE_INFINITY
  for (const logit of logits) top = Math.max(top, logit)
  let total = 0
  for (const logit of logits) total += Math.exp(logit - top)
  return Float64Array.from(logits, (logit) => logit - top - Math.log(total))
}

const bestOf = (logits: ArrayLike<number>): number => {
  let best = 0
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i
  return best
}

/** By how much the best leads the second. */
const leadOf = (logits: Float64Array): number => {
  const best = bestOf(logits)
  let second = Number.NEGATIVE_INFINITY
  logits.forEach((logit, i) => {
    if (i !== best) second = Math.max(second, logit)
  })
  return logits[best]! - second
}

/**
 * Holds a converted model against the reference, position by position.
 *
 * @param sequences of tokens: prompts, or parts of a text
 * @param onProgress told the positions that were compared
 * @param peer another program's logits, of each position of each sequence
 */
export const measureFidelity = async (
  model: LanguageModel,
  reference: Reference,
  sequences: readonly (readonly number[])[],
  onProgress: (done: number) => void,
  peer?: readonly (readonly Float32Array[])[],
): Promise<Fidelity> => {
  const watched = watchNodes(model.nodes, WATCHED_POSITIONS)
  let [positions, divergences, worst, largest, same, sure, wrong] = [0, 0, 0, 0, 0, 0, 0]
  let [surprise, referenceSurprise, scored] = [0, 0, 0]
  let peerDifference = 0
  for (const [index, sequence] of sequences.entries()) {
    const isWatched = index === 0
    const expected = reference.feed(
      [reference.start()],
      [sequence],
      'all',
      isWatched ? watched.observe : undefined,
    )[0]!
    model.start(sequence, GREEDY)
    for (const [position, row] of expected.entries()) {
      await model.iterate()
      if (isWatched && position < WATCHED_POSITIONS) watched.compare(position, (slot) => model.value(slot))
      const logits = model.logits()
      const [p, q] = [logShares(row), logShares(logits)]
      let divergence = 0
      p.forEach((share, i) => {
        divergence += Math.exp(share) * (share - q[i]!)
        largest = Math.max(largest, Math.abs(logits[i]! - row[i]!))
      })
      const other = peer?.[index]?.[position]
      if (other !== undefined)
        logits.forEach((logit, i) => {
          peerDifference = Math.max(peerDifference, Math.abs(logit - other[i]!))
        })
      divergences += divergence
      worst = Math.max(worst, divergence)
      const isSame = bestOf(row) === bestOf(logits)
      if (isSame) same++
      if (leadOf(row) >= SURE_LEAD) {
        sure++
        if (!isSame) wrong++
      }
      const next = sequence[position + 1]
      if (next !== undefined) {
        surprise -= q[next]!
        referenceSurprise -= p[next]!
        scored++
      }
      onProgress(++positions)
    }
  }
  return {
    positions,
    meanDivergence: divergences / positions,
    worstDivergence: worst,
    largestLogitDifference: largest,
    ...(peer === undefined ? {} : { largestPeerDifference: peerDifference }),
    sameBest: same / positions,
    sure,
    sureAndDifferent: wrong,
    perplexity: Math.exp(surprise / scored),
    referencePerplexity: Math.exp(referenceSurprise / scored),
    operators: watched.report(),
  }
}
