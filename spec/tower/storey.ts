import type { Bytes } from '../commitments/bytes.ts'
import type { StateRoot } from '../commitments/hash.ts'
import type { Descent, Phase, Trace } from './tower.ts'

/**
 * Plain traces of any tower, made from its phases alone. A storey is a phase with all that lies below it; a run of
 * it holds every state. A run may carry a lie: a path of steps, one a phase, to the one instruction whose post-state
 * is altered; everything after it, and above it, is computed on from there.
 */
export type Run<State> = Trace & { readonly end: State }

export interface Storey<State> {
  readonly phase: Phase<State>
  /** @param lie the steps, from this phase down to the last, that lead to the altered instruction */
  readonly run: (start: State, lie?: readonly number[]) => Run<State>
}

const statesOf = <State>(
  { length }: Phase<State>,
  start: State,
  step: (state: State, index: number) => State,
): readonly State[] => {
  const states = [start]
  const steps = length(start)
  for (let i = 0; i < steps; i++) states.push(step(states[i]!, i))
  return states
}

/** What the traces of all storeys share. Roots are computed when somebody asks. */
const traceOf = <State>(phase: Phase<State>, states: readonly State[]) => {
  const roots: StateRoot[] = []
  const rootAt = (step: number): StateRoot => {
    const index = Math.min(step, states.length - 1)
    roots[index] ??= phase.commit(states[index]!)
    return roots[index]
  }
  return {
    end: states.at(-1)!,
    length: states.length - 1,
    rootsAt: (steps: readonly number[]) => steps.map(rootAt),
  }
}

/** The last phase: its steps are arbitrated. `alter` makes a state false in a way that a step does not undo. */
export const lastStorey = <State>(
  phase: Phase<State>,
  stepWitness: (state: State) => Bytes,
  alter: (state: State) => State,
): Storey<State> => ({
  phase,
  run: (start, lie) => {
    const states = statesOf(phase, start, (state, index) => {
      const next = phase.step(state)
      return index === lie?.[0] ? alter(next) : next
    })
    return {
      kind: 'last',
      ...traceOf(phase, states),
      stepWitness: (step) => stepWitness(states[Math.min(step, states.length - 1)]!),
    }
  },
})

/** A phase above others: a step of it is a run of the storey below. */
export const storey = <Above, Below>(
  phase: Phase<Above>,
  descent: Descent<Above, Below>,
  below: Pick<Storey<Below>, 'run'>,
): Storey<Above> => ({
  phase,
  run: (start, lie) => {
    const lieBelow = (index: number) => (index === lie?.[0] ? lie.slice(1) : undefined)
    const states = statesOf(phase, start, (state, index) => {
      const path = lieBelow(index)
      return path ? descent.exit(state, below.run(descent.enter(state), path).end) : phase.step(state)
    })
    return {
      kind: 'upper',
      ...traceOf(phase, states),
      descend: (step) => {
        const state = states[step]!
        const run = below.run(descent.enter(state), lieBelow(step))
        return {
          below: run,
          witness: descent.witness(state, run.end),
        }
      },
    }
  },
})

/** A path for a lie: one step a phase, down to an instruction. Choices are taken modulo the runs' lengths. */
export const pathInto = (trace: Trace, [choice, ...rest]: readonly number[]): readonly number[] => {
  if (choice === undefined) return []
  const step = choice % trace.length
  return trace.kind === 'last' ? [step] : [step, ...pathInto(trace.descend(step).below, rest)]
}
