import type { Simulation } from '../scenario/simulation.ts'
import type { SimulatedCall, SimulatedEntry } from '../simulation/journal.ts'
import { playCast, type StagedRun, staged } from '../simulation/population.ts'
import type { SearchedRun } from '../simulation/run.ts'
import { type Searched, searching } from '../simulation/search.ts'
import { SimulatedRun } from '../simulation/simulation.ts'
import { type Pause, pausing } from '../stopped.ts'
import type { BlockChain } from './blockChain.ts'
import type { ChainFigures, PlayedBlocks } from './playedBlocks.ts'
import { deployTower } from './towerOnChain.ts'

/** A run that a chain has told the same story of. */
export interface ChainRun extends SearchedRun {
  readonly chain: ChainFigures
}

/** Puts the contracts of a run and its accounts on a chain. @throws ChainUnreachable */
export const beginOnChain = (chain: BlockChain, { start, tower, agents }: StagedRun): Promise<PlayedBlocks> =>
  chain.begin(start, (signer) => deployTower(signer, start, tower), agents)

const callsOf = (entries: readonly SimulatedEntry[]): readonly SimulatedCall[] =>
  entries.filter((entry) => entry.kind === 'Call')

/** What an event has added to the journal happens on the chain: a block with its calls, or blocks that are replaced. */
const follow = async (
  blocks: PlayedBlocks,
  run: SimulatedRun,
  entries: readonly SimulatedEntry[],
): Promise<void> => {
  for (const entry of entries) if (entry.kind === 'Reorganisation') await blocks.undo(entry.from, run.state)
  const calls = callsOf(entries)
  if (calls.length > 0) await blocks.mine(calls)
}

const searchedPausing = async (search: ReturnType<typeof searching>, pause: Pause): Promise<Searched> => {
  for (;;) {
    const { done, value } = search.next()
    if (done === true) return value
    await pause()
  }
}

/**
 * Plays one run of a simulation, and each of its blocks on a chain as soon as it is made, so that what is drawn by hashes is
 * drawn by the chain's.
 *
 * @throws StoriesDiffer, ChainUnreachable, Stopped or an AbortError when the signal says so
 */
export const playOnChain = async (
  simulation: Simulation,
  seed: number,
  chain: BlockChain,
  signal?: AbortSignal,
): Promise<ChainRun> => {
  const found = await searchedPausing(searching(simulation, playCast, seed), pausing(signal))
  let blocks: PlayedBlocks | undefined
  const stage = staged(found.simulation, seed, (block) => blocks?.hashOf(block))
  const { agents, terms, ...about } = stage
  blocks = await beginOnChain(chain, stage)
  const run = new SimulatedRun(about.start, agents, terms)
  for (let told = 0; run.step(); ) {
    if (run.journal.length === told) continue
    signal?.throwIfAborted()
    await follow(blocks, run, run.journal.slice(told))
    told = run.journal.length
  }
  const played = run.play()
  for (const { name, address } of agents) {
    const { balanceWei, gasWei } = played.accounts.get(name)!
    await blocks.compareBalance(name, address, balanceWei + gasWei)
  }
  return { ...played, ...about, searches: found.searches, chain: blocks.figures }
}
