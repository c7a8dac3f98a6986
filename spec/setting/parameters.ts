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
  /** Stake behind a claim: it deters a lie. */
  readonly claimBondWei: Wei
  /** Stake behind a dispute: it pays for being wrong about a claim. */
  readonly disputeBondWei: Wei
  /** Share that is burned of a claim bond that is lost, and of every dispute bond when its dispute opens, in basis points. */
  readonly burnBasisPoints: number
  /** Disputes about one claim that its honest server is able to play at once. */
  readonly disputesAtOnce: number
  /** The most moves that a dispute about any registered model may have. */
  readonly mostMoves: number
  /** What the deployment takes to be the longest from sending a call to the block that it stands in. */
  readonly inclusionSeconds: number
  /** Absent where the service takes no sealed claims. */
  readonly seals?: Seals | undefined
  /** Absent where the service asks no verifier for its attention; where it does, every claim is sealed. */
  readonly attention?: Attention | undefined
}

/** What a deployment fixes for sealed claims. */
export interface Seals {
  /** From the seal on (with attention: from the end of its round on), how long it may not be revealed yet. */
  readonly answerSeconds: number
  /** How long it may be revealed then. */
  readonly revealSeconds: number
}

/** What a deployment fixes for the verifiers whose attention it tests. A round is one answer time. */
export interface Attention {
  /** A verifier's stake on a model. */
  readonly stakeWei: Wei
  /** One verifier in so many of those that are held to a task is asked about it. */
  readonly oneIn: number
  /** The least part of a fee that must be for the verifiers that are asked. */
  readonly minFeeWei: Wei
  /** What a right answer earns, as long as the task's part suffices for all. */
  readonly payWei: Wei
}

export const MIN_ARITY = 2
export const MAX_ARITY = 64
export const BASIS_POINTS = 10_000

/** The share of a bond that is burned, rounded down. */
export const burnedShare = ({ burnBasisPoints }: Pick<Parameters, 'burnBasisPoints'>, bondWei: Wei): Wei =>
  (bondWei * BigInt(burnBasisPoints)) / BigInt(BASIS_POINTS)

/** What is left of a bond behind that. */
export const leftShare = (parameters: Pick<Parameters, 'burnBasisPoints'>, bondWei: Wei): Wei =>
  bondWei - burnedShare(parameters, bondWei)

/** The parameter that makes a deployment impossible, and why it does. */
export interface ParameterFault {
  readonly parameter: string
  readonly fault: string
}

const isPositive = (value: number, bits: number): boolean => isUint(value, bits) && value > 0

const isAmount = (wei: Wei): boolean => wei > 0n && wei < 1n << 128n

/** Seconds that either side needs to have its most calls included, one after another. */
export const inclusionsSeconds = ({
  mostMoves,
  inclusionSeconds,
}: Pick<Parameters, 'mostMoves' | 'inclusionSeconds'>): number =>
  (1 + Math.floor(mostMoves / 2)) * inclusionSeconds

/**
 * Why a deployment with these parameters is impossible, so far as they say so themselves; undefined where it is
 * possible. What depends on the world besides is checked of a `Setting`.
 */
