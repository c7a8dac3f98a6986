import { honestCalls, maxDisputeSeconds, maxMoves } from '../game/bounds.ts'
import { burnedShare, leftShare, type Parameters, type Wei } from './parameters.ts'

/** What whoever deploys must assume of the world to choose the bonds. */
export interface Costs {
  /** The most that one call of a dispute can cost its sender: its gas at the highest price that must be expected. */
  readonly callWei: Wei
  /** The most that it costs to compute a task's whole run once more, with its commitments. */
  readonly runWei: Wei
  /** The most that a cheat can gain where it is not caught, and a server lose with a true claim that falls; a fee among it. */
  readonly gainWei: Wei
  /** What capital could earn elsewhere in a year, in basis points. */
  readonly interestBasisPoints: number
}

/** A deployment and the largest tower that is played in it. */
export interface Played {
  readonly parameters: Parameters
  /** The longest run of each phase, coarsest first. */
  readonly lengths: readonly number[]
  readonly costs: Costs
}

const YEAR_SECONDS = 31_536_000n
const BASIS_POINTS = 10_000n

const dividedUp = (value: Wei, by: Wei): Wei => (value + by - 1n) / by

/** c: the most that one dispute costs a side that is in the right, its own bond aside: calls and one run. */
export const disputeCostWei = ({ parameters, lengths, costs }: Played): Wei =>
  costs.callWei * BigInt(honestCalls(maxMoves(lengths, parameters.arity))) + costs.runWei

/** What a server's bond could have earned elsewhere while one dispute keeps it locked. */
export const lockedInterestWei = ({ parameters, lengths, costs }: Played): Wei => {
  const seconds = BigInt(maxDisputeSeconds(parameters, lengths.length))
  const yearly = parameters.claimBondWei * BigInt(costs.interestBasisPoints)
  return dividedUp(yearly * seconds, BASIS_POINTS * YEAR_SECONDS)
}

/** The least bond of which so much is burned, ... */
const leastToBurn = ({ burnBasisPoints }: Parameters, wei: Wei): Wei =>
  dividedUp(wei * BASIS_POINTS, BigInt(burnBasisPoints))

/** ... and of which so much is left. */
const leastToLeave = (parameters: Parameters, wei: Wei): Wei => {
  if (wei === 0n) return 0n
  const [whole, left] = [BASIS_POINTS, BASIS_POINTS - BigInt(parameters.burnBasisPoints)]
  // What is left is rounded up.
  return ((wei - 1n) * whole) / left + 1n
}

const most = (...amounts: readonly Wei[]): Wei =>
  amounts.reduce((greatest, wei) => (wei > greatest ? wei : greatest))

/**
 * The smallest claim bond: its burned share alone is more than a lie can gain, since a liar can be its own refuter; what
 * is left of it gives back to whoever refutes a lie what its dispute has burned and cost.
 */
export const smallestClaimBondWei = (played: Played): Wei => {
  const { parameters, costs } = played
  const spent = burnedShare(parameters, parameters.disputeBondWei) + disputeCostWei(played)
  return most(1n, leastToBurn(parameters, costs.gainWei + 1n), leastToLeave(parameters, spent))
}

/**
 * The smallest dispute bond to that claim bond: what is left of it pays an honest server for a dispute that was about
 * nothing, and as many as can be too much for it at once burn more than a fallen true claim is worth.
 */
export const smallestDisputeBondWei = (played: Played): Wei => {
  const { parameters, costs } = played
  const worth = leftShare(parameters, parameters.claimBondWei) + costs.gainWei
  const each = dividedUp(worth, BigInt(parameters.disputesAtOnce))
  return most(
    1n,
    leastToLeave(parameters, disputeCostWei(played) + lockedInterestWei(played)),
    leastToBurn(parameters, each),
  )
}

/** What a verifier needs to dispute so many false claims that are pending at once, in all models that it watches. */
export const verifierCapitalWei = (played: Played, claims: bigint): Wei =>
  claims * (played.parameters.disputeBondWei + disputeCostWei(played))

/** N: how many false claims at once a verifier with that capital withstands. */
export const withstoodClaims = (played: Played, capitalWei: Wei): bigint =>
  capitalWei / (played.parameters.disputeBondWei + disputeCostWei(played))

/**
 * The fewest lies at once that can pay, against a verifier that withstands so many: each of those burns a share of its
 * bond, and each beyond them gains at most `gainWei`. Undefined where nothing can be gained: then none do.
 */
export const payingLies = ({ parameters, costs }: Played, withstood: bigint): bigint | undefined => {
  if (costs.gainWei === 0n) return undefined
  const lost = withstood * burnedShare(parameters, parameters.claimBondWei)
  return withstood + lost / costs.gainWei + 1n
}

/** What a server needs for each claim: its bond, and the disputes about it that it plays at once. */
export const serverCapitalWei = (played: Played): Wei =>
  played.parameters.claimBondWei + BigInt(played.parameters.disputesAtOnce) * disputeCostWei(played)

/**
 * What so many disputes of a liar's own about its claim burn, that of the claim among it: what it costs to dilute an
 * honest challenger's reward to one part in so many and one. The challenger loses at most what its own dispute burned and cost.
 */
export const dilutionBurnsWei = ({ parameters }: Pick<Played, 'parameters'>, disputes: number): Wei =>
  burnedShare(parameters, parameters.claimBondWei) +
  BigInt(disputes) * burnedShare(parameters, parameters.disputeBondWei)
