import { maxMoves } from '../../spec/game/bounds.ts'
import { smallestDisputeBondWei } from '../../spec/setting/bonds.ts'
import { burnedShare, type Parameters, type Wei } from '../../spec/setting/parameters.ts'
import { longestRuns, type Model } from '../../spec/tower/model.ts'
import { BLOCK_SECONDS } from '../worlds/world.ts'
import { sealTerms } from './gameFields.ts'
import type { RawScenario } from './schema.ts'

type Game = RawScenario['game']

const USUAL_BOND_WEI = 10n ** 18n

/** The claim bond that a story's file states. */
export const claimBondOf = ({ claimBondWei, bondWei }: Pick<Game, 'claimBondWei' | 'bondWei'>): Wei =>
  claimBondWei ?? bondWei ?? USUAL_BOND_WEI

/**
 * What a deployment takes from a scenario: its times as they are; of the bonds, where one is not given, an ether for a
 * claim, and the smallest for a dispute that the formulas allow where a true claim that falls loses its fee. A call
 * takes a block to be included, and a dispute about the model no more moves than it can have.
 */
export const parametersOf = (game: Game, feeWei: Wei, model: Model): Parameters => {
  const lengths = longestRuns(model)
  const parameters: Parameters = {
    arity: game.arity,
    clockSeconds: game.clockSeconds,
    descentSeconds: game.descentSeconds,
    windowSeconds: game.windowSeconds,
    claimBondWei: claimBondOf(game),
    disputeBondWei: game.disputeBondWei ?? 1n,
    burnBasisPoints: game.burnBasisPoints,
    disputesAtOnce: game.disputesAtOnce,
    mostMoves: maxMoves(lengths, game.arity),
    // A setting outside of its assumptions is played all the same.
    inclusionSeconds: game.outsideAssumptions ? 0 : BLOCK_SECONDS,
    ...sealTerms(game),
  }
  if (game.disputeBondWei !== undefined) return parameters
  const costs = { callWei: 0n, runWei: 0n, gainWei: feeWei, interestBasisPoints: 0 }
  return { ...parameters, disputeBondWei: smallestDisputeBondWei({ parameters, lengths, costs }) }
}

/** The most that a task may pay: what a lie surely burns is more. */
export const mostFeeWei = (parameters: Pick<Parameters, 'claimBondWei' | 'burnBasisPoints'>): Wei =>
  burnedShare(parameters, parameters.claimBondWei) - 1n
