import { isUint } from '../../spec/commitments/bytes.ts'
import { ZERO_HASH } from '../../spec/commitments/hash.ts'
import type { PositionRules } from '../../spec/game/position.ts'
import { accept, reject } from '../../spec/result.ts'

/**
 * Positions for towers whose roots are symbols: what a mover shows of a position is held against the position itself, so
 * that no tree is built over its vector. The same openings are refused as by its hash; siblings say nothing here.
 */
export const SEEN_POSITIONS: PositionRules = {
  open: ({ phase, length, roots }, segment) => ({
    phase,
    length,
    segments: roots.length - 1,
    segment,
    start: roots[segment]!,
    end: roots[segment + 1]!,
    siblings: [],
  }),
  opens: ({ phase, length, segments, segment, start, end }, { phase: at, length: steps, roots }) =>
    phase === at &&
    length === steps &&
    segments === roots.length - 1 &&
    isUint(segment, 8) &&
    segment < segments &&
    start === roots[segment] &&
    end === roots[segment + 1]
      ? accept(null)
      : reject('StateMismatch', { expected: ZERO_HASH, actual: ZERO_HASH }),
}
