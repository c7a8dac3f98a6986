import { toHex } from '../../spec/commitments/bytes.ts'
import { isStable } from '../../spec/machine/state.ts'
import { stepWitness } from '../../spec/machine/witness.ts'
import { type Random, random } from '../models/mnist/random.ts'
import { type VmRun, VmTrace } from '../vm/trace.ts'
import { type Translation, translationOf } from '../vm/translate/translation.ts'
import { SpecMachine } from './specMachine.ts'

/** What the specification and the engine make of a state that differs. */
export interface RevisitDisagreement {
  readonly run: string
  readonly steps: number
  readonly what: 'length' | 'root' | 'witness'
  readonly spec: string
  readonly engine: string
}

export interface Visits {
  /** States that were visited. */
  readonly stops: number
  /** Parts of the code that the engine translated on the way. */
  readonly regions: number
  readonly disagreements: readonly RevisitDisagreement[]
}

/** How many steps apart snapshots are, from ones that make every seek short to none at all. */
const SNAPSHOT_STEPS = [1, 7, 64, 1000, 2 ** 20]

/** How often a place is met before it is translated, from at once to as seldom as the interpreter alone has it. */
const HEATS = [0, 3, 40, 2 ** 30]
/** How often instructions are executed before all is translated again. */
const UNITES = [1, 100, 2 ** 30]

/** A trace of the run with a translation of its own. */
const traceOf = (
  given: VmRun,
  choose: Random,
): { readonly trace: VmTrace; readonly translation: Translation } => {
  const draw = (values: readonly number[]): number => values[choose.below(values.length)]!
  const code = { ...given.code }
  const translation = translationOf(code, { hot: draw(HEATS), unite: draw(UNITES) })
  return { trace: new VmTrace({ ...given, code }, draw(SNAPSHOT_STEPS)), translation }
}

/**
 * Stops a run after random numbers of steps, in random order, back and forth, in two traces with other distances
 * between snapshots and other tiers, and compares roots and witnesses with those of the specification, which only goes forward.
 */
export const revisit = (name: string, given: VmRun, seed: number, stopCount: number): Visits => {
  const choose = random(seed)
  const made = [traceOf(given, choose), traceOf(given, choose)]
  const traces = made.map(({ trace }) => trace)
  const length = traces[0]!.length
  const drawn = Array.from({ length: stopCount }, () => choose.below(length + 1))
  // The state that the run ends in, and the one before it, are always among them.
  const stops = [...new Set([...drawn, Math.max(0, length - 1), length])].sort((a, b) => a - b)

  const spec = new SpecMachine(given)
  const expected = new Map(
    stops.map((steps) => {
      const state = spec.stateAt(steps)
      return [steps, { root: spec.rootAt(steps), witness: toHex(stepWitness(given.code, state)) }] as const
    }),
  )
  const disagreements: RevisitDisagreement[] = []
  const ended = isStable(spec.stateAt(length)) || length === given.stepLimit
  if (!ended || traces.some((trace) => trace.length !== length)) {
    const lengths = traces.map((trace) => trace.length).join(', ')
    disagreements.push({
      run: name,
      steps: length,
      what: 'length',
      spec: ended ? 'ended' : 'running',
      engine: lengths,
    })
  }

  const shuffled = stops
    .map((steps) => ({ steps, place: choose.uniform() }))
    .sort((a, b) => a.place - b.place)
    .map(({ steps }) => steps)
  for (const trace of traces) {
    for (const steps of shuffled) {
      const { root, witness } = expected.get(steps)!
      const found = { root: trace.rootAt(steps), witness: toHex(trace.stepWitness(steps)) }
      for (const what of ['root', 'witness'] as const) {
        const [ours, engine] = [{ root, witness }[what], found[what]]
        if (ours !== engine) disagreements.push({ run: name, steps, what, spec: ours, engine })
      }
    }
  }
  const regions = made.reduce((sum, { translation }) => sum + translation.tableEntries - 1, 0)
  return { stops: traces.length * stops.length, regions, disagreements }
}
