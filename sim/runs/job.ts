import { hash } from 'node:crypto'
import { type Hash, keccak, symbolsInPlace, withHashing, withSymbols } from '../../spec/commitments/hash.ts'
import type { ChainFigures } from '../onChain/playedBlocks.ts'
import { checkSimulation, type Simulation } from '../scenario/simulation.ts'
import { figuresOf, type RunFigures } from '../simulation/figures.ts'
import { simulatedLines } from '../simulation/journal.ts'
import { playing, playRun, type SearchedRun } from '../simulation/run.ts'
import type { Search } from '../simulation/search.ts'
import { BREATH_MILLISECONDS, type Pause } from '../stopped.ts'
import { atPoint, type Point, type Value } from './grid.ts'

/** A simulation's file, as it was read: it goes to other processes, which check it anew. */
export type SimulationData = { readonly [key: string]: Value }

/** One run of one point. */
export interface Job {
  readonly point: number
  readonly run: number
  readonly at: Point
  /** With hashes, so that it can be told call by call: of a simulation that has no other run. */
  readonly isTold?: true
}

/** A run as it was played, with what it came to. */
export interface PlayedJob {
  readonly run: SearchedRun
  readonly result: RunResult
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

/** On a tower of symbols hashes are symbols too, but in a run that is told; a model's roots are what they are. */
const isSymbolic = ({ tower }: Simulation, { isTold }: Pick<Job, 'isTold'>): boolean =>
  tower.ofModel === undefined && isTold !== true

/** What a run came to, as machines are told it. */
export const resultOf = (figures: RunFigures, played: SearchedRun, { point, run }: Job): RunResult => {
  const { searches, journal } = played
  const journalHash = hashOfLines(simulatedLines(journal))
  return { point, run, figures, ...(searches.length > 0 && { searches }), journalHash }
}

export const playJob = (simulation: Simulation, job: Job): RunResult => {
  const seed = seedOf(simulation.seed, job.run)
  const play = () => {
    const run = playRun(simulation, seed)
    return { run, figures: figuresOf(simulation, run) }
  }
  const { run, figures } = isSymbolic(simulation, job) ? withSymbols(play, seed) : play()
  return resultOf(figures, run, job)
}

/** The same in pieces, with pauses between them, and with the run itself. @throws Stopped */
export const playPausing = async (simulation: Simulation, job: Job, pause: Pause): Promise<PlayedJob> => {
  const seed = seedOf(simulation.seed, job.run)
  const symbols = isSymbolic(simulation, job) ? withSymbols(symbolsInPlace, seed) : undefined
  const within = <Value>(play: () => Value): Value =>
    symbols === undefined ? play() : withHashing(symbols, play)
  const steps = playing(simulation, seed)
  const piece = () => {
    const end = performance.now() + BREATH_MILLISECONDS
    for (;;) {
      const { done, value } = steps.next()
      if (done === true) return { run: value, figures: figuresOf(simulation, value) }
      if (performance.now() >= end) return undefined
    }
  }
  for (;;) {
    await pause()
    const played = within(piece)
    if (played !== undefined) return { run: played.run, result: resultOf(played.figures, played.run, job) }
  }
}
