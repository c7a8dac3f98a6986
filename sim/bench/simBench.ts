import { withSymbols } from '../../spec/commitments/hash.ts'
import { seedOf, simulationAt } from '../runs/job.ts'
import { type PlayedRun, playRun } from '../simulation/population.ts'

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

const WARMING_SECONDS = 2
const MEASURED_SECONDS = 4

/** By seconds of the processor, which other programs do not lengthen, and by the clock. */
export interface Rate {
  readonly disputesPerSecond: number
  readonly callsPerSecond: number
  readonly disputesPerWallSecond: number
}

export interface SimFigures extends Rate {
  /** With keccak-256 in place of symbols. */
  readonly hashed: Rate
}

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

type Play = (seed: number) => PlayedRun

/** Plays runs for so many seconds of the processor. */
const rateOf = (play: Play, forSeconds: number): Rate => {
  const [began, beganWall] = [processorSeconds(), performance.now()]
  let [run, disputes, calls] = [0, 0, 0]
  while (processorSeconds() - began < forSeconds) {
    const { state, journal } = play(seedOf(simulation.seed, run++))
    disputes += state.disputes.size
    calls += journal.length
  }
  const seconds = processorSeconds() - began
  return {
    disputesPerSecond: disputes / seconds,
    callsPerSecond: calls / seconds,
    disputesPerWallSecond: disputes / ((performance.now() - beganWall) / 1000),
  }
}

const measured = (play: Play): Rate => {
  rateOf(play, WARMING_SECONDS)
  return rateOf(play, MEASURED_SECONDS)
}

export const measureSim = (): SimFigures => ({
  ...measured((seed) => withSymbols(() => playRun(simulation, seed))),
  hashed: measured((seed) => playRun(simulation, seed)),
})
