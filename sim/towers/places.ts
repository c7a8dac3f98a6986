import type { Bytes } from '../../spec/commitments/bytes.ts'
import { fromHex } from '../../spec/commitments/bytes.ts'
import { keccak, type StateRoot, symbolsInPlace, type TensorRoot } from '../../spec/commitments/hash.ts'

/**
 * Where in the computation a state is, and whether that is what really happens there: all that a tower of symbols knows
 * of a state. A place is committed by the hash of its bytes; where symbols stand for hashes, by a symbol of its own.
 */
export interface Place {
  readonly run: PlacedRun
  /** Steps of that run. */
  readonly step: number
  /** `TRUE_MARK`, or the number of a lie: everything that is computed on from it carries it. */
  readonly mark: number
}

export const TRUE_MARK = 0
/** Of a state that no joint leads to. */
export const NOWHERE_MARK = 0xffff_ffff

/** A task is known by so many bytes of its input's root. */
const TASK_BYTES = 8
const PHASE_BYTES = 1
export const MARK_BYTES = 4
const STEP_BYTES = 6
const STEPS_AT = TASK_BYTES + PHASE_BYTES + MARK_BYTES

/** Bytes of a place of this phase: task, phase, mark, and a step for each phase down to this one. */
export const placeBytes = (phase: number): number => STEPS_AT + STEP_BYTES * (phase + 1)

/** A run of the computation: a task's own, or the run below a step of one. It keeps the roots that were asked for. */
export class PlacedRun {
  readonly phase: number
  /** The run that has it for a step, and that step; undefined for a task's own. */
  readonly above: PlacedRun | undefined
  readonly stepAbove: number
  readonly #task: Bytes
  #below: Map<number, PlacedRun> | undefined
  readonly #truth = new MarkedRoots(this, TRUE_MARK, false)
  /** By mark; those that nothing leads to have the mark's negative. */
  #marked: Map<number, MarkedRoots> | undefined

  private constructor(task: Bytes, above?: PlacedRun, stepAbove = 0) {
    this.#task = task
    this.phase = above === undefined ? 0 : above.phase + 1
    this.above = above
    this.stepAbove = stepAbove
  }

  static ofTask(task: Bytes): PlacedRun {
    return new PlacedRun(task)
  }

  below(step: number): PlacedRun {
    this.#below ??= new Map()
    const known = this.#below.get(step)
    if (known !== undefined) return known
    const run = new PlacedRun(this.#task, this, step)
    this.#below.set(step, run)
    return run
  }

  rootOf(step: number, mark: number): StateRoot {
    return this.roots(mark).at(step)
  }

  /** The roots of the run's states with a mark. */
  roots(mark: number): MarkedRoots {
    return mark === TRUE_MARK ? this.#truth : this.#markedBy(mark, false)
  }

  /** Roots at the same places that are no states': nothing leads to them and nothing opens them. */
  garbage(mark: number): MarkedRoots {
    return this.#markedBy(mark, true)
  }

  #markedBy(mark: number, isGarbage: boolean): MarkedRoots {
    const key = isGarbage ? -mark : mark
    this.#marked ??= new Map()
    const known = this.#marked.get(key)
    if (known !== undefined) return known
    const roots = new MarkedRoots(this, mark, isGarbage)
    this.#marked.set(key, roots)
    return roots
  }

  encode(step: number, mark: number): Bytes {
    const bytes = new Uint8Array(placeBytes(this.phase))
    bytes.set(this.#task)
    bytes[TASK_BYTES] = this.phase
    put(bytes, TASK_BYTES + PHASE_BYTES, mark, MARK_BYTES)
    put(bytes, STEPS_AT + STEP_BYTES * this.phase, step, STEP_BYTES)
    for (let run: PlacedRun = this; run.above !== undefined; run = run.above)
      put(bytes, STEPS_AT + STEP_BYTES * run.above.phase, run.stepAbove, STEP_BYTES)
    return bytes
  }
}

/** What tells a root that is no state's from one that is. */
const GARBAGE: Bytes = new Uint8Array(1)

/** An array of so few has no holes that cost more than a table. */
const FIRST_STEPS = 128

/** The roots of a run with one mark, as they are asked for: each is kept, so that a symbol need not be looked up. */
export class MarkedRoots {
  readonly #run: PlacedRun
  readonly #mark: number
  readonly #isGarbage: boolean
  /** By step: of the first steps, which are all that short runs have, in an array. */
  readonly #first: (StateRoot | undefined)[] = []
  #later: Map<number, StateRoot> | undefined

  constructor(run: PlacedRun, mark: number, isGarbage: boolean) {
    this.#run = run
    this.#mark = mark
    this.#isGarbage = isGarbage
  }

  at(step: number): StateRoot {
    const known = step < FIRST_STEPS ? this.#first[step] : this.#later?.get(step)
    if (known !== undefined) return known
    const root = (symbolsInPlace()?.next() as StateRoot | undefined) ?? this.#hash(step)
    if (step < FIRST_STEPS) this.#first[step] = root
    else {
      this.#later ??= new Map()
      this.#later.set(step, root)
    }
    return root
  }

  #hash(step: number): StateRoot {
    const place = this.#run.encode(step, this.#mark)
    return this.#isGarbage ? keccak(place, GARBAGE) : keccak(place)
  }
}

const put = (bytes: Uint8Array, at: number, value: number, width: number): void => {
  let rest = value
  for (let i = at + width - 1; i >= at; i--) {
    bytes[i] = rest
    rest = Math.floor(rest / 0x100)
  }
}

const numberAt = (bytes: Bytes, at: number, width: number): number => {
  let value = 0
  for (let i = at; i < at + width; i++) value = 0x100 * value + bytes[i]!
  return value
}

/** All tasks' runs. Places of one are places of it alone: roots of two tables have nothing to do with each other. */
export class Places {
  readonly #byInput = new Map<TensorRoot, PlacedRun>()
  /** By the two halves of the task's bytes. */
  readonly #runs = new Map<number, Map<number, PlacedRun>>()

  runOf(input: TensorRoot): PlacedRun {
    const known = this.#byInput.get(input)
    if (known !== undefined) return known
    const run = this.#runOf(fromHex(`0x${input.slice(2, 2 + 2 * TASK_BYTES)}`), 0)
    this.#byInput.set(input, run)
    return run
  }

  /** The place that the bytes from `at` on stand for, of which there are enough; undefined where it is of another phase. */
  decode(bytes: Bytes, at: number, phase: number): Place | undefined {
    if (bytes[at + TASK_BYTES] !== phase) return undefined
    let run = this.#runOf(bytes, at)
    const stepsAt = at + STEPS_AT
    for (let above = 0; above < phase; above++)
      run = run.below(numberAt(bytes, stepsAt + STEP_BYTES * above, STEP_BYTES))
    return {
      run,
      step: numberAt(bytes, stepsAt + STEP_BYTES * phase, STEP_BYTES),
      mark: numberAt(bytes, at + TASK_BYTES + PHASE_BYTES, MARK_BYTES),
    }
  }

  /** @param at where the task's bytes begin */
  #runOf(bytes: Bytes, at: number): PlacedRun {
    const high = numberAt(bytes, at, TASK_BYTES - 4)
    const low = numberAt(bytes, at + TASK_BYTES - 4, 4)
    let runs = this.#runs.get(high)
    if (runs === undefined) {
      runs = new Map()
      this.#runs.set(high, runs)
    }
    const known = runs.get(low)
    if (known !== undefined) return known
    const run = PlacedRun.ofTask(bytes.slice(at, at + TASK_BYTES))
    runs.set(low, run)
    return run
  }
}
