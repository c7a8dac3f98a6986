import type { Instance } from './instance.ts'
import type { SymbolicParameters } from './symbolicTower.ts'

/** How much is explored: everything, or what takes seconds. */
export type Size = 'small' | 'full'

interface Bounds {
  /** The longest run of a phase. */
  readonly longest: number
  readonly arities: readonly number[]
  readonly phaseCounts: readonly number[]
}

const upTo = (most: number): readonly number[] => Array.from({ length: most }, (_, i) => i + 1)

const upperLengths = (phaseCount: number, longest: number): readonly (readonly number[])[] =>
  Array.from({ length: phaseCount - 1 }).reduce<readonly (readonly number[])[]>(
    (all) => all.flatMap((lengths) => upTo(longest).map((length) => [...lengths, length])),
    [[]],
  )

/**
 * Every true length of a run of the last phase, one too long for the step limit included, in turn for every run: a
 * dispute enters one run of the last phase only, so towers that give that run the same length are the same to it, and
 * rotating one list of lengths through the runs meets every pair of run and length.
 */
const haltingLengths = (stepLimit: number): readonly (readonly number[])[] => {
  const all = upTo(stepLimit + 1)
  return all.map((_, shift) => [...all.slice(shift), ...all.slice(0, shift)])
}

const towers = ({ longest, phaseCounts }: Bounds): readonly SymbolicParameters[] =>
  phaseCounts.flatMap((phaseCount) =>
    upperLengths(phaseCount, longest).flatMap((lengths) =>
      upTo(longest).flatMap((stepLimit) =>
        haltingLengths(stepLimit).map((halting) => ({ lengths, haltingLengths: halting, stepLimit })),
      ),
    ),
  )

/** Small enough to be exhausted together with the positions, large enough for every reading to matter. */
const CLOCKS = { clockSeconds: 1, descentSeconds: 0 }

const disputes = (bounds: Bounds, rights: readonly Instance['right'][]): readonly Instance[] =>
  towers(bounds).flatMap((tower) =>
    bounds.arities.flatMap((arity) => rights.map((right) => ({ tower, arity, clocks: CLOCKS, right }))),
  )

/** The longest clocks that are explored: where they matter and positions do not, so on few of these. */
const clocked = (longest: number): readonly Instance[] =>
  disputes({ longest, arities: [2], phaseCounts: [1, 2, 3] }, ['asserter', 'challenger', undefined]).map(
    (instance) => ({ ...instance, clocks: { clockSeconds: 2, descentSeconds: 1 } }),
  )

/** An honest side against anything, then anything against anything, then longer clocks. */
export const instancesOf = (size: Size): readonly Instance[] => {
  const oneHonest: readonly Instance['right'][] = ['asserter', 'challenger']
  if (size === 'small')
    return [
      ...disputes({ longest: 2, arities: [2], phaseCounts: [3] }, oneHonest),
      ...disputes({ longest: 3, arities: [2, 3], phaseCounts: [2] }, oneHonest),
      ...disputes({ longest: 4, arities: [2, 3, 4], phaseCounts: [1] }, oneHonest),
      ...disputes({ longest: 3, arities: [2], phaseCounts: [1, 2] }, [undefined]),
      ...clocked(1),
    ]
  return [
    ...disputes({ longest: 4, arities: [2, 3, 4], phaseCounts: [1, 2, 3] }, oneHonest),
    ...disputes({ longest: 4, arities: [2, 3, 4], phaseCounts: [1, 2] }, [undefined]),
    ...disputes({ longest: 3, arities: [2, 3], phaseCounts: [3] }, [undefined]),
    ...clocked(2),
  ]
}
