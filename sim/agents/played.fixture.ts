import { withSymbols } from '../../spec/commitments/hash.ts'
import { simulationAt } from '../runs/job.ts'
import { figuresOf } from '../simulation/figures.ts'
import { canonical } from '../simulation/journal.ts'
import { playRun } from '../simulation/run.ts'

const ETHER = 10n ** 18n

/** A population's file, with what is given in place of what stands here. */
export const populationFile = (actors: readonly object[], change: Record<string, unknown> = {}) => ({
  scenario: 'strategies',
  task: { model: 'alphabet', lengths: [16, 16, 256] },
  game: { claimBondWei: String(ETHER) },
  costs: { inferenceSeconds: 10, cheatGainWei: String(ETHER / 10n) },
  chain: { load: 0, baseFeeGwei: 1 },
  actors,
  ...change,
})

export const actor = (name: string, role: string, strategy: string, options: object = {}) => ({
  name,
  role,
  strategy,
  ...options,
})

/** What came of one run, for whoever asks about it. */
export const play = (actors: readonly object[], change: Record<string, unknown> = {}, seed = 1) => {
  const simulation = simulationAt(populationFile(actors, change) as never, {})
  return withSymbols(() => {
    const run = playRun(simulation, seed)
    const calls = canonical(run.journal)
    const addressOf = (name: string) => calls.find((call) => call.actor === name)?.sender
    const claims = [...run.state.claims.values()]
    return {
      ...run,
      simulation,
      calls,
      figures: figuresOf(simulation, run),
      by: (name: string, ...kinds: readonly string[]) =>
        calls.filter(
          ({ actor: who, call }) => who === name && (kinds.length === 0 || kinds.includes(call.kind)),
        ),
      claimsOf: (name: string) => claims.filter(({ claim }) => claim.server === addressOf(name)),
    }
  }, seed)
}
