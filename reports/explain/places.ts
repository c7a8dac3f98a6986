import { segmentPath } from '../../sim/stepNames.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { Setting } from '../wording.ts'

const SHOWN_DIGITS = 10

/** A root as far as people compare it. */
export const rootWords = (root: Hash): string => `${root.slice(0, 2 + SHOWN_DIGITS)}…`

export const rootCount = (amount: number): string => `${amount} ${amount === 1 ? 'root' : 'roots'}`

/**
 * A state, in words: the one behind so many steps from a place.
 *
 * @param at a step for each phase, coarsest first
 */
export const stateBehind = (
  at: readonly number[],
  steps: number,
  { model, graph }: Pick<Setting, 'model' | 'graph'>,
): string => {
  const above = at.slice(0, -1)
  const behind = at.at(-1)! + steps
  if (behind > 0)
    return `after ${segmentPath({ at: [...above, behind - 1], length: 1 }, { model, graph }).join(' › ')}`
  const run = segmentPath({ at: above, length: 1 }, { model, graph }).join(' › ')
  return above.length === 0
    ? 'before the first step'
    : `before the first ${model.phases[above.length]} step of ${run}`
}
