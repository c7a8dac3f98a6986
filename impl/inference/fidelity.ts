import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { attribute } from '../../spec/graph/operators/operator.ts'
import type { Observe, Reference } from '../convert/llama/reference.ts'
import { collectDeviations, type OperatorDeviation, relativeDeviation } from './deviations.ts'
import { GREEDY, type LanguageModel } from './languageModel.ts'

/** How far a converted model is from double precision over the same file's weights. */
export interface Fidelity {
  /** Positions whose logits were compared. */
  readonly positions: number
  /** Kullback-Leibler divergence of the next token, in nats. */
  readonly meanDivergence: number
  readonly worstDivergence: number
  readonly largestLogitDifference: number
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

/** Fraction bits of a node's output, as the descriptors say; undefined where it is no fixed-point number. */
const fractionBitsOf = (nodes: readonly GraphNode[]): ((name: string) => number | undefined) => {
  const embedding = nodes.find(({ operator }) => operator === 'embed')
  const gated = nodes.find(({ operator }) => operator === 'swiglu')
  if (embedding === undefined || gated === undefined) return () => undefined
  const input = attribute(gated.descriptor, 1)
  const residual = attribute(embedding.descriptor, 2)
  const swiglu = 2 * input - attribute(gated.descriptor, 2)
  return (name) => {
    if (name === 'embedding' || name.endsWith('output')) return residual
    return name.endsWith('swiglu') ? swiglu : input
  }
}

/** Compares nodes with the reference's values of the same name, at the first positions of one sequence. */
const watchNodes = (model: LanguageModel) => {
  const nodes = new Map(model.nodes.map((node) => [node.name, node]))
  const bitsOf = fractionBitsOf(model.nodes)
  const expected = new Map<string, readonly Float64Array[]>()
  const deviations = collectDeviations()
  const observe: Observe = (name, block, rows) => {
    const node = block < 0 ? name : `block ${block} ${name}`
    if (nodes.has(node)) expected.set(node, rows.slice(0, WATCHED_POSITIONS))
  }
  const compare = (position: number): void => {
    for (const [name, rows] of expected) {
      const row = rows[position]
      const node = nodes.get(name)!
      if (row === undefined) continue
      const bytes = model.value(node.outputSlot)
      const bits = bitsOf(name)
      const values =
        bits === undefined
          ? new Float32Array(bytes.buffer, bytes.byteOffset, row.length)
          : new Int32Array(bytes.buffer, bytes.byteOffset, row.length)
      const scale = bits === undefined ? 1 : 2 ** -bits
      const found = Float64Array.from(values, (value) => value * scale)
      deviations.add(node.operator, name, relativeDeviation(row, found))
    }
  }
  return { observe, compare, report: deviations.report }
}

/**
 * Holds a converted model against the reference, position by position.
 *
 * @param sequences of tokens: prompts, or parts of a text
 * @param onProgress told the positions that were compared
 */
export const measureFidelity = async (
  model: LanguageModel,
  reference: Reference,
  sequences: readonly (readonly number[])[],
  onProgress: (done: number) => void,
): Promise<Fidelity> => {
  const watched = watchNodes(model)
  let [positions, divergences, worst, largest, same, sure, wrong] = [0, 0, 0, 0, 0, 0, 0]
  let [surprise, referenceSurprise, scored] = [0, 0, 0]
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
      if (isWatched && position < WATCHED_POSITIONS) watched.compare(position)
      const logits = model.logits()
      const [p, q] = [logShares(row), logShares(logits)]
      let divergence = 0
      p.forEach((share, i) => {
        divergence += Math.exp(share) * (share - q[i]!)
        largest = Math.max(largest, Math.abs(logits[i]! - row[i]!))
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
    sameBest: same / positions,
    sure,
    sureAndDifferent: wrong,
    perplexity: Math.exp(surprise / scored),
    referencePerplexity: Math.exp(referenceSurprise / scored),
    operators: watched.report(),
  }
}
