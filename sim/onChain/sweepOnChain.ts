import { inOrder } from '../runs/inOrder.ts'
import { type Job, type RunResult, resultOf, type SimulationData, seedOf, simulationAt } from '../runs/job.ts'
import type { Batch } from '../runs/worker.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { figuresOf } from '../simulation/figures.ts'
import { type BlockChain, openBlockChain } from './blockChain.ts'
import { type ChainRun, playOnChain } from './playOnChain.ts'

/** How runs are played on live chains. */
export interface OnChain {
  /** That are played on at once. */
  readonly chains: readonly BlockChain[]
  /** Told of each run, with the simulation of its point. */
  readonly onRun: (simulation: Simulation, run: ChainRun) => void
}

/**
 * Opens chains to play on.
 *
 * @param rpcUrl a running chain to use instead of our own; then `count` is 1
 * @throws ChainUnreachable, and none is left open
 */
export const openChains = async (
  rpcUrl: string | undefined,
  count: number,
): Promise<readonly BlockChain[]> => {
  const chains: BlockChain[] = []
  try {
    while (chains.length < count) chains.push(await openBlockChain(rpcUrl))
    return chains
  } catch (error) {
    await closeChains(chains)
    throw error
  }
}

export const closeChains = async (chains: readonly BlockChain[]): Promise<void> => {
  for (const chain of chains) await chain.close()
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
  { chains, onRun }: OnChain,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly RunResult[]> {
  const jobs = batches.flatMap(({ data, jobs: some }) => some.map((job) => ({ data, job })))
  // As many runs at once as there are chains, one behind the other: each is on a chain of its own.
  const played = inOrder(jobs.length, chains.length, (index) => {
    const { data, job } = jobs[index]!
    return play(data, job, chains[index % chains.length]!, signal)
  })
  for await (const { simulation, run, result } of played) {
    onRun(simulation, run)
    yield [result]
  }
}
