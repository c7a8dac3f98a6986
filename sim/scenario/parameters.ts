import type { Parameters } from '../../spec/setting/parameters.ts'
import type { RawScenario } from './schema.ts'

/** What a deployment takes from a scenario. */
export const parametersOf = (game: RawScenario['game']): Parameters => ({
  arity: game.arity,
  clockSeconds: game.clockSeconds,
  descentSeconds: game.descentSeconds,
  windowSeconds: game.windowSeconds,
  bondWei: game.bondWei,
  burnBasisPoints: game.burnBasisPoints,
})
