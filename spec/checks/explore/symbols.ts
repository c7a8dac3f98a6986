import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import type { StateRoot } from '../../commitments/hash.ts'

/**
 * States as symbols, and roots as numbers that stand for them: a commitment that nobody can break, at the price of a
 * map's look-up. So the explorer sees every consequence of the rules, and none of keccak's cost.
 */
export type SymbolicState = TrueState | FalseState

/** What the tower really computes: the state after `step` steps of the run at `run`. */
export interface TrueState {
  readonly kind: 'True'
  readonly phase: number
  /** For each phase above, the step that was descended into. */
  readonly run: readonly number[]
  readonly step: number
}

/**
 * What it never computes. `running` and `stable` say what the last phase does there; a `stable` end leads above to a
 * root that is true elsewhere, and a `merging` one is stable and leads to the true root itself: the exit of a real
 * tower reads only a part of the state below, so a false end need not show above.
 */
export interface FalseState {
  readonly kind: 'False'
  readonly phase: number
  readonly variant: 'running' | 'stable' | 'merging'
}

export const FALSE_VARIANTS = ['running', 'stable', 'merging'] as const

/** Every state that has been given a root, by its root, with the four bytes that witness it. */
export interface SymbolTable {
  readonly rootOf: (state: SymbolicState) => StateRoot
  /** Undefined where nobody knows a state behind the root. */
  readonly stateOf: (root: StateRoot) => SymbolicState | undefined
  /** The number that the root is: small, so that it makes a short key. */
  readonly numberOf: (root: StateRoot) => number
  /** What opens the roots, 4 bytes each. */
  readonly witnessOf: (...roots: readonly StateRoot[]) => Bytes
}

/** Bytes of a witness of one state. */
export const SYMBOL_BYTES = 4

const keyOf = (state: SymbolicState): string =>
  state.kind === 'True'
    ? `${state.phase}/${state.run.join('.')}/${state.step}`
    : `${state.phase}/${state.variant}`

export const symbolTable = (): SymbolTable => {
  const roots = new Map<string, StateRoot>()
  const entries = new Map<StateRoot, { state: SymbolicState; number: number; witness: Bytes }>()
  const entryOf = (root: StateRoot) => {
    const entry = entries.get(root)
    if (entry === undefined) throw new Error(`no symbol ${root}`)
    return entry
  }
  return {
    rootOf: (state) => {
      const key = keyOf(state)
      const known = roots.get(key)
      if (known !== undefined) return known
      const number = roots.size + 1
      const root = `0x${number.toString(16).padStart(64, '0')}` as StateRoot
      roots.set(key, root)
      entries.set(root, { state, number, witness: bigEndian(number, SYMBOL_BYTES) })
      return root
    },
    stateOf: (root) => entries.get(root)?.state,
    numberOf: (root) => entryOf(root).number,
    witnessOf: (first, ...rest) => {
      if (first === undefined) return new Uint8Array()
      const { witness } = entryOf(first)
      return rest.length === 0 ? witness : concat(witness, ...rest.map((root) => entryOf(root).witness))
    },
  }
}
