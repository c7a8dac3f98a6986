import type { StateRoot } from '../../spec/commitments/hash.ts'
import { BadInputError } from '../models/modelCommand.ts'
import type { LanguageModel, Sampling } from './languageModel.ts'

export interface Generated {
  /** Up to the end token, if there is one. */
  readonly tokens: readonly number[]
  /** After all iterations that the request asks for; only where it was wanted. */
  readonly stateRoot?: StateRoot
  readonly promptTokensPerSecond: number
  /** Of the tokens behind the first, which comes out of the prompt; 0 where there are none. */
  readonly decodeTokensPerSecond: number
}

export interface Watching {
  readonly onToken: (token: number) => void
  /** Told the logits of the prompt's last position. */
  readonly onPrompt: (logits: Float32Array) => void
  /** Go on behind an end token, as the request asks, and commit the state. */
  readonly wantsState: boolean
}

/**
 * Answers a request of so many tokens: as many iterations as the prompt has tokens, less one, and one for each token of
 * the answer.
 *
 * @throws BadInputError where the model cannot be asked that
 */
export const generate = async (
  model: LanguageModel,
  prompt: readonly number[],
  count: number,
  sampling: Sampling,
  { onToken, onPrompt, wantsState }: Watching,
): Promise<Generated> => {
  const { answerCapacity, context } = model.facts
  if (count > answerCapacity)
    throw new BadInputError(`${count} tokens asked for; an answer has at most ${answerCapacity}`)
  if (prompt.length - 1 + count > context)
    throw new BadInputError(
      `${prompt.length} prompt tokens and ${count} more do not fit a context of ${context}`,
    )
  model.start(prompt, sampling)
  const started = performance.now()
  await model.readPrompt()
  await model.iterate()
  const prompted = performance.now()
  onPrompt(model.logits())

  const tokens: number[] = []
  const ends = new Set(model.header.tokenizer?.end ?? [])
  let decoding = 0
  for (let index = 0; index < count; index++) {
    if (index > 0) {
      const before = performance.now()
      await model.iterate()
      if (model.answer(index) >= 0) decoding += performance.now() - before
    }
    const token = model.answer(index)
    if (token < 0) continue
    tokens.push(token)
    onToken(token)
    if (ends.has(token) && !wantsState) break
  }
  return {
    tokens,
    ...(wantsState ? { stateRoot: await model.stateRoot() } : {}),
    promptTokensPerSecond: (1000 * prompt.length) / (prompted - started),
    decodeTokensPerSecond: decoding === 0 ? 0 : (1000 * (tokens.length - 1)) / decoding,
  }
}
