import { KeptHashes } from '../../impl/keccak/keptHashes.ts'
import { withHashing, withSymbols } from '../../spec/commitments/hash.ts'
import { seedOf, simulationAt } from '../runs/job.ts'
import type { Simulation } from '../scenario/simulation.ts'
import type { PlayedRun } from '../simulation/population.ts'
import { playRun } from '../simulation/run.ts'

/** Steps of the runs of three phases: such that a dispute is ten calls, request, withdrawals and all. */
export const TEN_CALLS: readonly number[] = [16, 16, 256]
/** Longer runs, which take three moves more. */
export const THIRTEEN_CALLS: readonly number[] = [64, 64, 4096]

/** Whole service runs, request to settlement: a liar somewhere in a tower of three phases, and one who checks it. */
const simulationOn = (lengths: readonly number[]) =>
  simulationAt(
    {
      scenario: 'bench',
      task: { model: 'alphabet', lengths },
      game: { arity: 16 },
      actors: [
        { name: 'sam', role: 'server', strategy: 'wrong-anywhere' },
        { name: 'vera', role: 'verifier', strategy: 'honest' },
      ],
    },
    {},
  )

/** For how long, in seconds of the processor. */
export interface BenchSeconds {
  readonly warming: number
  readonly measured: number
}

/** By seconds of the processor, which other programs do not lengthen: so much one core does in a second. */
export interface Rate {
  readonly disputesPerSecond: number
  readonly callsPerSecond: number
}

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Runs between two looks at the clock: looking costs as much as a part of one. */
const BATCH_RUNS = 512

type Play = (seed: number) => PlayedRun

/** Plays runs of a simulation for so many seconds of the processor. */
const rateOf = (simulation: Simulation, play: Play, forSeconds: number): Rate => {
  const began = processorSeconds()
  let [run, disputes, calls, seconds] = [0, 0, 0, 0]
  while (seconds < forSeconds) {
    for (const end = run + BATCH_RUNS; run < end; run++) {
      const { state, journal } = play(seedOf(simulation.seed, run))
      disputes += state.disputes.size
      calls += journal.length
    }
    seconds = processorSeconds() - began
  }
  return { disputesPerSecond: disputes / seconds, callsPerSecond: calls / seconds }
}

/** With symbols for hashes. */
export const measureSymbols = (lengths: readonly number[], { warming, measured }: BenchSeconds): Rate => {
  const simulation = simulationOn(lengths)
  const play: Play = (seed) => withSymbols(() => playRun(simulation, seed))
  rateOf(simulation, play, warming)
  return rateOf(simulation, play, measured)
}

/** With keccak-256 in their place. */
export const measureHashes = (lengths: readonly number[], { warming, measured }: BenchSeconds): Rate => {
  const simulation = simulationOn(lengths)
  const play: Play = (seed) => withHashing(new KeptHashes(), () => playRun(simulation, seed))
  rateOf(simulation, play, warming)
  return rateOf(simulation, play, measured)
}
