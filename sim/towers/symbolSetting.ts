import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Id, keccak } from '../../spec/commitments/hash.ts'
import { versioned } from '../../spec/service/keeping.ts'
import { registerRules } from '../../spec/service/registry.ts'
import { initialService } from '../../spec/service/state.ts'
import { symbolRules, symbolTower } from './symbolTower.ts'
import { type Lie as SymbolLie, symbolClaim } from './symbolTrace.ts'
import type { TowerSetting } from './tower.ts'

/** The one model that tasks ask for on a tower of symbols. */
export const SYMBOL_MODEL = keccak<Id>(new TextEncoder().encode('opml simulated model'))

/** A tower of symbols: any lengths, and nothing to compute. */
export const symbolSetting = (lengths: readonly number[]): TowerSetting => ({
  lengths,
  ofModel: undefined,
  raise: () => {
    const tower = symbolTower(lengths)
    return {
      model: SYMBOL_MODEL,
      iterations: 0,
      deployed: (parameters) => {
        const registered = registerRules(
          initialService(parameters, versioned()),
          SYMBOL_MODEL,
          symbolRules(tower),
        )
        if (!registered.ok) throw new Error(`the tower was refused: ${registered.rejection.reason}`)
        return registered.value.state
      },
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
})
