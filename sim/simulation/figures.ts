import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Claim, Task } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { brokenAssumption } from './assumptions.ts'
import { canonical, type SimulatedCall } from './journal.ts'
import type { PlayedRun } from './population.ts'

/** What one account came to in a run. */
export interface PartyFigures {
  /** What it has more than it brought: balance, credit and what a false final was worth to it, less gas. */
  readonly profitWei: Wei
  readonly gasWei: Wei
  readonly computeUsd: number
  /** Its bonds and stakes, each times the seconds that it was locked. */
  readonly lockedWeiSeconds: Wei
  /** Bonds and stakes that it lost. */
  readonly bondsLost: number
}

/** What a run came to. */
export interface RunFigures {
  readonly seed: number
  readonly claims: {
    readonly final: number
    readonly refuted: number
    /** False claims among the final ones: what the protocol is there to prevent. */
    readonly falseFinals: number
    /** Tasks whose fee went back. */
    readonly expired: number
  }
  readonly disputes: number
  /** Bonds and stakes that honest parties lost, shares burned at an opening aside. */
  readonly honestLosses: number
  /** What of the assumptions did not hold in this run; null where all did. */
  readonly outsideAssumptions: string | null
  /** Of each task that was settled: from its request on. */
  readonly finalitySeconds: readonly Seconds[]
  readonly gas: number
  readonly parties: Readonly<Record<string, PartyFigures>>
  readonly griefing: { readonly attackerWei: Wei; readonly victimWei: Wei }
}

const isFalse = ({ tower }: PlayedRun, { inputRoot }: Task, { endRoot }: Claim): boolean =>
  tower.claimOf(inputRoot).prepared.endRoot !== endRoot

/** What stands locked for each address: bonds of claims and seals, of running disputes, stakes. */
const lockedIn = (state: ServiceState): ReadonlyMap<string, Wei> => {
  const { claimBondWei, disputeBondWei, attention } = state.parameters
  const locked = new Map<string, Wei>()
  const add = (address: string, wei: Wei) => locked.set(address, (locked.get(address) ?? 0n) + wei)
  for (const { kind, claim } of state.claims.values()) if (kind === 'Pending') add(claim.server, claimBondWei)
  for (const { kind, seal } of state.seals.values()) if (kind === 'Sealed') add(seal.server, claimBondWei)
  for (const dispute of state.disputes.values())
    if (dispute.kind === 'Running') add(dispute.challenger, disputeBondWei)
  for (const { verifier } of state.enrollments.values()) add(verifier, attention!.stakeWei)
  return locked
}

/** By address: wei times seconds, over all calls and up to the run's end. */
const lockedWeiSeconds = (calls: readonly SimulatedCall[], end: Seconds): ReadonlyMap<string, Wei> => {
  const sums = new Map<string, Wei>()
  for (const [i, { time, after, outcome }] of calls.entries()) {
    const next = calls[i + 1]?.time ?? end
    if (next === time || (outcome !== 'accepted' && i === 0)) continue
    for (const [address, wei] of lockedIn(after))
      sums.set(address, (sums.get(address) ?? 0n) + wei * BigInt(next - time))
  }
  return sums
}

/** By address: claims that fell, disputes that were lost, seals that were forfeited, stakes that were slashed. */
const lossesOf = (state: ServiceState, calls: readonly SimulatedCall[]): ReadonlyMap<string, number> => {
  const losses = new Map<string, number>()
  const add = (address: string) => losses.set(address, (losses.get(address) ?? 0) + 1)
  for (const { kind, claim } of state.claims.values()) if (kind === 'Refuted') add(claim.server)
  for (const { kind, seal } of state.seals.values()) if (kind === 'Forfeited') add(seal.server)
  for (const dispute of state.disputes.values())
    if (dispute.kind === 'Decided' && dispute.winner === 'asserter') add(dispute.challenger)
  for (const { call, outcome } of calls)
    if (call.kind === 'Slash' && outcome === 'accepted') add(call.verifier)
  return losses
}

