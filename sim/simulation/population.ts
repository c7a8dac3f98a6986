import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak, symbolsInPlace } from '../../spec/commitments/hash.ts'
import { honestCalls } from '../../spec/game/bounds.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters, Wei } from '../../spec/setting/parameters.ts'
import { type Requester, requesterActs, requesterFor } from '../../spec/strategies/parties.ts'
import { delegateOf } from '../agents/delegates/delegating.ts'
import { anyDeadline, firstOf, QuietTasks } from '../agents/liveTasks.ts'
import { accountNames, isOf } from '../agents/names.ts'
import { slashing } from '../agents/slashing.ts'
import { type Behaviour, once, type Stage, Workbench } from '../agents/stage.ts'
import { type BaseFee, constantFee, recordedFee, walkingFee } from '../chain/fees.ts'
import { type Chance, chanceOf } from '../chance.ts'
import type { Member, Simulation } from '../scenario/simulation.ts'
import { NOWHERE_MARK } from '../towers/places.ts'
import type { Tower } from '../towers/tower.ts'
import { type Agent, isWithin, type Sight } from './agent.ts'
import { gasTable } from './gas.ts'
import { simulate } from './simulation.ts'
import type { Played, Terms } from './world.ts'

/** When a simulated story begins: any time will do, so it is one that reads well. */
export const START: Seconds = 1_900_000_000

const REQUESTER = 'requester'
/** What a requester has: fees and gas are not what is asked about. */
const REQUESTER_WEI = 10n ** 30n

/** What anyone may do a requester leaves for so long to those whose money it is. */
const PATIENCE_SECONDS: Seconds = 600

const patiently = (sight: Sight): Sight => ({ ...sight, now: sight.now - PATIENCE_SECONDS })

const label = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Addresses of accounts by name, each made up once. */
const addressesOf = (seed: string): ((name: string) => Address) =>
  once((name) => {
    const hash = symbolsInPlace()?.next() ?? keccak<Hash>(label(`opml simulated account ${seed} ${name}`))
    return hash.slice(0, ADDRESS_DIGITS) as Address
  })

const ADDRESS_DIGITS = 42

const feeOf = ({ baseFeeGwei, blockGas }: Simulation['chain']): BaseFee => {
  if (typeof baseFeeGwei === 'number') return constantFee(baseFeeGwei)
  return 'series' in baseFeeGwei ? recordedFee(baseFeeGwei.series) : walkingFee(baseFeeGwei.walk, blockGas)
}

const onlineFrom =
  ({ joins, leaves, offline }: Member): Agent['isOnline'] =>
  (time) => {
    const since = time - START
    return since >= joins && (leaves === undefined || since < leaves) && !isWithin(offline, since)
  }

/** The requester asks for every task, one after the other, and does what the others leave undone. */
const requesterOf = (
  { task: asked }: Simulation,
  tower: Tower,
  parameters: Parameters,
  address: Address,
): Agent => {
  const { model: modelId, iterations } = tower
  const attentionWei = asked.attentionWei ?? parameters.attention?.minFeeWei ?? 0n
  const requesters: { readonly at: Seconds; readonly self: Requester }[] = []
  const byTask = new Map<Id, Requester>()
  for (let nonce = 0; nonce < asked.count; nonce++) {
    const at = START + nonce * asked.everySeconds
    const deadline = at + asked.deadlineSeconds
    const common = { nonce, modelId, iterations, feeWei: asked.feeWei, attentionWei, deadline }
    const self = requesterFor(address, common, tower.inputOf(nonce))
    requesters.push({ at, self })
    byTask.set(self.task, self)
  }
  const slash = slashing(address)
  const quiet = new QuietTasks(address)
  return {
    name: REQUESTER,
    role: 'requester',
    address,
    fundsWei: REQUESTER_WEI,
    latencySeconds: 0,
    tipGwei: 1,
    isOnline: () => true,
    act: (sight) => {
      const { tasks } = sight.state
      const due = requesters.find(({ at, self }) => at <= sight.now && !tasks.has(self.task))
      if (due !== undefined) return requesterActs(sight, due.self)
      const waiting = patiently(sight)
      const acts = (id: Id) => {
        const own = byTask.get(id)
        return own && requesterActs(waiting, own)
      }
      return firstOf(waiting, acts, quiet) ?? slash(sight)
    },
    wakesAt: (sight) => {
      const next = requesters.find(({ at }) => at > sight.now)?.at
      const deadline = anyDeadline(patiently(sight))
      return earlier(next, deadline === undefined ? undefined : deadline + PATIENCE_SECONDS)
    },
    workSeconds: () => 0,
    bidsWei: 0n,
    powers: {},
    overlooksBystanding: true,
  }
}

const agentOf = (stage: Stage, bench: Workbench, member: Member, behaviour: Behaviour): Agent => {
  const computes = behaviour.computes ?? (() => true)
  return {
    name: stage.name,
    role: member.role,
    address: stage.address,
    fundsWei: member.fundsWei,
    latencySeconds: member.latencySeconds,
    tipGwei: member.tipGwei,
    isOnline: onlineFrom(member),
    act: behaviour.act,
    wakesAt: wakes(behaviour, member),
    workSeconds: (intent, state) =>
      intent === undefined || computes(intent) ? bench.seconds(intent, state) : 0,
    bidsWei: member.bidsWei ?? stage.parameters.claimBondWei,
    powers: behaviour.powers ?? {},
    overlooksBystanding: behaviour.overlooksBystanding,
  }
}

/** The earlier of two times, of which either may never come. */
const earlier = (a: Seconds | undefined, b: Seconds | undefined): Seconds | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a

