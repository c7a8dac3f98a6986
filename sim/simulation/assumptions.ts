import type { Seconds } from '../../spec/game/clocks.ts'
import type { Address } from '../../spec/service/task.ts'
import { type TimeFault, timeFaults } from '../../spec/setting/world.ts'
import { disputesAbout } from '../../spec/strategies/sight.ts'
import { delegateOf } from '../agents/delegates/delegating.ts'
import { count } from '../format.ts'
import type { Member, Simulation } from '../scenario/simulation.ts'
import { canonical } from './journal.ts'
import type { PlayedRun } from './population.ts'

/** A part of the cast's description, as far as the assumptions ask for it. */
type Described = Pick<Member, 'name' | 'strategy' | 'options' | 'offline' | 'leaves' | 'joins'>

const isHonest = ({ strategy, options }: Described): boolean => strategy.isHonest(options)

/** Why an honest party could lose where every call may take so long: a time that does not cover it. */
const tooSlow = (
  { parameters, tower, compute }: Pick<Simulation, 'parameters' | 'tower' | 'compute'>,
  inclusionSeconds: Seconds,
): TimeFault | undefined => {
  const assumed = Math.max(inclusionSeconds, parameters.inclusionSeconds)
  return timeFaults(
    { parameters: { ...parameters, inclusionSeconds: assumed }, lengths: tower.lengths },
    { inclusionSeconds: assumed, recomputeSeconds: compute.recomputeSeconds.map(Math.ceil) },
  )[0]
}

const words = (what: string, { parameter, seconds, leastSeconds }: TimeFault): string =>
  `${what}; ${parameter} is ${count(seconds)}, and if that befell every call it would take ${count(leastSeconds)}`

/** The chain included every call of an honest party soon enough for the clocks, if all took as long as the slowest. */
const inclusion = (simulation: Simulation, { waitSeconds, members }: PlayedRun): string | undefined => {
  for (const [name, seconds] of waitSeconds) {
    const member = members.get(name)
    if (member === undefined || !isHonest(member)) continue
    const fault = tooSlow(simulation, seconds)
    if (fault !== undefined) return words(`a call of ${name} waited ${count(seconds)} s for its block`, fault)
  }
  return undefined
}

/** Every honest party is there within its clocks. */
const presence = (simulation: Simulation): string | undefined => {
  for (const member of simulation.cast.filter(isHonest)) {
    if (member.leaves !== undefined && member.leaves < simulation.untilSeconds)
      return `${member.name} leaves after ${count(member.leaves)} s`
    for (const { from, to } of member.offline) {
      const fault = tooSlow(simulation, to - from)
      if (fault !== undefined) return words(`${member.name} is offline for ${count(to - from)} s`, fault)
    }
  }
  return undefined
}

/** Every honest party can pay for all that it has to say. */
const capital = ({ journal, members }: PlayedRun): string | undefined => {
  const unpaid = canonical(journal).find(
    ({ actor, outcome }) => outcome === 'InsufficientFunds' && isHonest(members.get(actor) as Member),
  )
  return unpaid && `${unpaid.actor} could not pay for its ${unpaid.call.kind.toLowerCase()}`
}

/** Names by addresses, of all that have called. */
const namesIn = ({ journal }: PlayedRun): ReadonlyMap<Address, string> =>
  new Map(canonical(journal).map(({ sender, actor }) => [sender, actor]))

/** A delegate plays as its party would. */
const delegation = ({ cast }: Simulation, run: PlayedRun): string | undefined => {
  const treacherous = new Set(cast.filter((member) => !isHonest(member)).map(({ name }) => name))
  const betrayed = cast.filter((member) => isHonest(member) && treacherous.has(delegateOf(member) ?? ''))
  if (betrayed.length === 0) return undefined
  const names = namesIn(run)
  for (const { asserter, challenger } of run.state.disputes.values())
    for (const party of [asserter, challenger]) {
      const member = run.members.get(names.get(party)!)
      if (member !== undefined && betrayed.includes(member))
        return `${member.name} let ${delegateOf(member)} make its moves, which did not play as it would`
    }
  return undefined
}

/** Nobody honest has more disputes about one of its claims at once than the setting gives it the time for. */
const load = ({ parameters: { disputesAtOnce } }: Simulation, run: PlayedRun): string | undefined => {
  let most: { readonly disputes: number; readonly server: Address } | undefined
  for (const { call, outcome, after } of canonical(run.journal)) {
    if (call.kind !== 'Open' || outcome !== 'accepted') continue
    const disputes = [...disputesAbout(after, call.claimId)].filter(([, { kind }]) => kind === 'Running')
    if (disputes.length <= Math.max(disputesAtOnce, most?.disputes ?? 0)) continue
    const { server } = after.claims.get(call.claimId)!.claim
    const member = run.members.get(namesIn(run).get(server)!)
    if (member !== undefined && isHonest(member)) most = { disputes: disputes.length, server }
  }
  return (
    most &&
    `${count(most.disputes)} disputes ran at once about a claim of ${namesIn(run).get(most.server)}; disputesAtOnce is ${disputesAtOnce}`
  )
}

/** Every claim's model is held by somebody who checks: whoever has it for itself is believed. */
const openness = (run: PlayedRun): string | undefined => {
  const { state, members } = run
  const nameOf = namesIn(run)
  for (const { claim } of state.claims.values()) {
    const name = nameOf.get(claim.server)
    if (name !== undefined && members.get(name)?.strategy.withholds === true)
      return `nobody but ${name} holds the model that it answers with`
  }
  return undefined
}

/** Somebody honest checks: a false claim that became final met nobody honest who disputed it. */
const vigilance = (run: PlayedRun): string | undefined => {
  const { state, members, journal, tower } = run
  const calls = canonical(journal)
  const nameOf = new Map(calls.map(({ sender, actor }) => [sender, actor]))
  const disputed = new Set(
    calls.flatMap(({ call, actor }) =>
      call.kind === 'Open' && members.has(actor) && isHonest(members.get(actor)!) ? [call.claimId] : [],
    ),
  )
  for (const [id, { kind, claim }] of state.claims) {
    const { inputRoot } = state.tasks.get(claim.taskId)!.task
    const isFalse = tower.claimOf(inputRoot).prepared.endRoot !== claim.endRoot
    if (kind === 'Final' && isFalse && !disputed.has(id))
      return `nobody honest disputed a false claim of ${nameOf.get(claim.server)}`
  }
  return undefined
}

/** Blocks have room for what is asked: a world in which nothing ever is says nothing about the game. */
const asking = ({ state }: PlayedRun): string | undefined =>
  state.tasks.size === 0 ? 'no request came into a block' : undefined

/** Which of the stated assumptions did not hold in a run, and how; undefined where all held. */
export const brokenAssumption = (simulation: Simulation, run: PlayedRun): string | undefined =>
  simulation.outside ??
  asking(run) ??
  presence(simulation) ??
  capital(run) ??
  inclusion(simulation, run) ??
  load(simulation, run) ??
  delegation(simulation, run) ??
  openness(run) ??
  vigilance(run)
