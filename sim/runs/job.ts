import { hash } from 'node:crypto'
import { type Hash, keccak, withSymbols } from '../../spec/commitments/hash.ts'
import type { ChainFigures } from '../onChain/playedBlocks.ts'
import { checkSimulation, type Simulation } from '../scenario/simulation.ts'
import { figuresOf, type RunFigures } from '../simulation/figures.ts'
import { simulatedLines } from '../simulation/journal.ts'
import { playRun } from '../simulation/run.ts'
import type { Search } from '../simulation/search.ts'
import { atPoint, type Point, type Value } from './grid.ts'

/** A simulation's file, as it was read: it goes to other processes, which check it anew. */
export type SimulationData = { readonly [key: string]: Value }

/** One run of one point. */
export interface Job {
  readonly point: number
  readonly run: number
  readonly at: Point
}

export interface RunResult {
  readonly point: number
  readonly run: number
  readonly figures: RunFigures
  /** What adaptive attackers tried and found before the run; absent where there are none. */
  readonly searches?: readonly Search[]
  /** What its blocks came to on a live chain; absent where it was played on the modelled one. */
  readonly chain?: ChainFigures
  /** Of the run's journal. */
  readonly journalHash: Hash
}

const SEED_DIGITS = 12

/** Every point plays the same seeds, so that what differs between two points is not chance. */
export const seedOf = (seed: number, run: number): number => {
  return Number.parseInt(hash('sha256', `opml run ${seed} ${run}`).slice(0, SEED_DIGITS), 16)
}

/** The simulation of a point. @throws Error where the file is at fault there, with all its faults */
export const simulationAt = (data: SimulationData, at: Point): Simulation => {
  const faults: string[] = []
  const { vary: _, ...fixed } = data
  const simulation = checkSimulation(atPoint(fixed, at), ({ path, reason }) =>
    faults.push(`${path.map(String).join('.')}: ${reason}`),
  )
  if (simulation === undefined) throw new Error(faults.join('; '))
  return simulation
}

/** Of a journal as JSON lines. */
export const hashOfLines = (lines: string): Hash => keccak(new TextEncoder().encode(lines))

/** On a tower of symbols hashes are symbols too; a model's roots are what they are. */
const hashing = <Value>({ tower }: Simulation, seed: number, play: () => Value): Value =>
  tower.ofModel === undefined ? withSymbols(play, seed) : play()

export const playJob = (simulation: Simulation, { point, run }: Job): RunResult => {
  const seed = seedOf(simulation.seed, run)
  const { searches, figures, lines } = hashing(simulation, seed, () => {
    const played = playRun(simulation, seed)
    return {
      searches: played.searches,
      figures: figuresOf(simulation, played),
      lines: simulatedLines(played.journal),
    }
  })
  const journalHash = hashOfLines(lines)
  return { point, run, figures, ...(searches.length > 0 && { searches }), journalHash }
}
