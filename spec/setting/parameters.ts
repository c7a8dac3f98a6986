import { isUint } from '../commitments/bytes.ts'

/** Amounts in wei. */
export type Wei = bigint

/** What a deployment fixes for all its tasks. */
export interface Parameters {
  /** Segments that a dissection cuts a run into, 2 to 64. */
  readonly arity: number
  /** Each side's chess clock for the whole dispute, in seconds. */
  readonly clockSeconds: number
  /** Added to each clock for every phase below the first. */
  readonly descentSeconds: number
  /** How long a claim stands open to disputes, in seconds. */
  readonly windowSeconds: number
  /** Stake behind a claim, and behind a dispute. */
  readonly bondWei: Wei
  /** Share of a loser's bond that is burned, in basis points; the winner gets the rest. */
  readonly burnBasisPoints: number
  /** Absent where the service takes no sealed claims, and so asks no verifier for its attention. */
  readonly attention?: Attention | undefined
}

/** What a deployment fixes for sealed claims and for the verifiers whose attention they test. */
export interface Attention {
  /** From a task's first seal on, how long verifiers may answer; a seal is revealed no sooner than that after it. */
  readonly answerSeconds: number
  /** How long a seal may be revealed then. */
  readonly revealSeconds: number
  /** A verifier's stake on a model. */
  readonly stakeWei: Wei
  /** One verifier in so many is asked about a task. */
  readonly oneIn: number
}

export const MIN_ARITY = 2
export const MAX_ARITY = 64
export const BASIS_POINTS = 10_000

/** Why a deployment with these parameters is impossible; undefined where it is possible. */
export const parameterFault = (parameters: Parameters): string | undefined => {
  const { arity, clockSeconds, descentSeconds, windowSeconds, bondWei, burnBasisPoints } = parameters
  if (!Number.isInteger(arity) || arity < MIN_ARITY || arity > MAX_ARITY)
    return `arity ${arity} is not an integer from ${MIN_ARITY} to ${MAX_ARITY}`
  if (!isUint(clockSeconds, 31) || clockSeconds === 0) return `clockSeconds ${clockSeconds} is not positive`
  if (!isUint(descentSeconds, 24)) return `descentSeconds ${descentSeconds} is negative or too large`
  if (!isUint(windowSeconds, 31) || windowSeconds === 0)
    return `windowSeconds ${windowSeconds} is not positive`
  if (bondWei <= 0n || bondWei >= 1n << 128n) return `bondWei ${bondWei} is not between 1 and 2^128 - 1`
  if (!isUint(burnBasisPoints, 14) || burnBasisPoints === 0 || burnBasisPoints > BASIS_POINTS)
    return `burnBasisPoints ${burnBasisPoints} is not between 1 and ${BASIS_POINTS}`
  return parameters.attention && attentionFault(parameters.attention)
}

const attentionFault = ({ answerSeconds, revealSeconds, stakeWei, oneIn }: Attention): string | undefined => {
  if (!isUint(answerSeconds, 31) || answerSeconds === 0)
    return `answerSeconds ${answerSeconds} is not positive`
  if (!isUint(revealSeconds, 31) || revealSeconds === 0)
    return `revealSeconds ${revealSeconds} is not positive`
  if (stakeWei <= 0n || stakeWei >= 1n << 128n) return `stakeWei ${stakeWei} is not between 1 and 2^128 - 1`
  if (!isUint(oneIn, 32) || oneIn === 0) return `oneIn ${oneIn} is not between 1 and 2^32 - 1`
  return undefined
}

/** How a loser's bond is divided. */
export const divideBond = ({
  bondWei,
  burnBasisPoints,
}: Pick<Parameters, 'bondWei' | 'burnBasisPoints'>): { burned: Wei; winner: Wei } => {
  const burned = (bondWei * BigInt(burnBasisPoints)) / BigInt(BASIS_POINTS)
  return { burned, winner: bondWei - burned }
}
