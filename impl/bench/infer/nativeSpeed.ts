import { planNodes } from '../../graph/native/plan.ts'
import { GREEDY, type LanguageModel } from '../../inference/languageModel.ts'
import { tensorBytes } from '../../models/modelHeader.ts'
import type { Speed } from './llamaCpp.ts'

/** Any tokens: which ones makes no difference to the time. */
const someTokens = (count: number, vocabulary: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => 1 + ((i * 7919) % (vocabulary - 1)))

const perSecond = async (tokens: number, compute: () => Promise<void>): Promise<number> => {
  const started = performance.now()
  await compute()
  return (1000 * tokens) / (performance.now() - started)
}

const decode = async (model: LanguageModel, tokens: number): Promise<void> => {
  for (let i = 0; i < tokens; i++) await model.iterate()
}

/** As llama-bench has it: a prompt, and tokens decoded one by one from an empty context. */
export const measureNative = async (
  model: LanguageModel,
  promptTokens: number,
  tokens: number,
): Promise<Speed> => {
  model.start(someTokens(promptTokens, model.facts.vocabulary), GREEDY)
  const promptTokensPerSecond = await perSecond(promptTokens, async () => {
    await model.readPrompt()
    await model.iterate()
  })
  model.start(someTokens(1, model.facts.vocabulary), GREEDY)
  const decodeTokensPerSecond = await perSecond(tokens, () => decode(model, tokens))
  return { promptTokensPerSecond, decodeTokensPerSecond }
}

/**
 * The commitment's share of the time of an answer: only the last state is committed while nobody disputes it, and threads
 * hash what they can of it while they wait for each other.
 */
export const measureCommitShare = async (
  model: LanguageModel,
  promptTokens: number,
  tokens: number,
): Promise<number> => {
  model.start(someTokens(promptTokens, model.facts.vocabulary), GREEDY)
  const started = performance.now()
  await model.readPrompt()
  await decode(model, tokens)
  const answered = performance.now()
  await model.stateRoot()
  return (performance.now() - answered) / (answered - started)
}

/** Bytes of weights that a token reads, whole tensors: of tables, of which it reads one row, nothing is counted. */
export const weightBytesRead = (model: LanguageModel): number => {
  const { header, nodes } = model
  const read = new Set<number>()
  for (const { operator, operands } of planNodes({ ...header, nodes, weights: [] }))
    if (/^(matmul|rmsnorm)/.test(operator.name))
      for (const place of operands) if (place.kind === 'weight') read.add(place.slot)
  return [...read].reduce((sum, slot) => sum + tensorBytes(header.weights[slot]!), 0)
}
