import { isDeepStrictEqual } from 'node:util'
import { count } from '../format.ts'
import type { FieldFault } from '../scenario/fault.ts'
import { badInput, type ReadFile } from '../scenario/load.ts'
import { checkSimulation, type Simulation } from '../scenario/simulation.ts'
import { simulationSchema } from '../scenario/simulationSchema.ts'
import type { WorldName } from '../worlds/world.ts'
import { expectationFaults } from './expectable.ts'
import { atPoint, grid, NoSuchKey, type Point, type Value, type Variation } from './grid.ts'
import type { SimulationData } from './job.ts'

export interface SimulationOptions {
  readonly json?: true
  readonly seed?: number
  readonly runs?: number
  readonly workers?: number
  readonly jsonl?: string
  readonly resume?: true
  readonly out?: string
  readonly queue?: string
  readonly watch?: true
  readonly world?: WorldName
  readonly rpc?: string
}

/** Runs that are played on a live chain where nobody asks for more. */
const MOST_ON_CHAIN = 100

/** Amounts that no number holds as decimal digits: so the file goes to other processes as it is. */
const exactly = (value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(exactly)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, exactly(inner)]))
}

/** The file, and every point of its grid, checked before anything is played. */
export const checked = (
  file: string,
  { sheet }: ReadFile,
  options: SimulationOptions,
): { readonly data: SimulationData; readonly simulation: Simulation } => {
  const { runs, seed, rpc } = options
  const world = options.world ?? (rpc === undefined ? undefined : 'anvil')
  const given = exactly(sheet.data) as SimulationData
  const data: SimulationData = {
    ...given,
    ...(runs === undefined ? {} : { runs }),
    ...(seed === undefined ? {} : { seed }),
    // What the file says already changes nothing of what is played, nor what its report is called.
    ...(world === undefined || world === (given['world'] ?? 'model') ? {} : { world }),
  }
  const { vary, ...fixed } = data
  const simulation = checkVaried(file, sheet, data)
  const points = pointsOf(file, sheet, simulation.vary).map((at) => checkPoint(file, sheet, fixed, at))
  const isSingle = runs === undefined && given['runs'] === undefined && vary === undefined
  const unexpectable = expectationFaults(simulation.expect, points, isSingle)
  if (unexpectable.length > 0) throw badInput(file, sheet, unexpectable)
  const refused = simulation.world === 'anvil' ? chainFaults(simulation, options) : []
  if (refused.length > 0) throw badInput(file, sheet, refused)
  return { data, simulation }
}

const firstPoint = (vary: Variation): Point =>
  Object.fromEntries(Object.entries(vary).map(([key, values]) => [key, values[0]!]))

/** A point as it stands in the file, with all that is said once. @throws NoSuchKey */
const checkedAt = (data: SimulationData, at: Point, faults: FieldFault[]): Simulation | undefined =>
  checkSimulation(atPoint(data, at), (fault) => faults.push(fault))

/**
 * What a file says for all points. What it leaves to `vary` it need not say besides: where something is wrong with it that
 * is not so at its first point, that one stands for it.
 */
const checkVaried = (file: string, sheet: ReadFile['sheet'], data: SimulationData): Simulation => {
  const faults: FieldFault[] = []
  const simulation = checkedAt(data, {}, faults)
  if (simulation !== undefined) return simulation
  const vary = simulationSchema.shape.vary.safeParse(data['vary']).data ?? {}
  const ofFirst: FieldFault[] = []
  try {
    const first = checkedAt(data, firstPoint(vary), ofFirst)
    if (first !== undefined) return first
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error
    throw badInput(file, sheet, faults)
  }
  const shared = faults.filter((fault) => ofFirst.some((other) => isDeepStrictEqual(other, fault)))
  if (shared.length > 0) throw badInput(file, sheet, shared)
  return checkPoint(file, sheet, data, firstPoint(vary))
}

/** What does not go with a live chain. */
const chainFaults = ({ runs, vary }: Simulation, options: SimulationOptions): readonly FieldFault[] => {
  const points = grid(vary).length
  const total = runs * points
  const { rpc, queue, workers = 1 } = options
  return [
    ...(queue === undefined
      ? []
      : [{ path: ['--queue'], reason: 'goes with the modelled chain; a live one is played on from here' }]),
    ...(rpc === undefined || workers === 1
      ? []
      : [{ path: ['--workers'], reason: 'goes with chains of our own, one each; --rpc names one' }]),
    ...(total <= MOST_ON_CHAIN || options.runs !== undefined
      ? []
      : [
          {
            path: ['runs'],
            reason:
              `${count(runs)} runs at each of ${count(points)} points are ${count(total)} on a live chain; ` +
              `allowed: ${MOST_ON_CHAIN} in all, or as many at each point as --runs asks for`,
          },
        ]),
  ]
}

/** Each is checked, and has its figures in one object: more would never be looked at. */
const MOST_POINTS = 10_000

/** What a file says once, whatever is varied. */
const SAID_ONCE = ['scenario', 'title', 'world', 'runs', 'vary', 'expect']

/** What is wrong with varying that key: each value must make a point of its own. */
const varyingFaults = (key: string, values: readonly Value[], keys: readonly string[]): readonly string[] => {
  const around = keys.find((other) => key.startsWith(`${other}.`))
  const texts = values.map((value) => JSON.stringify(value))
  const twice = texts.find((text, index) => texts.indexOf(text) < index)
  return [
    ...(SAID_ONCE.includes(key.split('.')[0]!) ? ['is said once, for all points'] : []),
    ...(around === undefined ? [] : [`is part of ${around}, which is varied too; allowed: one of the two`]),
    ...(twice === undefined ? [] : [`has ${twice} twice; allowed: each value once`]),
  ]
}

/** The points of the grid, where there are not too many, and all of them vary what can differ between them. */
const pointsOf = (file: string, sheet: ReadFile['sheet'], vary: Variation): readonly Point[] => {
  const faults: FieldFault[] = Object.entries(vary).flatMap(([key, values]) =>
    varyingFaults(key, values, Object.keys(vary)).map((reason) => ({ path: ['vary', key], reason })),
  )
  const combinations = Object.values(vary).reduce((product, values) => product * values.length, 1)
  if (combinations > MOST_POINTS)
    faults.push({
      path: ['vary'],
      reason: `has ${count(combinations)} combinations; allowed: ${count(MOST_POINTS)}`,
    })
  if (faults.length > 0) throw badInput(file, sheet, faults)
  return grid(vary)
}

const checkPoint = (file: string, sheet: ReadFile['sheet'], fixed: SimulationData, at: Point): Simulation => {
  const faults: FieldFault[] = []
  let simulation: Simulation | undefined
  try {
    simulation = checkSimulation(atPoint(fixed, at), (fault) => faults.push(fault))
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error
    faults.push({ path: ['vary', error.key], reason: error.message })
  }
  if (simulation !== undefined) return simulation
  const where = Object.entries(at).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  throw badInput(
    file,
    sheet,
    faults.map(({ path, reason }) => ({
      // What stands under its grid alone is found there.
      path: Object.hasOwn(at, path.join('.')) ? ['vary', path.join('.')] : path,
      reason: `where ${where.join(', ')}: ${reason}`,
    })),
  )
}
