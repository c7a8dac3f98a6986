import { cutPoints, segmentCount } from '../../spec/game/position.ts'
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

/** Segments of a vector, as in most scenarios. */
const ARITY = 16
/**
 * Steps of a run that are looked into, the first and the last among them, for where the machine runs longest: all nodes of
 * a graph, which are all different.
 */
const LOOKED_AT: Readonly<Record<PhaseName, number>> = { loop: 2, graph: 2 ** 12, tile: 2, vm: 1 }
const ROUNDS = 3
const DIGITS = 1e6

/** By seconds of the processor, which other programs do not lengthen. */
const timed = <Value>(work: () => Value): { readonly value: Value; readonly seconds: number } => {
  const before = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(before)
  return { value, seconds: (user + system) / 1e6 }
}

/** Steps of a run, evenly spread from the first to the last; one alone is in the middle. */
const spread = (length: number, count: number): readonly number[] => {
  const most = Math.min(count, length)
  if (most === 1) return [length >> 1]
  return Array.from({ length: most }, (_, i) => Math.floor((i * (length - 1)) / (most - 1)))
}

/** What one side of a dispute computes of the run of one phase. */
interface Dissected {
  /** Seconds to enter it and to have its first vector. */
  readonly first: number
  /** Seconds for all its vectors besides, down to one step, and at the bottom for the step's witness. */
  readonly all: number
}

/** The vectors of a run, each of the segment of the one before that has the step. */
const dissect = (run: Trace, step: number): Dissected => {
  const seconds: number[] = []
  for (let [from, length] = [0, run.length]; seconds.length === 0 || length > 1; ) {
    const cuts = cutPoints(length, segmentCount(length, ARITY), from)
    seconds.push(timed(() => run.rootsAt(cuts.slice(1))).seconds)
    const end = cuts.findIndex((cut) => cut > step)
    from = cuts[end - 1]!
    length = cuts[end]! - from
  }
  if (run.kind === 'last') seconds.push(timed(() => run.stepWitness(step)).seconds)
  return { first: seconds[0]!, all: seconds.reduce((sum, each) => sum + each, 0) }
}

/** A dispute down to one step of each phase, coarsest first. */
const dispute = (run: Trace, [step, ...below]: readonly number[]): readonly Dissected[] => {
  const own = dissect(run, step!)
  if (run.kind === 'last') return [own]
  const entered = timed(() => run.descend(step!).below)
  const [next, ...rest] = dispute(entered.value, below)
  return [own, { first: next!.first + entered.seconds, all: next!.all + entered.seconds }, ...rest]
}

/** Of the steps that are looked into, those that lead to the machine's longest run. */
const dearest = (
  run: Trace,
  [phase, ...phases]: readonly PhaseName[],
): { readonly steps: readonly number[]; readonly instructions: number } => {
  const looked = spread(run.length, LOOKED_AT[phase!]).map((step) => {
    if (run.kind === 'last') return { steps: [step], instructions: run.length }
    const { steps, instructions } = dearest(run.descend(step).below, phases)
    return { steps: [step, ...steps], instructions }
  })
  return looked.reduce((most, other) => (other.instructions > most.instructions ? other : most))
}

/** The least of some rounds, in each of which everything is computed anew. */
const measureTower = (task: Task, phases: readonly PhaseName[]): ModelRates[string] => {
  const honest = () => {
    const asked = runsOf(task, phases, ({ reason }) => {
      throw new Error(`${task.model}: ${reason}`)
    })!
    return timed(() => asked.runs.honest())
  }
  const { steps } = dearest(honest().value.trace, phases)
  const rounds = Array.from({ length: ROUNDS }, () => {
    const { value, seconds } = honest()
    return { inference: seconds, phases: dispute(value.trace, steps) }
  })
  const least = (secondsOf: (round: (typeof rounds)[number]) => number): number =>
    Math.ceil(Math.min(...rounds.map(secondsOf)) * DIGITS) / DIGITS
  return {
    inferenceSeconds: least(({ inference }) => inference),
    recomputeSeconds: phases.map((_, i) => least((round) => round.phases[i]!.first)),
    disputeSeconds: least((round) => round.phases.reduce((sum, { all }) => sum + all, 0)),
  }
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
