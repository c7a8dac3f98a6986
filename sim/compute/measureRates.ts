import type { PhaseName } from '../../spec/tower/model.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { runsOf, type Task, towersOf } from '../scenario/task.ts'
import type { ModelRates, Rates } from './rates.ts'

/** What is asked of each model that is measured: as the scenarios ask it. */
const ASKED: Readonly<Record<string, Omit<Task, 'model'>>> = {
  toy: { seed: 4 },
  'mnist-mlp': { image: 0 },
  'mnist-cnn': { image: 0 },
  'llama-tiny': { prompt: [1, 2, 3], tokens: 4 },
  smollm2: { prompt: 'The capital of France is', tokens: 4 },
}

export const MEASURED_MODELS: readonly string[] = Object.keys(ASKED)

/** Without the phase `loop` a language model is asked for one token behind one. */
const askedOf = (model: string, phases: readonly PhaseName[]): Omit<Task, 'model'> => {
  const asked = ASKED[model]!
  return asked.prompt === undefined || phases.includes('loop') ? asked : { prompt: [1], tokens: 1 }
}

/** Roots of a dissection: what a move posts of a run. */
const CUTS = 16
/** Of a longer run so many steps are looked at, evenly spread: the dearest is what counts. */
const STEPS = 8
const ROUNDS = 3
const DIGITS = 1e6

/** By seconds of the processor, which other programs do not lengthen. */
const timed = <Value>(work: () => Value): { readonly value: Value; readonly seconds: number } => {
  const before = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(before)
  return { value, seconds: (user + system) / 1e6 }
}

const spread = (length: number, count: number): readonly number[] => [
  ...new Set(Array.from({ length: count }, (_, i) => Math.floor((i * length) / count))),
]

const cutsOf = (run: Trace): readonly number[] =>
  [...spread(run.length, CUTS), run.length].filter((step) => step > 0)

/** Seconds to have a run's roots, then those of the dearest run below one of its steps, and so on down. */
const secondsDown = (run: Trace): readonly number[] => {
  const { seconds } = timed(() => run.rootsAt(cutsOf(run)))
  if (run.kind === 'last') return [seconds]
  const below = spread(run.length, STEPS).map((step) => {
    const entered = timed(() => run.descend(step).below)
    const [first, ...rest] = secondsDown(entered.value)
    return [entered.seconds + first!, ...rest]
  })
  return [seconds, ...below.reduce((dearest, other) => (other[0]! > dearest[0]! ? other : dearest))]
}

/** The least of some rounds, in each of which everything is computed anew. */
const measureTower = (task: Task, phases: readonly PhaseName[]): ModelRates[string] => {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const asked = runsOf(task, phases, ({ reason }) => {
      throw new Error(`${task.model}: ${reason}`)
    })!
    const { value, seconds } = timed(() => asked.runs.honest())
    return [seconds, ...secondsDown(value.trace)]
  })
  const [inferenceSeconds, ...recomputeSeconds] = rounds[0]!.map((_, i) => {
    const least = Math.min(...rounds.map((round) => round[i]!))
    return Math.ceil(least * DIGITS) / DIGITS
  })
  return { inferenceSeconds: inferenceSeconds!, recomputeSeconds }
}

/** Measures the engine on some models, in each tower that they can be played in. */
export const measureRates = (
  models: readonly string[],
  onTower: (model: string, phases: readonly PhaseName[]) => void,
): Rates =>
  Object.fromEntries(
    models.map((model) => [
      model,
      Object.fromEntries(
        towersOf(model).map((phases) => {
          onTower(model, phases)
          return [phases.join(','), measureTower({ model, ...askedOf(model, phases) }, phases)]
        }),
      ),
    ]),
  )
