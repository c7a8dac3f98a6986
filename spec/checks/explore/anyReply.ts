import type { StateRoot } from '../../commitments/hash.ts'
import { cutPoints, segmentCount } from '../../game/position.ts'
import type { Reply, Segment } from '../../game/reply.ts'
import type { SymbolicTower } from './symbolicTower.ts'
import { FALSE_VARIANTS } from './symbols.ts'

/**
 * Everything that a party bound by nothing can reply: any root from a small alphabet at each cut point, any length
 * of the run below, and what is malformed. Roots are hashes, so two that play the same part are as good as one: a
 * small alphabet stands for all of them.
 */
export interface Alphabet {
  /** The roots that may be posted for the state after `step` steps of the run at `run`. */
  readonly rootsAt: (phase: number, run: readonly number[], step: number) => readonly StateRoot[]
}

/**
 * Six roots: the true one, two that are true elsewhere (after one step less and one more; at an end of the run the
 * next nearest), three that are true nowhere.
 */
export const sixRoots = ({ table, trueRoot }: SymbolicTower): Alphabet =>
  remembered((phase, run, step) => [
    trueRoot(phase, run, step),
    ...neighbours(step).map((near) => trueRoot(phase, run, near)),
    ...FALSE_VARIANTS.map((variant) => table.rootOf({ kind: 'False', phase, variant })),
  ])

/** Four roots, where both sides do anything: true, true elsewhere, false and running, false and stable. */
export const fourRoots = ({ table, trueRoot }: SymbolicTower): Alphabet =>
  remembered((phase, run, step) => [
    trueRoot(phase, run, step),
    trueRoot(phase, run, Math.max(0, step - 1)),
    table.rootOf({ kind: 'False', phase, variant: 'running' }),
    table.rootOf({ kind: 'False', phase, variant: 'stable' }),
  ])

const neighbours = (step: number): readonly number[] => (step > 0 ? [step - 1, step + 1] : [1, 2])

/** Where a run has no such neighbour the alphabet is smaller. */
const remembered = (rootsAt: Alphabet['rootsAt']): Alphabet => {
  const known = new Map<string, readonly StateRoot[]>()
  return {
    rootsAt: (phase, run, step) => {
      const key = `${phase}/${run.join('.')}/${step}`
      const roots = known.get(key) ?? [...new Set(rootsAt(phase, run, step))]
      known.set(key, roots)
      return roots
    },
  }
}

/** Every vector over a run of `length` steps that starts at step `from` of the run at `run`. */
const vectors = function* (
  alphabet: Alphabet,
  phase: number,
  run: readonly number[],
  from: number,
  length: number,
  arity: number,
): Generator<readonly StateRoot[]> {
  const points = cutPoints(length, segmentCount(length, arity)).slice(1)
  const choices = points.map((point) => alphabet.rootsAt(phase, run, from + point))
  const extend = function* (chosen: readonly StateRoot[]): Generator<readonly StateRoot[]> {
    const roots = choices[chosen.length]
    if (roots === undefined) yield chosen
    else for (const root of roots) yield* extend([...chosen, root])
  }
  yield* extend([])
}

const descents = function* (
  tower: SymbolicTower,
  alphabet: Alphabet,
  { phase, start, at }: Segment,
  arity: number,
): Generator<Reply> {
  const { lengths, stepLimit } = tower.parameters
  const longest = (lengths[phase + 1] ?? stepLimit) + 1
  for (let length = 1; length <= longest; length++)
    for (const roots of vectors(alphabet, phase + 1, at, 0, length, arity))
      yield {
        kind: 'Descend',
        length,
        roots,
        witness: tower.table.witnessOf(start, roots.at(-1)!),
      }
}

/** Every reply to a segment that has the right shape. The rules refuse some of them. */
export const wellFormed = function* (
  tower: SymbolicTower,
  alphabet: Alphabet,
  segment: Segment,
  arity: number,
): Generator<Reply> {
  const { phase, length, start, at } = segment
  if (length > 1) {
    for (const roots of vectors(alphabet, phase, at.slice(0, -1), at.at(-1)!, length, arity))
      yield { kind: 'Dissect', roots }
  } else if (phase < tower.rules.phases.length - 1) yield* descents(tower, alphabet, segment, arity)
  else yield { kind: 'Arbitrate', witness: tower.table.witnessOf(start) }
}

/** Answers that no segment allows: of the wrong kind, with too many roots or too few, with a witness of another state. */
export const malformed = (tower: SymbolicTower, segment: Segment, arity: number): readonly Reply[] => {
  const { table } = tower
  const { phase, length, start, end } = segment
  const isLast = phase === tower.rules.phases.length - 1
  const right = table.witnessOf(start)
  // A root of another phase opens neither end; the segment's two ends can be one state that stands still.
  const other = table.rootOf({ kind: 'False', phase: phase + 1, variant: 'merging' })
  const wrong = table.witnessOf(other)
  const roots = Array.from({ length: segmentCount(length, arity) }, () => start)
  const runBelow = tower.parameters.lengths[phase + 1] ?? tower.parameters.stepLimit
  const below = Array.from({ length: segmentCount(runBelow, arity) }, () => other)
  const descent = {
    kind: 'Descend',
    length: runBelow,
    roots: below,
    witness: table.witnessOf(start, other),
  } as const
  const wrongKinds: readonly Reply[] = [
    ...(length === 1 ? [{ kind: 'Dissect', roots } as const] : []),
    ...(length > 1 || isLast ? [descent] : []),
    ...(length > 1 || !isLast ? [{ kind: 'Arbitrate', witness: right } as const] : []),
  ]
  if (length > 1)
    return [
      ...wrongKinds,
      { kind: 'Dissect', roots: [] },
      { kind: 'Dissect', roots: roots.slice(1) },
      { kind: 'Dissect', roots: [...roots, start] },
      { kind: 'Dissect', roots: [...roots.slice(1), end] },
    ]
  if (isLast)
    return [
      ...wrongKinds,
      { kind: 'Arbitrate', witness: wrong },
      { kind: 'Arbitrate', witness: right.subarray(1) },
    ]
  return [
    ...wrongKinds,
    { ...descent, roots: [] },
    { ...descent, roots: [...below, other] },
    ...[0, -1, 0.5, Number.NaN, 2 ** 48].map((bad) => ({ ...descent, length: bad })),
    { ...descent, witness: right },
    { ...descent, witness: right.subarray(1) },
    { ...descent, witness: table.witnessOf(other, other) },
    { ...descent, witness: table.witnessOf(start, start) },
  ]
}
