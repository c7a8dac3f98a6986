import { toHex } from '../../spec/commitments/bytes.ts'
import { callName } from '../../spec/service/calls.ts'
import { balancesWei, type Gas, type Outcome, type Summary } from '../outcome.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { canonical, type SimulatedCall } from '../simulation/journal.ts'
import type { PlayedRun } from '../simulation/population.ts'

/** What a file without `runs` and `vary` tells besides its point: the keys of a story, of its one run. */
export type SingleSummary = Omit<
  Summary,
  'scenario' | 'world' | 'seed' | 'expectationsMet' | 'reportPath' | 'seconds'
>

const WINNERS = { asserter: 'server', challenger: 'verifier' } as const
const ENDS = { Pending: null, Final: 'final', Refuted: 'refuted' } as const

/** How the first claim of the first task ended. */
const firstOutcome = ({ state }: PlayedRun, task: string | undefined) => {
  const [id, claim] = [...state.claims].find(([, { claim: of }]) => of.taskId === task) ?? []
  const nothing: Outcome = { claim: null, winner: null, by: 'none', moves: 0 }
  if (claim === undefined) return { claim, outcome: nothing }
  const ended = { ...nothing, claim: ENDS[claim.kind] }
  const disputes = [...state.disputes.values()].filter((dispute) => dispute.claim === id)
  const decided = disputes.find(({ kind }) => kind === 'Decided')
  if (decided?.kind !== 'Decided') return { claim, outcome: ended }
  const { winner, by, moves } = decided
  return { claim, outcome: { ...ended, winner: WINNERS[winner], by, moves } }
}

const gasOf = (calls: readonly SimulatedCall[]): Gas => {
  const byKind: Record<string, number> = {}
  for (const { call, gas, outcome } of calls)
    if (outcome !== 'InsufficientFunds') byKind[callName(call)] = (byKind[callName(call)] ?? 0) + gas
  return { total: Object.values(byKind).reduce((sum, gas) => sum + gas, 0), byKind }
}

/** Where there are several claims, those of a claim are of the first one of the first task. Balances are without gas. */
export const singleSummary = ({ tower }: Simulation, run: PlayedRun): SingleSummary => {
  const { state, accounts, members } = run
  const calls = canonical(run.journal)
  const [task, entry] = [...state.tasks][0] ?? []
  const { claim, outcome } = firstOutcome(run, task)
  const truth = entry && run.tower.claimOf(entry.task.inputRoot).prepared
  const balances = [...members].map(([name, { fundsWei }]) => {
    const { balanceWei, gasWei } = accounts.get(name)!
    return { name, before: fundsWei, after: balanceWei + gasWei }
  })
  return {
    ...outcome,
    claimIsTrue: claim === undefined || truth === undefined ? null : claim.claim.endRoot === truth.endRoot,
    output: {
      claimed: claim === undefined ? null : claimedOutput(calls, claim.claim.endRoot),
      true: truth === undefined ? '' : toHex(truth.output),
    },
    calledBack: null,
    answers: null,
    k: tower.lengths.length,
    gas: gasOf(calls),
    balancesWei: balancesWei(balances),
  }
}

/** The output stands in the call that posted the claim, or revealed it. */
const claimedOutput = (calls: readonly SimulatedCall[], endRoot: string): string | null => {
  for (const { call } of calls)
    if ((call.kind === 'Claim' || call.kind === 'Reveal') && call.endRoot === endRoot)
      return toHex(call.output)
  return null
}
