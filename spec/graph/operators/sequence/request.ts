import type { Bytes } from '../../../commitments/bytes.ts'
import { int32Elements } from '../elements.ts'
import { attribute } from '../operator.ts'

/**
 * What is asked of a model that answers token by token, the input tensor: int32[8 + prompt capacity].
 *
 *   0  tokens of the prompt      1, 2  seed, low and high word     3  inverse temperature, 0 = greedy
 *   4  top-k, 0 = no limit       5     top-p in Q16, 0 = no limit  6, 7  nothing
 *   8..  the prompt
 *
 * The answer is int32[answer capacity]: the tokens behind the prompt, and -1 behind an end token.
 */
export const REQUEST_WORDS = 8

const MAX_CAPACITY = 2 ** 20

export interface Capacities {
  readonly prompt: number
  readonly answer: number
}

const capacity = (asked: number): number => Math.min(Math.max(asked, 1), MAX_CAPACITY)

/** Attributes 0 and 1: tokens that request and answer have room for, 1 to 2^20. */
export const capacitiesOf = (descriptor: Bytes): Capacities => ({
  prompt: capacity(attribute(descriptor, 0)),
  answer: capacity(attribute(descriptor, 1)),
})

/** Word `index` of a request, unsigned. */
export const requestWord = (request: Bytes, index: number): number =>
  int32Elements(request, REQUEST_WORDS)[index]! >>> 0

/** Bytes of a request. */
export const requestBytes = ({ prompt }: Capacities): number => 4 * (REQUEST_WORDS + prompt)

/** Tokens of the prompt: at least one, at most its capacity. */
export const promptLength = (request: Bytes, { prompt }: Capacities): number =>
  Math.min(Math.max(requestWord(request, 0), 1), prompt)
