import { KeptHashes } from '../../impl/keccak/keptHashes.ts'
import { withHashing, withSymbols } from '../../spec/commitments/hash.ts'
import { seedOf, simulationAt } from '../runs/job.ts'
import type { PlayedRun } from '../simulation/population.ts'
import { playRun } from '../simulation/run.ts'

/** Whole service runs, request to settlement: a liar somewhere in a tower of three phases, and one who checks it. */
const simulation = simulationAt(
  {
    scenario: 'bench',
    task: { model: 'alphabet', lengths: [64, 64, 4096] },
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
interface Rate {
  readonly disputesPerSecond: number
  readonly callsPerSecond: number
}

export interface SimFigures extends Rate {
  /** With keccak-256 in place of symbols. */
  readonly hashed: Pick<Rate, 'disputesPerSecond'>
}

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Runs between two looks at the clock: looking costs as much as a part of one. */
const BATCH_RUNS = 512

type Play = (seed: number) => PlayedRun

/** Plays runs for so many seconds of the processor. */
const rateOf = (play: Play, forSeconds: number): Rate => {
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

export const measureSim = ({ warming, measured }: BenchSeconds): SimFigures => {
  const measure = (play: Play): Rate => {
    rateOf(play, warming)
    return rateOf(play, measured)
  }
  const { disputesPerSecond, callsPerSecond } = measure((seed) =>
    withSymbols(() => playRun(simulation, seed)),
  )
  const hashed = measure((seed) => withHashing(new KeptHashes(), () => playRun(simulation, seed)))
  return { disputesPerSecond, callsPerSecond, hashed: { disputesPerSecond: hashed.disputesPerSecond } }
}
