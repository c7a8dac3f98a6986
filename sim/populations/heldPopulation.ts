import { withSymbols } from '../../spec/commitments/hash.ts'
import { chanceOf } from '../chance.ts'
import { simulationAt } from '../runs/job.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { figuresOf } from '../simulation/figures.ts'
import { canonical } from '../simulation/journal.ts'
import type { PlayedRun } from '../simulation/population.ts'
import { playRun } from '../simulation/run.ts'
import { randomPopulation } from './randomPopulation.ts'
import { NOTHING, type Tally } from './tally.ts'

/** What a requester begins with, before it pays for anything: see `simulation/population.ts`. */
const REQUESTER_WEI = 10n ** 30n

/** The random population of a seed. */
export const populationOf = (seed: number): Simulation =>
  simulationAt(randomPopulation(chanceOf(seed, 'population', 'draw')), {})

/** Wei that all accounts brought, and what of that is nowhere any more, or came from nowhere. */
const moneyOf = (
  { cast }: Simulation,
  { accounts, state }: PlayedRun,
): { readonly broughtWei: bigint; readonly missingWei: bigint } => {
  // One that has two accounts has the same money in each.
  const brought = cast.reduce(
    (sum, { fundsWei, strategy }) => sum + fundsWei * BigInt(strategy.accounts ?? 1),
    REQUESTER_WEI,
  )
  const owned = [...accounts.values()].reduce((sum, { balanceWei, gasWei }) => sum + balanceWei + gasWei, 0n)
  return { broughtWei: brought - REQUESTER_WEI, missingWei: brought - owned - state.balanceWei }
}

/** Plays the random population of a seed, and says what it came to. */
export const heldPopulation = (seed: number): Tally => {
  const simulation = populationOf(seed)
  const { run, figures } = withSymbols(() => {
    const played = playRun(simulation, seed)
    return { run: played, figures: figuresOf(simulation, played) }
  }, seed)
  const calls = canonical(run.journal)
  const isOutside = figures.outsideAssumptions !== null
  const { broughtWei, missingWei } = moneyOf(simulation, run)
  const promised = isOutside ? { falseFinals: 0, honestLosses: 0 } : { ...figures.claims, ...figures }
  const { falseFinals, honestLosses } = promised
  return {
    ...NOTHING,
    runs: 1,
    outside: isOutside ? 1 : 0,
    falseFinals,
    honestLosses,
    missingWei: missingWei < 0n ? -missingWei : missingWei,
    broughtWei,
    faults: falseFinals + honestLosses > 0 || missingWei !== 0n ? [seed] : [],
    refuted: figures.claims.refuted,
    final: figures.claims.final,
    disputes: figures.disputes,
    refusals: calls.filter(({ outcome }) => outcome !== 'accepted').length,
    unpaid: calls.filter(({ outcome }) => outcome === 'InsufficientFunds').length,
    delegated: calls.filter(({ call }) => call.kind === 'Delegate').length,
    reorganisations: run.journal.filter(({ kind }) => kind === 'Reorganisation').length,
  }
}
