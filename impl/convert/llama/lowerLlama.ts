import type { LlamaFacts, ModelHeader } from '../../models/modelHeader.ts'
import type { ModelPlan } from '../../models/modelWriter.ts'
import { type Fill, graphPlan } from '../graphPlan.ts'
import { calibrate, type FractionBits } from './calibrate.ts'
import type { LlamaSource } from './llamaSource.ts'
import { fixedOperators, type LlamaOperators } from './lowerFixed.ts'
import { floatOperators } from './lowerFloat.ts'
import { llamaReference } from './reference.ts'

export interface Capacities {
  /** Positions of the caches. */
  readonly context: number
  /** Tokens of a request's prompt, and of an answer, at most. */
  readonly prompt: number
  readonly answer: number
}

export interface LoweredLlama {
  readonly plan: ModelPlan
  readonly fills: readonly Fill[]
  /** Fraction bits of residual and swiglu; undefined in f32. */
  readonly fractionBits?: FractionBits
}

const REQUEST_WORDS = 8

/**
 * A LLaMA as a graph that computes one token: an iteration of the loop. What is carried from token to token: request,
 * position, answer, and the keys and values of each block.
 *
 * @param onWeights told the weights that were looked at in double precision, where that is done
 */
export const lowerLlama = (
  source: LlamaSource,
  format: ModelHeader['format'],
  capacities: Capacities,
  provenance: ModelHeader['provenance'],
  onWeights: (done: number, total: number) => void,
): LoweredLlama => {
  const { heads, kvHeads, headDim, vocabulary } = source.config
  const { context } = capacities
  const plan = graphPlan()
  const request = plan.carry('request', 'int32', [REQUEST_WORDS + capacities.prompt])
  const position = plan.carry('position', 'int32', [1])
  const answer = plan.carry('answer', 'int32', [capacities.answer])
  const fractionBits = format === 'fixed' ? calibrate(source, llamaReference(source), onWeights) : undefined
  const operators: LlamaOperators =
    fractionBits === undefined
      ? floatOperators(plan, source, context)
      : fixedOperators(plan, source, context, fractionBits)

  const token = plan.node(
    'current token',
    'current-token',
    [request, answer, position],
    [capacities.prompt, capacities.answer],
  )
  let residual = operators.embed(token)
  source.blocks.forEach((block, number) => {
    const at = (part: string): string => `block ${number} ${part}`
    const caches = operators.caches(number, at('cache'))
    const normed = operators.norm(at('attention norm'), block.attentionNorm, residual)
    const attended = operators.product(
      at('query key value'),
      [block.query, block.key, block.value],
      normed,
      'attention input',
    )
    const turned = operators.rope(at('rope'), attended, (heads + kvHeads) * headDim, position)
    caches.append(at('append keys'), 'keys', turned, heads * headDim, position)
    caches.append(at('append values'), 'values', attended, (heads + kvHeads) * headDim, position)
    const mixed = caches.attention(at('attention'), turned, position)
    residual = operators.product(
      at('attention output'),
      [block.attentionOutput],
      mixed,
      'attention output',
      residual,
    )
    const fed = operators.norm(at('feed-forward norm'), block.feedForwardNorm, residual)
    const hidden = operators.product(at('gate up'), [block.gate, block.up], fed, 'gate up')
    const gated = operators.swiglu(at('swiglu'), hidden)
    residual = operators.product(at('feed-forward output'), [block.down], gated, 'down', residual)
  })
  const normed = operators.norm('output norm', source.outputNorm, residual)
  const logits = operators.product('logits', [source.output], normed, 'logits')
  const next = operators.sample(logits, request, position)
  const ends = source.tokenizer?.end ?? []
  plan.node(
    'write token',
    'write-token',
    [next, request, position, answer],
    [capacities.prompt, capacities.answer, ends.length, ...ends],
    answer,
  )
  plan.node('advance', 'advance', [position], [], position)

  const { graph, fills, slotOf } = plan.finish(request, answer)
  const llama: LlamaFacts = {
    vocabulary,
    context,
    promptCapacity: capacities.prompt,
    answerCapacity: capacities.answer,
    logitsSlot: slotOf(logits),
    logitsFractionBits: operators.logitsFractionBits,
    positionSlot: slotOf(position),
    answerSlot: slotOf(answer),
  }
  return {
    fills,
    ...(fractionBits === undefined ? {} : { fractionBits }),
    plan: {
      ...graph,
      name: source.name,
      format,
      inputBytes: 4 * (REQUEST_WORDS + capacities.prompt),
      mostIterations: Math.min(context, capacities.prompt - 1 + capacities.answer),
      tensors: null,
      llama,
      tokenizer: source.tokenizer,
      provenance,
    },
  }
}
