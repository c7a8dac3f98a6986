import { type Job, type RunResult, resultOf, type SimulationData, seedOf, simulationAt } from '../runs/job.ts'
import type { Batch } from '../runs/worker.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { figuresOf } from '../simulation/figures.ts'
import { type BlockChain, openBlockChain } from './blockChain.ts'
import { type ChainRun, playOnChain } from './playOnChain.ts'

/** How runs are played on live chains. */
export interface OnChain {
  /** A running chain to use instead of our own. */
  readonly rpcUrl: string | undefined
  /** Chains that are played on at once; 1 where there is a `rpcUrl`. */
  readonly chains: number
  /** Told of each run, with the simulation of its point. */
  readonly onRun: (simulation: Simulation, run: ChainRun) => void
}

interface Played {
  readonly simulation: Simulation
  readonly run: ChainRun
  readonly result: RunResult
}

const play = async (
  data: SimulationData,
  job: Job,
  chain: BlockChain,
  signal: AbortSignal | undefined,
): Promise<Played> => {
  const simulation = simulationAt(data, job.at)
  const run = await playOnChain(simulation, seedOf(simulation.seed, job.run), chain, signal)
  const result = { ...resultOf(figuresOf(simulation, run), run, job), chain: run.chain }
  return { simulation, run, result }
}

/**
 * Results of all batches in their order. A chain plays one run after the other, and is as it was before each.
 *
 * @throws StoriesDiffer, ChainUnreachable, an AbortError when the signal says so
 */
export async function* playedOnChain(
  batches: readonly Batch[],
  { rpcUrl, chains: count, onRun }: OnChain,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly RunResult[]> {
  const jobs = batches.flatMap(({ data, jobs: some }) => some.map((job) => ({ data, job })))
  const chains: BlockChain[] = []
  try {
    while (chains.length < Math.min(count, jobs.length)) chains.push(await openBlockChain(rpcUrl))
    // As many runs at once as there are chains, one behind the other: each is on a chain of its own.
    const ahead: Promise<Played>[] = []
    let next = 0
    const send = (): void => {
      for (; ahead.length < chains.length && next < jobs.length; next++) {
        const { data, job } = jobs[next]!
        const sent = play(data, job, chains[next % chains.length]!, signal)
        // It is awaited in its turn; until then nobody is to call it unhandled.
        sent.catch(() => {})
        ahead.push(sent)
      }
    }
    for (send(); ahead.length > 0; send()) {
      const { simulation, run, result } = await ahead.shift()!
      onRun(simulation, run)
      yield [result]
    }
  } finally {
    for (const chain of chains) await chain.close()
  }
}
