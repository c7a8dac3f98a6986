import { createHash } from 'node:crypto'
import { toHex } from '../../spec/commitments/bytes.ts'
import { type Hash, keccak, withSymbols } from '../../spec/commitments/hash.ts'
import { type Call, callName } from '../../spec/service/calls.ts'
import { checkSimulation, type Simulation } from '../scenario/simulation.ts'
import { figuresOf, type RunFigures } from '../simulation/figures.ts'
import type { SimulatedEntry } from '../simulation/journal.ts'
import { playRun } from '../simulation/population.ts'
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
  /** Of the run's journal. */
  readonly journalHash: Hash
}

const SEED_DIGITS = 12

/** Every point plays the same seeds, so that what differs between two points is not chance. */
export const seedOf = (seed: number, run: number): number => {
  const digest = createHash('sha256').update(`opml run ${seed} ${run}`).digest('hex')
  return Number.parseInt(digest.slice(0, SEED_DIGITS), 16)
}

/** Fields of calls that are hashes, or made of hashes: they depend on what stands for hashes. */
const HASHED: ReadonlySet<string> = new Set([
  ...['taskId', 'claimId', 'disputeId', 'sealId', 'modelId', 'sealed', 'salt', 'answer', 'verifier'],
  ...['endRoot', 'start', 'end', 'siblings', 'witness', 'startWitness', 'outputWitness'],
])

/** What a call says, hashes aside; of roots, how many there are. */
const argsOf = (call: Call): unknown =>
  JSON.parse(
    JSON.stringify(call, (key, value) => {
      if (HASHED.has(key)) return undefined
      if (key === 'roots') return (value as readonly unknown[]).length
      if (typeof value === 'bigint') return value.toString()
      return value instanceof Uint8Array ? toHex(value) : value
    }),
  )

const entryLine = (entry: SimulatedEntry): string => {
  if (entry.kind === 'Reorganisation') return JSON.stringify(entry)
  const { block, time, actor, call, valueWei, outcome, gas, gasWei, paidWei } = entry
  const { kind: _, ...args } = argsOf(call) as { readonly kind: string }
  const told = { block, time, actor, call: callName(call), args, valueWei, outcome, gas, gasWei, paidWei }
  return JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
}

/** A run's journal as JSON lines: who called what, when, and what became of it. No hashes: they are the same in any run. */
export const journalLines = (journal: readonly SimulatedEntry[]): string =>
  journal.map((entry) => `${entryLine(entry)}\n`).join('')

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

export const playJob = (simulation: Simulation, { point, run }: Job): RunResult => {
  const { figures, lines } = withSymbols(() => {
    const played = playRun(simulation, seedOf(simulation.seed, run))
    return { figures: figuresOf(simulation, played), lines: journalLines(played.journal) }
  })
  return { point, run, figures, journalHash: keccak(new TextEncoder().encode(lines)) }
}
