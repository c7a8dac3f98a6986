import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Id, keccak } from '../../spec/commitments/hash.ts'
import { VERSIONED } from '../../spec/service/keeping.ts'
import { registerRules } from '../../spec/service/registry.ts'
import { initialService, type ServiceState, withEntry } from '../../spec/service/state.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { type SymbolTower, symbolRules, symbolTower } from './symbolTower.ts'
import { type Lie as SymbolLie, symbolClaim } from './symbolTrace.ts'
import type { TowerSetting } from './tower.ts'

/** The one model that tasks ask for on a tower of symbols. */
export const SYMBOL_MODEL = keccak<Id>(new TextEncoder().encode('opml simulated model'))

/** A deployment with such a tower on it. */
const deployed = (parameters: Parameters, tower: SymbolTower): ServiceState => {
  const empty = initialService(parameters, VERSIONED)
  const registered = registerRules(empty, SYMBOL_MODEL, symbolRules(tower))
  if (!registered.ok) throw new Error(`the tower was refused: ${registered.rejection.reason}`)
  return registered.value.state
}

/** A tower of symbols: any lengths, and nothing to compute. */
export const symbolSetting = (lengths: readonly number[]): TowerSetting => {
  // Towers of two runs have other symbols and nothing else: one that was taken stands for all.
  let first: ServiceState | undefined
  const deployedAgain = (parameters: Parameters, tower: SymbolTower): ServiceState => {
    if (first?.parameters !== parameters) first = deployed(parameters, tower)
    return { ...first, models: withEntry(first.models, SYMBOL_MODEL, symbolRules(tower)) }
  }
  return {
    lengths,
    ofModel: undefined,
    raise: () => {
      const tower = symbolTower(lengths)
      return {
        model: SYMBOL_MODEL,
        iterations: 0,
        deployed: (parameters) => deployedAgain(parameters, tower),
        inputOf: (nonce) => bigEndian(nonce, 8),
        claimOf: (input, lie) => symbolClaim(tower, input, lie as SymbolLie | undefined),
        anyLie: (chance, mark, continuation) => ({
          at: lengths.map((length) => chance.below(length)),
          mark,
          continuation,
        }),
        guess: (mark) => ({ at: lengths.map(() => 0), mark, continuation: 'consistent' }),
        lieFrom: (at, mark) => ({
          at: lengths.map((_, phase) => at[phase] ?? 0),
          mark,
          continuation: 'consistent',
        }),
        registered: undefined,
      }
    },
  }
}
