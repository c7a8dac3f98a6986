import { honestCalls } from '../game/bounds.ts'
import { BASIS_POINTS, type Wei } from './parameters.ts'

/** What whoever deploys must assume of the world to choose a bond. */
export interface Costs {
  /** The most that one call of a dispute can cost its sender: its gas at the highest price that must be expected. */
  readonly callWei: Wei
  /** The most that a cheat can gain where it is not caught, a fee among it. */
  readonly gainWei: Wei
}

/**
 * The most that one dispute can cost the party that is in the right, in calls: what the winner's share must cover, so
 * that no attacker, however rich, makes an honest party poorer with each bond of its own that it burns.
 *
 * @param moves the most moves that the dispute can have; see `maxMoves`
 */
export const honestCostWei = ({ callWei }: Costs, moves: number): Wei => callWei * BigInt(honestCalls(moves))

/**
 * The smallest bond that covers an honest party's worst-case cost with the winner's share, and that deters with the
 * burned share alone, since a cheat can be its own refuter. Undefined where all of a bond is burned and calls cost
 * something: then no bond covers them.
 */
export const smallestBondWei = (burnBasisPoints: number, costs: Costs, moves: number): Wei | undefined => {
  const [whole, burned] = [BigInt(BASIS_POINTS), BigInt(burnBasisPoints)]
  const cost = honestCostWei(costs, moves)
  if (burned === whole && cost > 0n) return undefined
  // The winner's share is rounded up and the burned one down; see `divideBond`.
  const forCost = cost === 0n ? 0n : ((cost - 1n) * whole) / (whole - burned) + 1n
  const forGain = (costs.gainWei * whole + burned - 1n) / burned
  return [1n, forCost, forGain].reduce((most, bond) => (bond > most ? bond : most))
}