/** From each settled task's request to the call that settled it. */
const finality = (state: ServiceState, calls: readonly SimulatedCall[]): readonly Seconds[] => {
  const before = (index: number) => calls[index - 1]?.after
  const requested = new Map<Id, Seconds>()
  const settled: Seconds[] = []
  for (const [i, { after, time, call, outcome }] of calls.entries()) {
    if (outcome !== 'accepted') continue
    if (call.kind === 'Request')
      for (const id of after.tasks.keys()) if (!before(i)?.tasks.has(id)) requested.set(id, time)
    if (call.kind !== 'Finalize') continue
    const task = after.claims.get(call.claimId)!.claim.taskId
    const isNew = before(i)?.tasks.get(task)?.kind !== 'Settled'
    if (isNew && after.tasks.get(task)?.kind === 'Settled') settled.push(time - requested.get(task)!)
  }
  return state.tasks.size === 0 ? [] : settled
}

/** Wei that went in and are nowhere any more, or came from nowhere: a fault of ours. */
const checkConserved = ({ state, accounts, fundsWei }: PlayedRun): void => {
  const owned = [...accounts.values()].reduce((sum, { balanceWei, gasWei }) => sum + balanceWei + gasWei, 0n)
  const difference = owned + state.balanceWei - fundsWei
  if (difference !== 0n) throw new Error(`${difference} wei were made, or lost, in a run`)
}

export const figuresOf = (simulation: Simulation, run: PlayedRun): RunFigures => {
  checkConserved(run)
  const { state, accounts, workSeconds, members, endTime, seed } = run
  const calls = canonical(run.journal)
  const claims = [...state.claims.values()]
  const final = claims.filter(({ kind }) => kind === 'Final')
  const falseFinals = final.filter(({ claim }) => isFalse(run, state.tasks.get(claim.taskId)!.task, claim))
  const [locked, losses] = [lockedWeiSeconds(calls, endTime), lossesOf(state, calls)]
  const { costs } = simulation
  const addressOf = new Map(calls.map(({ actor, sender }) => [actor, sender]))
  const parties: Record<string, PartyFigures> = {}
  let [attackerWei, victimWei, honestLosses] = [0n, 0n, 0]
  for (const [name, member] of members) {
    const { balanceWei, gasWei } = accounts.get(name)!
    const address = addressOf.get(name)
    const credit = address === undefined ? 0n : (state.credits.get(address) ?? 0n)
    const standing = address === undefined ? 0n : (lockedIn(state).get(address) ?? 0n)
    const gained = BigInt(falseFinals.filter(({ claim }) => claim.server === address).length)
    const profitWei = balanceWei + credit + standing - member.fundsWei + gained * costs.cheatGainWei
    const bondsLost = address === undefined ? 0 : (losses.get(address) ?? 0)
    parties[name] = {
      profitWei,
      gasWei,
      computeUsd: ((workSeconds.get(name) ?? 0) / 3600) * costs.computeUsdPerHour,
      lockedWeiSeconds: address === undefined ? 0n : (locked.get(address) ?? 0n),
      bondsLost,
    }
    const lost = profitWei < 0n ? -profitWei : 0n
    if (member.strategy.isHonest(member.options)) {
      victimWei += lost
      honestLosses += bondsLost
    } else attackerWei += lost
  }
  return {
    seed,
    claims: {
      final: final.length,
      refuted: claims.filter(({ kind }) => kind === 'Refuted').length,
      falseFinals: falseFinals.length,
      expired: [...state.tasks.values()].filter(({ kind }) => kind === 'Expired').length,
    },
    disputes: state.disputes.size,
    honestLosses,
    outsideAssumptions: brokenAssumption(simulation, run) ?? null,
    finalitySeconds: finality(state, calls),
    gas: calls.reduce((sum, { gas, outcome }) => sum + (outcome === 'InsufficientFunds' ? 0 : gas), 0),
    parties,
    griefing: { attackerWei, victimWei },
  }
}
