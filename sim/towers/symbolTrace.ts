import { type Bytes, concat } from '../../spec/commitments/bytes.ts'
import type { StateRoot, TensorRoot } from '../../spec/commitments/hash.ts'
import type { Descended, Trace } from '../../spec/tower/tower.ts'
import { type PlacedRun, TRUE_MARK } from './places.ts'
import { outputOf, type SymbolTower } from './symbolTower.ts'

/** Where a run departs from the truth, and what it says from there on. */
export interface Lie {
  /** Steps from the top phase down to the instruction whose post-state is the first false one. */
  readonly at: readonly number[]
  /** Not `TRUE_MARK`: two lies with one mark tell the same story behind the same place. */
  readonly mark: number
  /** Whether its roots below the top phase are those of some run, so that whoever tells it can arbitrate on them. */
  readonly continuation: 'consistent' | 'garbage'
}

/** The run of a task, true or with a lie, as a party holds it. */
export const symbolTrace = (tower: SymbolTower, input: TensorRoot, lie?: Lie): Trace =>
  traceOf(tower, tower.places.runOf(input), lie, lie === undefined ? 'before' : 'within')

/** Whether a run is over before the lie, holds it, or begins behind it. */
type Side = 'before' | 'within' | 'behind'

/** The run below a step of one that holds the lie itself at step `liar`. */
const sideBelow = (step: number, liar: number): Side =>
  step === liar ? 'within' : step < liar ? 'before' : 'behind'

const traceOf = (tower: SymbolTower, run: PlacedRun, lie: Lie | undefined, side: Side): Trace => {
  const { phase } = run
  const length = tower.lengths[phase]!
  const from = firstMarked(phase, lie, side)
  const markOf = (step: number): number => (step < from ? TRUE_MARK : lie!.mark)
  const isGarbage = phase > 0 && lie?.continuation === 'garbage'
  const truth = run.roots(TRUE_MARK)
  const lies = lie === undefined ? truth : isGarbage ? run.garbage(lie.mark) : run.roots(lie.mark)
  const rootsAt = (steps: readonly number[]): readonly StateRoot[] => {
    const roots = new Array<StateRoot>(steps.length)
    for (let i = 0; i < steps.length; i++) {
      const step = Math.min(steps[i]!, length)
      roots[i] = (step < from ? truth : lies).at(step)
    }
    return roots
  }
  const encode = (given: number): Bytes => {
    const step = Math.min(given, length)
    return run.encode(step, markOf(step))
  }
  if (phase === tower.lengths.length - 1) return { kind: 'last', length, rootsAt, stepWitness: encode }
  const descend = (step: number): Descended => {
    const below = run.below(step)
    const at = side === 'within' ? sideBelow(step, lie!.at[phase]!) : side
    const end = tower.lengths[phase + 1]!
    return new Below(traceOf(tower, below, lie, at), () => {
      const mark = end < firstMarked(phase + 1, lie, at) ? TRUE_MARK : lie!.mark
      return concat(encode(step), below.encode(end, mark))
    })
  }
  let known: Map<number, Descended> | undefined
  return {
    kind: 'upper',
    length,
    rootsAt,
    descend: (step) => {
      known ??= new Map()
      const found = known.get(step) ?? descend(step)
      known.set(step, found)
      return found
    },
  }
}

/** A run below a step. What shows its ends is put together when somebody shows them: most only go on from here. */
class Below implements Descended {
  readonly below: Trace
  readonly #show: () => Bytes

  constructor(below: Trace, show: () => Bytes) {
    this.below = below
    this.#show = show
  }

  get witness(): Bytes {
    return this.#show()
  }
}

/** The first step of a run whose state has the lie's mark: those behind it, in the order of the computation. */
const firstMarked = (phase: number, lie: Lie | undefined, side: Side): number => {
  if (lie === undefined || side === 'before') return Number.POSITIVE_INFINITY
  return side === 'behind' ? 0 : lie.at[phase]! + 1
}

/** A run as a party holds it, and what a server posts of it. */
export type SymbolRun = ReturnType<typeof symbolClaim>

/** What a server posts for such a run. */
export const symbolClaim = (tower: SymbolTower, input: TensorRoot, lie?: Lie) => {
  const length = tower.lengths[0]!
  const trace = symbolTrace(tower, input, lie)
  const mark = lie?.mark ?? TRUE_MARK
  return {
    trace,
    prepared: {
      length,
      endRoot: trace.rootsAt([length])[0]!,
      output: outputOf(mark),
      startWitness: new Uint8Array(),
      outputWitness: tower.places.runOf(input).encode(length, mark),
    },
  }
}
