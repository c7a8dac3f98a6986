import type { Bytes } from '../../../commitments/bytes.ts'
import { requestWord } from './request.ts'

/** A token and its logit: a number of whichever format. */
export interface Candidate {
  readonly token: number
  readonly logit: number
}

/** So many candidates at most take part in a draw. */
export const MAX_CANDIDATES = 2 ** 10

const mask = (value: bigint): bigint => BigInt.asUintN(64, value)

/** A word that follows from seed and position alone: the upper half of splitmix64 at the position's place of its sequence. */
export const randomWord = (seed: bigint, position: number): bigint => {
  let z = mask(seed + BigInt(position + 1) * 0x9e37_79b9_7f4a_7c15n)
  z = mask((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n)
  z = mask((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn)
  return (z ^ (z >> 31n)) >> 32n
}

/**
 * Draws a token as a request asks: seed, temperature, top-k, top-p.
 *
 * Candidates are ordered by falling logit, the lower token first where two are equal. With an inverse temperature of 0
 * the first one is taken. Else the first k take part (k as asked for, 1024 where it is 0 or larger), and of these with
 * top-p the shortest run from the first one on whose weights come to that share of all k:
 *
 *   need = ceil(P topP / 2^16), P the weights of the k            (topP 0, or 2^16 and more: all of them)
 *   target = floor(random Q / 2^32), Q the weights of the run     random: `randomWord`
 *
 * The token is the first at which the running sum of weights exceeds the target; token 0 where there is no candidate.
 *
 * Bounds: weights are at most 2^24 and there are 2^10 of them: P topP < 2^50, random Q < 2^66.
 *
 * @param weightOf weight of a logit, given the largest one: an integer in Q24, not 0 for the largest itself
 */
export const drawn = (
  candidates: readonly Candidate[],
  weightOf: (logit: number, top: number) => number,
  request: Bytes,
  position: number,
): number => {
  const ordered = candidates.toSorted((a, b) => b.logit - a.logit || a.token - b.token)
  const [best] = ordered
  if (best === undefined) return 0
  if (requestWord(request, 3) === 0) return best.token

  const limit = requestWord(request, 4)
  const likely = ordered.slice(0, limit === 0 ? MAX_CANDIDATES : Math.min(limit, MAX_CANDIDATES))
  const weighed = likely.map(({ token, logit }) => ({ token, weight: weightOf(logit, best.logit) }))
  const all = weighed.reduce((sum, { weight }) => sum + weight, 0)

  const topP = requestWord(request, 5)
  const need = topP === 0 || topP >= 2 ** 16 ? all : Math.ceil((all * topP) / 2 ** 16)
  let sum = 0
  const running = weighed.map(({ token, weight }) => {
    sum += weight
    return { token, sum }
  })
  const run = running.slice(0, running.findIndex((each) => each.sum >= need) + 1)
  const seed = BigInt(requestWord(request, 1)) | (BigInt(requestWord(request, 2)) << 32n)
  const target = (randomWord(seed, position) * BigInt(run.at(-1)!.sum)) >> 32n
  return run.find((each) => BigInt(each.sum) > target)!.token
}