/** The next deadline, the strategy's own time, or the end of an absence. */
const wakes = ({ wakesAt }: Behaviour, { joins, offline }: Member) => {
  const returns = [joins, ...offline.map(({ to }) => to)].map((since) => START + since)
  return (sight: Sight): Seconds | undefined => {
    let next = earlier(anyDeadline(sight), wakesAt?.(sight))
    for (const time of returns) if (time > sight.now) next = earlier(next, time)
    return next
  }
}

/** All accounts of a member. */
const accountsOf = (member: Member): readonly string[] =>
  Array.from({ length: member.count }, (_, number) =>
    accountNames(member, number, member.strategy.accounts ?? 1),
  ).flat()

interface Populated {
  readonly agents: readonly Agent[]
  /** By the name of an account: the member of the cast that it belongs to. */
  readonly members: ReadonlyMap<string, Member>
}

const populate = (simulation: Simulation, tower: Tower, parameters: Parameters, seed: string): Populated => {
  const { cast, compute, costs } = simulation
  const addressOf = addressesOf(seed)
  const withheld = new Set<Address>()
  const delegatorsOf = (name: string): readonly Address[] =>
    cast.flatMap((member) => (delegateOf(member) !== name ? [] : accountsOf(member).map(addressOf)))
  const agents: Agent[] = []
  const members = new Map<string, Member>()
  for (const member of cast)
    for (let number = 0; number < member.count; number++) {
      const names = accountNames(member, number, member.strategy.accounts ?? 1)
      const benches = names.map(() => new Workbench(compute))
      const stages = names.map((name, i): Stage => {
        const address = addressOf(name)
        if (member.strategy.withholds === true) withheld.add(address)
        return {
          name,
          address,
          tower,
          parameters,
          compute,
          cheatGainWei: costs.cheatGainWei,
          chance: (purpose) => chanceOf(seed, name, purpose),
          runs: new Map(),
          mark: () => 1 + chanceOf(seed, name, 'mark').below(NOWHERE_MARK - 1),
          looksAt: (task) => benches[i]!.infer(task),
          delegators: member.role === 'delegate' ? delegatorsOf(member.name) : [],
          addressesOf: (member) =>
            [...members.keys()].filter((account) => isOf(member, account)).map(addressOf),
          isWithheld: (server) => withheld.has(server),
        }
      })
      for (const [i, behaviour] of member.strategy.play(member.options, stages).entries()) {
        const stage = stages[i]!
        agents.push(agentOf(stage, benches[i]!, member, behaviour))
        members.set(stage.name, member)
      }
    }
  return { agents: [...agents, requesterOf(simulation, tower, parameters, addressOf(REQUESTER))], members }
}

const termsOf = (
  { chain, untilSeconds, parameters }: Simulation,
  chance: Chance,
  hashOf: (block: number) => Hash,
): Terms => ({
  startTime: START,
  endTime: START + untilSeconds,
  blockSeconds: chain.blockSeconds,
  blockGas: chain.blockGas,
  load: chain.load,
  baseFee: feeOf(chain),
  inclusionSeconds: chain.inclusionSeconds,
  isCensored: (sender, time) =>
    chain.censorship.some(
      ({ actor, from, to }) => isOf(actor, sender) && time - START >= from && time - START < to,
    ),
  reorganisations: chain.reorgs,
  gasOf: gasTable(parameters.arity),
  hashOf,
  chance,
  callsNeeded: honestCalls(parameters.mostMoves),
})

/** A run as it was played, with who was who. */
export interface PlayedRun extends Played {
  readonly seed: number
  readonly members: ReadonlyMap<string, Member>
  readonly start: ServiceState
  /** What all accounts had at the start. */
  readonly fundsWei: Wei
  /** By which it is known what is true. */
  readonly tower: Tower
}

/** A run before its first block. */
export interface StagedRun extends Pick<PlayedRun, 'seed' | 'members' | 'start' | 'fundsWei' | 'tower'> {
  readonly agents: readonly Agent[]
  readonly terms: Terms
}

/** The hash of a modelled block. */
const modelledHash =
  (seed: number) =>
  (block: number): Hash =>
    keccak(label(`opml simulated block ${seed}`), bigEndian(block, 6))

/**
 * Whoever plays a run of a simulation, and in what world: its seed decides everything that is left to chance.
 *
 * @param minedHash hashes of a chain's own blocks; the seed decides those that it does not have
 */
export const staged = (
  simulation: Simulation,
  seed: number,
  minedHash: (block: number) => Hash | undefined = () => undefined,
): StagedRun => {
  const { parameters } = simulation
  const tower = simulation.tower.raise()
  // Spelt once: it stands in every label of chance.
  const spelt = String(seed)
  const { agents, members } = populate(simulation, tower, parameters, spelt)
  const modelled = modelledHash(seed)
  const terms = termsOf(
    simulation,
    chanceOf(spelt, 'chain', 'blocks'),
    (block) => minedHash(block) ?? modelled(block),
  )
  const fundsWei = agents.reduce((sum, agent) => sum + agent.fundsWei, 0n)
  return { seed, members, start: tower.deployed(parameters), fundsWei, tower, agents, terms }
}

/** Plays one run of a simulation. */
export const playCast = (simulation: Simulation, seed: number): PlayedRun => {
  const { agents, terms, members, start, fundsWei, tower } = staged(simulation, seed)
  const { state, journal, accounts, workSeconds, waitSeconds, endTime } = simulate(start, agents, terms)
  return {
    state,
    journal,
    accounts,
    workSeconds,
    waitSeconds,
    endTime,
    seed,
    members,
    start,
    fundsWei,
    tower,
  }
}