export const parameterFault = (parameters: Parameters): ParameterFault | undefined => {
  const { arity, clockSeconds, descentSeconds, windowSeconds, claimBondWei, disputeBondWei } = parameters
  const { burnBasisPoints, disputesAtOnce, mostMoves, inclusionSeconds, seals, attention } = parameters
  const is = (parameter: string, fault: string): ParameterFault => ({
    parameter,
    fault: `${parameter} ${fault}`,
  })
  if (!isUint(arity, 7) || arity < MIN_ARITY || arity > MAX_ARITY)
    return is('arity', `${arity} is not an integer from ${MIN_ARITY} to ${MAX_ARITY}`)
  if (!isPositive(clockSeconds, 31))
    return is('clockSeconds', `${clockSeconds} is not positive, or too large`)
  if (!isUint(descentSeconds, 24)) return is('descentSeconds', `${descentSeconds} is negative or too large`)
  if (!isPositive(windowSeconds, 31))
    return is('windowSeconds', `${windowSeconds} is not positive, or too large`)
  if (!isAmount(claimBondWei)) return is('claimBondWei', `${claimBondWei} is not between 1 and 2^128 - 1`)
  if (!isPositive(burnBasisPoints, 14) || burnBasisPoints >= BASIS_POINTS)
    return is('burnBasisPoints', `${burnBasisPoints} is not between 1 and ${BASIS_POINTS - 1}`)
  if (!isPositive(disputesAtOnce, 16))
    return is('disputesAtOnce', `${disputesAtOnce} is not between 1 and 2^16 - 1`)
  if (!isAmount(disputeBondWei) || disputeBondWei > claimBondWei)
    return is('disputeBondWei', `${disputeBondWei} is not between 1 and the claim bond, ${claimBondWei}`)
  const [burned, reward] = [burnedShare(parameters, disputeBondWei), leftShare(parameters, claimBondWei)]
  // OVERLOAD-1: more disputes at once than an honest server can play burn more than they can win.
  if (BigInt(disputesAtOnce) * burned < reward)
    return is(
      'disputeBondWei',
      `${disputeBondWei}: ${disputesAtOnce} disputes burn ${burned} each, less than the ${reward} that a fallen claim gives`,
    )
  // CAPITAL-1: whoever refutes a lie has back what its dispute burned.
  if (reward < burned)
    return is('disputeBondWei', `${disputeBondWei} burns ${burned}, more than the ${reward} that a lie gives`)
  if (!isUint(inclusionSeconds, 24))
    return is('inclusionSeconds', `${inclusionSeconds} is negative or too large`)
  if (!isPositive(mostMoves, 16)) return is('mostMoves', `${mostMoves} is not between 1 and 2^16 - 1`)
  if (clockSeconds < inclusionsSeconds(parameters))
    return is(
      'clockSeconds',
      `${clockSeconds} is less than the ${inclusionsSeconds(parameters)} in which half of ${mostMoves} moves are included`,
    )
  if (windowSeconds < inclusionSeconds)
    return is(
      'windowSeconds',
      `${windowSeconds} is less than the ${inclusionSeconds} in which an opening is included`,
    )
  return (
    (seals && sealsFault(seals, parameters, is)) ?? (attention && attentionFault(attention, parameters, is))
  )
}

type Is = (parameter: string, fault: string) => ParameterFault

const sealsFault = (
  { answerSeconds, revealSeconds }: Seals,
  { inclusionSeconds }: Parameters,
  is: Is,
): ParameterFault | undefined => {
  if (!isPositive(answerSeconds, 31) || answerSeconds < inclusionSeconds)
    return is(
      'answerSeconds',
      `${answerSeconds} is not positive, too large, or less than ${inclusionSeconds}`,
    )
  if (!isPositive(revealSeconds, 31) || revealSeconds < inclusionSeconds)
    return is(
      'revealSeconds',
      `${revealSeconds} is not positive, too large, or less than ${inclusionSeconds}`,
    )
  return undefined
}

const attentionFault = (
  { stakeWei, oneIn, minFeeWei, payWei }: Attention,
  { seals, inclusionSeconds }: Parameters,
  is: Is,
): ParameterFault | undefined => {
  if (seals === undefined) return is('attention', 'needs sealed claims')
  if (!isAmount(stakeWei)) return is('stakeWei', `${stakeWei} is not between 1 and 2^128 - 1`)
  if (!isPositive(oneIn, 32)) return is('oneIn', `${oneIn} is not between 1 and 2^32 - 1`)
  if (!isAmount(minFeeWei)) return is('minFeeWei', `${minFeeWei} is not between 1 and 2^128 - 1`)
  if (!isAmount(payWei) || payWei > minFeeWei)
    return is('payWei', `${payWei} is not between 1 and the least part of a fee, ${minFeeWei}`)
  // A round is closed, recorded and answered one after another.
  if (seals.answerSeconds < 3 * inclusionSeconds)
    return is('answerSeconds', `${seals.answerSeconds} is less than three inclusions of ${inclusionSeconds}`)
  return undefined
}
