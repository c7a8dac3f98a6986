import { toHex } from '../../../spec/commitments/bytes.ts'
import { isStable } from '../../../spec/machine/state.ts'
import { stepWitness } from '../../../spec/machine/witness.ts'
import { random } from '../../models/mnist/random.ts'
import { type VmRun, VmTrace } from '../trace.ts'
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
  readonly disagreements: readonly RevisitDisagreement[]
}

/** How many steps apart snapshots are, from ones that make every seek short to none at all. */
const SNAPSHOT_STEPS = [1, 7, 64, 1000, 2 ** 20]

/**
 * Stops a run after random numbers of steps, in random order, back and forth, in two traces with other distances
 * between snapshots, and compares roots and witnesses with those of the specification, which only goes forward.
 */
export const revisit = (name: string, given: VmRun, seed: number, stopCount: number): Visits => {
  const choose = random(seed)
  const traces = [0, 1].map(() => new VmTrace(given, SNAPSHOT_STEPS[choose.below(SNAPSHOT_STEPS.length)]!))
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
  const ended = isStable(spec.stateAt(length)) || length === given.stepLimit
  const disagreements: RevisitDisagreement[] = ended
    ? []
    : [{ run: name, steps: length, what: 'length', spec: 'running', engine: 'stable' }]

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
  return { stops: traces.length * stops.length, disagreements }
}
