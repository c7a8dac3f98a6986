import { BadInputError } from '../models/modelCommand.ts'
import { GREEDY, type LanguageModel } from './languageModel.ts'

export interface Perplexity {
  /** Tokens whose probability was counted. */
  readonly tokens: number
  readonly perplexity: number
}

/** -ln of a token's share of the softmax. */
export const surprise = (logits: Float32Array, token: number): number => {
  const top = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY)
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0)
  return Math.log(total) - (logits[token]! - top)
}

/**
 * Perplexity on a text as llama.cpp's tool has it: the tokens are cut into chunks of `context`, the rest is left out;
 * each chunk is read by itself, behind a begin token in place of its first where the file asks for one, and what its second
 * half says of the token that follows is counted, but for the chunk's last position.
 *
 * @param onProgress told the tokens that were read
 * @throws BadInputError where there is no whole chunk
 */
export const measurePerplexity = async (
  model: LanguageModel,
  ids: readonly number[],
  context: number,
  onProgress: (done: number) => void,
): Promise<Perplexity> => {
  const chunks = Math.floor(ids.length / context)
  if (chunks === 0) throw new BadInputError(`the text has ${ids.length} tokens; one chunk takes ${context}`)
  const first = context >> 1
  const { addBegin, begin } = model.header.tokenizer ?? { addBegin: false, begin: null }
  let [sum, tokens] = [0, 0]
  for (let chunk = 0; chunk < chunks; chunk++) {
    const own = ids.slice(chunk * context, (chunk + 1) * context)
    const part = addBegin && begin !== null ? [begin, ...own.slice(1)] : own
    // As the prompt alone, so that what is not counted is computed at once.
    model.start(part.slice(0, first + 1), GREEDY)
    await model.readPrompt()
    model.setPrompt(part)
    for (let position = first; position < context - 1; position++) {
      await model.iterate()
      sum += surprise(model.logits(), part[position + 1]!)
      tokens++
      onProgress(chunk * context + position + 1)
    }
  }
  return { tokens, perplexity: Math.exp(sum / tokens) }
}
