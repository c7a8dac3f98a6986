import { count } from '../format.ts'
import type { FieldFault } from '../scenario/fault.ts'
import { badInput, type ReadFile } from '../scenario/load.ts'
import { checkSimulation, type Simulation } from '../scenario/simulation.ts'
import type { WorldName } from '../worlds/world.ts'
import { expectationFaults } from './expectable.ts'
import { atPoint, grid, NoSuchKey, type Point, type Variation } from './grid.ts'
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
    ...(world === undefined ? {} : { world }),
  }
  const faults: FieldFault[] = []
  const simulation = checkSimulation(data, (fault) => faults.push(fault))
  if (simulation === undefined) throw badInput(file, sheet, faults)
  const { vary, ...fixed } = data
  const points = pointsOf(file, sheet, simulation.vary).map((at) => checkPoint(file, sheet, fixed, at))
  const isSingle = runs === undefined && given['runs'] === undefined && vary === undefined
  const unexpectable = expectationFaults(simulation.expect, points, isSingle)
  if (unexpectable.length > 0) throw badInput(file, sheet, unexpectable)
  const refused = simulation.world === 'anvil' ? chainFaults(simulation, options) : []
  if (refused.length > 0) throw badInput(file, sheet, refused)
  return { data, simulation }
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

/** The points of the grid, where there are not too many, and all of them vary what can differ between them. */
const pointsOf = (file: string, sheet: ReadFile['sheet'], vary: Variation): readonly Point[] => {
  const faults: FieldFault[] = Object.keys(vary)
    .filter((key) => SAID_ONCE.includes(key.split('.')[0]!))
    .map((key) => ({ path: ['vary', key], reason: 'is said once, for all points' }))
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
    faults.map(({ path, reason }) => ({ path, reason: `where ${where.join(', ')}: ${reason}` })),
  )
}
