import type { Hash } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Block, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Intent } from '../../spec/strategies/sight.ts'
import { type BaseFee, backgroundGas } from '../chain/fees.ts'
import { paidGwei, select, type Waiting } from '../chain/pool.ts'
import type { Chance } from '../chance.ts'
import type { Agent } from './agent.ts'
import type { SimulatedCall, SimulatedEntry } from './journal.ts'
import { EventQueue } from './queue.ts'

/** The world that a run is played in. */
export interface Terms {
  readonly startTime: Seconds
  /** Nothing happens any more from then on. */
  readonly endTime: Seconds
  readonly blockSeconds: Seconds
  readonly blockGas: number
  /** Share of the blocks that others use. */
  readonly load: number
  readonly baseFee: BaseFee
  /** From when proposers have a call to the earliest block that may hold it. */
  readonly inclusionSeconds: Seconds
  readonly isCensored: (sender: string, time: Seconds) => boolean
  /** Every so many seconds the last `depth` blocks are replaced. */
  readonly reorganisations: { readonly every: Seconds; readonly depth: number } | undefined
  readonly gasOf: (call: Intent['call']) => number
  /** The hash of the block with this number: what draws are made by. */
  readonly hashOf: (block: number) => Hash
  /** Decides others' use of the blocks, and what becomes of the calls of a replaced block. */
  readonly chance: Chance
}

export interface Account {
  readonly balanceWei: Wei
  readonly gasWei: Wei
}

export interface Played {
  readonly state: ServiceState
  readonly journal: readonly SimulatedEntry[]
  readonly accounts: ReadonlyMap<string, Account>
  /** Seconds that each agent's machine was at work. */
  readonly workSeconds: ReadonlyMap<string, Seconds>
  readonly endTime: Seconds
}

/** Blocks whose hashes a call can still ask for. */
const KNOWN_HASHES = 256

/** A block, with the hashes of those earlier ones that a call can want: that closed a round. */
const blockOf = (number: number, { rounds }: ServiceState, hashOf: Terms['hashOf']): Block => {
  const hashes = new Map<number, Hash>()
  for (const { closedIn, randomness } of rounds.values())
    if (randomness === undefined && closedIn < number && closedIn >= number - KNOWN_HASHES)
      hashes.set(closedIn, hashOf(closedIn))
  return { number, hashes }
}

interface Sent {
  readonly agent: Agent
  readonly intent: Intent
}

/** What the chain was behind a block: enough to go back to it. */
interface Head {
  readonly block: number
  readonly time: Seconds
  readonly state: ServiceState
  readonly accounts: ReadonlyMap<string, Account>
  /** What the block itself held. */
  readonly included: readonly Waiting<Sent>[]
  /** Calls of all blocks up to this one. */
  readonly calls: readonly SimulatedCall[]
}

type Event =
  | { readonly kind: 'Ask'; readonly agent: Agent }
  | { readonly kind: 'Send'; readonly sent: Sent }
  | { readonly kind: 'Block' }
  | { readonly kind: 'Reorganise' }

/**
 * The last call that an agent tried on a state, and what came of it: where nothing came between, it comes to the same in
 * its block.
 */
interface Tried {
  readonly state: ServiceState
  readonly time: Seconds
  readonly result: ReturnType<typeof applyCall>
}

/** What a call is about: two calls of one matter are the same thing said again. */
const matterOf = ({ call }: Intent): string =>
  [
    call.kind,
    ...(['taskId', 'claimId', 'disputeId', 'sealId', 'nonce'] as const).flatMap((key) =>
      key in call ? String((call as unknown as Record<string, unknown>)[key]) : [],
    ),
  ].join(' ')

const GWEI = 10 ** 9
/** Blocks that can still be replaced. */
const KEPT_HEADS = 64

/**
 * Plays a run to its end: until nobody has anything to do any more, or the time is over. Its law is the specification:
 * a call changes what `applyCall` says, when its block is made.
 */
export const simulate = (start: ServiceState, agents: readonly Agent[], terms: Terms): Played =>
  new Run(start, agents, terms).play()

class Run {
  readonly #agents: readonly Agent[]
  readonly #terms: Terms
  readonly #events = new EventQueue<Event>()
  readonly #journal: SimulatedEntry[] = []
  readonly #heads: Head[]
  /** By agent: what it has said and no block has held yet, in the order of saying. */
  readonly #unsettled = new Map<Agent, Sent[]>()
  /** By agent: until when its machine is at work. */
  readonly #busyUntil = new Map<Agent, Seconds>()
  /** By agent: the times at which it is to be asked, so that it is asked once for each. */
  readonly #asked = new Map<Agent, Set<Seconds>>()
  readonly #work = new Map<string, Seconds>()
  readonly #tried = new Map<Intent, Tried>()
  /** By agent: what it could not pay for, with what it had then. */
  readonly #unpayable = new Map<Agent, Map<string, Wei>>()
  #pool: readonly Waiting<Sent>[] = []
  #fee: BaseFee
  #sequence = 0
  #feeBlock = 0
  #isBlockDue = false
  #now: Seconds

  constructor(start: ServiceState, agents: readonly Agent[], terms: Terms) {
    this.#agents = agents
    this.#terms = terms
    this.#fee = terms.baseFee
    this.#now = terms.startTime
    const accounts = new Map(agents.map(({ name, fundsWei }) => [name, { balanceWei: fundsWei, gasWei: 0n }]))
    this.#heads = [{ block: 0, time: terms.startTime, state: start, accounts, included: [], calls: [] }]
  }

  get #head(): Head {
    return this.#heads.at(-1)!
  }

  play(): Played {
    const { startTime, endTime, reorganisations } = this.#terms
    for (const agent of this.#agents) this.#askAt(agent, startTime)
    if (reorganisations !== undefined)
      this.#events.add(startTime + reorganisations.every, { kind: 'Reorganise' })
    for (let next = this.#events.take(); next !== undefined; next = this.#events.take()) {
      if (next.time > endTime) break
      this.#now = next.time
      this.#happen(next.event)
    }
    const { state, accounts } = this.#head
    return { state, journal: this.#journal, accounts, workSeconds: this.#work, endTime: this.#now }
  }

  #happen(event: Event): void {
    switch (event.kind) {
      case 'Ask':
        this.#ask(event.agent)
        return
      case 'Send':
        this.#send(event.sent)
        return
      case 'Block':
        this.#makeBlock()
        return
      case 'Reorganise':
        this.#reorganise()
        return
      default:
        event satisfies never
    }
  }

  #askAt(agent: Agent, time: Seconds): void {
    const times = this.#asked.get(agent) ?? new Set()
    if (times.has(time)) return
    this.#asked.set(agent, times.add(time))
    this.#events.add(time, { kind: 'Ask', agent })
  }

  /** The first block that a call can stand in that proposers have at `time`. */
  #blockTimeFrom(time: Seconds): Seconds {
    const { startTime, blockSeconds } = this.#terms
    return startTime + Math.max(1, Math.ceil((time - startTime) / blockSeconds)) * blockSeconds
  }

  #blockAt(time: Seconds): number {
    const { startTime, blockSeconds } = this.#terms
    return Math.round((time - startTime) / blockSeconds)
  }

  /** What an agent's calls are before a block holds them: itself, as it expects the chain to become. */
  #expected(agent: Agent, time: Seconds): ServiceState {
    let { state } = this.#head
    for (const { intent } of this.#unsettled.get(agent) ?? []) {
      const result = this.#apply(state, agent, intent, time)
      if (result.ok) state = result.value.state
    }
    return state
  }

  #availableWei(agent: Agent): Wei {
    const unsettled = this.#unsettled.get(agent) ?? []
    return unsettled.reduce(
      (left, { intent }) => left - intent.valueWei,
      this.#head.accounts.get(agent.name)!.balanceWei,
    )
  }

  #apply(state: ServiceState, agent: Agent, intent: Intent, time: Seconds): Tried['result'] {
    const known = this.#tried.get(intent)
    if (known?.state === state && known.time === time) return known.result
    const block = blockOf(this.#blockAt(time), state, this.#terms.hashOf)
    const context: Context = { sender: agent.address, valueWei: intent.valueWei, now: time, block }
    const result = applyCall(state, intent.call, context)
    this.#tried.set(intent, { state, time, result })
    return result
  }

  /** Asks an agent until it is silent. What it says it computes first, one thing after the other. */
  #ask(agent: Agent): void {
    this.#asked.get(agent)?.delete(this.#now)
    const { inclusionSeconds } = this.#terms
    if (!agent.isOnline(this.#now)) return
    const now = this.#blockTimeFrom(this.#now + agent.latencySeconds + inclusionSeconds)
    const block = this.#blockAt(now)
    const { calls } = this.#head
    let state = this.#expected(agent, now)
    for (;;) {
      const intent = agent.act({ state, now, block, calls, balanceWei: this.#availableWei(agent) })
      if (intent === undefined) break
      const sent = { agent, intent }
      const result = this.#apply(state, agent, intent, now)
      // What would be refused is not sent: a client asks first. Asking on would bring the same again.
      if (!result.ok) break
      // What it could not pay for it says again when it has something else.
      const had = this.#unpayable.get(agent)?.get(matterOf(intent))
      if (had !== undefined && had === this.#head.accounts.get(agent.name)!.balanceWei) break
      state = result.value.state
      this.#unsettled.set(agent, [...(this.#unsettled.get(agent) ?? []), sent])
      const free = Math.max(this.#now, this.#busyUntil.get(agent) ?? 0)
      const work = agent.workSeconds(intent, state)
      this.#work.set(agent.name, (this.#work.get(agent.name) ?? 0) + work)
      const ready = free + work
      this.#busyUntil.set(agent, ready)
      this.#events.add(ready, { kind: 'Send', sent })
    }
    const wake = agent.wakesAt({ state, now, block, calls, balanceWei: this.#availableWei(agent) })
    if (wake !== undefined) this.#askAt(agent, Math.max(this.#now + 1, wake - (now - this.#now)))
  }

  #send(sent: Sent): void {
    const { agent, intent } = sent
    const visibleAt = this.#now + agent.latencySeconds + this.#terms.inclusionSeconds
    const waiting: Waiting<Sent> = {
      sender: agent.name,
      payload: sent,
      gas: this.#terms.gasOf(intent.call),
      tipGwei: agent.tipGwei,
      maxFeeGwei: Number.POSITIVE_INFINITY,
      visibleAt,
      sequence: this.#sequence++,
    }
    this.#pool = [...this.#pool, waiting]
    this.#wantBlockAt(this.#blockTimeFrom(visibleAt))
  }

  #wantBlockAt(time: Seconds): void {
    if (this.#isBlockDue) return
    this.#isBlockDue = true
    this.#events.add(Math.max(time, this.#head.time + this.#terms.blockSeconds), { kind: 'Block' })
  }

  /**
   * The base fee of the block with this number, and the gas that others leave in it. The fee remembers every block since
   * the last of ours, those that nobody of ours used too.
   */
  #marketAt(block: number): { readonly gwei: number; readonly gas: number } {
    const { load, blockGas, chance } = this.#terms
    if (!this.#fee.isConstant)
      for (let idle = this.#feeBlock + 1; idle < block; idle++)
        this.#fee = this.#fee.after(backgroundGas(load, blockGas, chance))
    this.#feeBlock = block
    return { gwei: this.#fee.gwei, gas: blockGas - backgroundGas(load, blockGas, chance) }
  }

  #makeBlock(): void {
    const { blockSeconds, blockGas, isCensored } = this.#terms
    this.#isBlockDue = false
    const [time, block] = [this.#now, this.#blockAt(this.#now)]
    const { gwei, gas } = this.#marketAt(block)
    const { included, left } = select(this.#pool, {
      time,
      baseFeeGwei: gwei,
      gas,
      isCensored: (sender) => isCensored(sender, time),
    })
    this.#pool = left
    const first = this.#journal.length
    let { state, accounts } = this.#head
    let used = blockGas - gas
    for (const waiting of included) {
      const settled = this.#settle(waiting, state, accounts, block, paidGwei(waiting, gwei))
      state = settled.state
      accounts = settled.accounts
      used += waiting.gas
    }
    this.#fee = this.#fee.after(used)
    if (included.length > 0) {
      const calls = this.#journal.slice(first).filter((entry) => entry.kind === 'Call')
      this.#heads.push({ block, time, state, accounts, included, calls: [...this.#head.calls, ...calls] })
      if (this.#heads.length > KEPT_HEADS) this.#heads.shift()
      for (const agent of this.#agents) this.#askAt(agent, time + agent.latencySeconds)
    }
    if (left.length > 0) {
      const earliest = left.reduce(
        (least, { visibleAt }) => Math.min(least, visibleAt),
        Number.POSITIVE_INFINITY,
      )
      this.#wantBlockAt(Math.max(time + blockSeconds, this.#blockTimeFrom(earliest)))
    }
  }

  /** A call in its block: paid for, applied, written down. */
  #settle(
    { payload, gas }: Waiting<Sent>,
    state: ServiceState,
    accounts: ReadonlyMap<string, Account>,
    block: number,
    gwei: number,
  ): { readonly state: ServiceState; readonly accounts: ReadonlyMap<string, Account> } {
    const { agent, intent } = payload
    const { call, valueWei } = intent
    this.#unsettled.set(
      agent,
      (this.#unsettled.get(agent) ?? []).filter((other) => other !== payload),
    )
    const gasWei = BigInt(Math.round(gas * gwei * GWEI))
    const account = accounts.get(agent.name)!
    const entry = {
      kind: 'Call',
      block,
      time: this.#now,
      actor: agent.name,
      sender: agent.address,
      call,
      valueWei,
      gas,
    } as const
    const note = (
      outcome: SimulatedCall['outcome'],
      after: ServiceState,
      paid: { readonly gasWei: Wei; readonly paidWei: Wei },
    ) => this.#journal.push({ ...entry, outcome, after, ...paid })
    // A proposer takes no call whose sender cannot pay for it.
    if (account.balanceWei < valueWei + gasWei) {
      const unpayable = this.#unpayable.get(agent) ?? new Map<string, Wei>()
      this.#unpayable.set(agent, unpayable.set(matterOf(intent), account.balanceWei))
      note('InsufficientFunds', state, { gasWei: 0n, paidWei: 0n })
      return { state, accounts }
    }
    const result = this.#apply(state, agent, intent, this.#now)
    this.#tried.delete(intent)
    const paidWei = result.ok ? result.value.paidWei : 0n
    const after = result.ok ? result.value.state : state
    note(result.ok ? 'accepted' : result.rejection.reason, after, { gasWei, paidWei })
    const moved = result.ok ? paidWei - valueWei : 0n
    const changed = {
      balanceWei: account.balanceWei - gasWei + moved,
      gasWei: account.gasWei + gasWei,
    }
    return {
      state: after,
      accounts: new Map(accounts).set(agent.name, changed),
    }
  }

  /**
   * The last blocks are replaced by empty ones. Of their calls each is back in the pool, dropped for good (its sender
   * sees that, and says it again where it still wants to), or there twice.
   */
  #reorganise(): void {
    const { every, depth } = this.#terms.reorganisations!
    const { blockSeconds, chance, endTime } = this.#terms
    // A world in which nothing happens any more ends.
    if (this.#events.size > 0 || this.#pool.length > 0) {
      if (this.#now + every <= endTime) this.#events.add(this.#now + every, { kind: 'Reorganise' })
    }
    const oldest = this.#now - depth * blockSeconds
    const undone: Head[] = []
    while (this.#heads.length > 1 && this.#head.time > oldest) undone.unshift(this.#heads.pop()!)
    if (undone.length === 0) return
    this.#journal.push({ kind: 'Reorganisation', time: this.#now, from: undone[0]!.block, depth })
    for (const waiting of undone.flatMap(({ included }) => included)) {
      const copies = chance.below(3)
      for (let i = 0; i < copies; i++) this.#back(waiting)
    }
    for (const agent of this.#agents) this.#askAt(agent, this.#now + agent.latencySeconds)
  }

  #back(waiting: Waiting<Sent>): void {
    const { agent } = waiting.payload
    this.#unsettled.set(agent, [...(this.#unsettled.get(agent) ?? []), waiting.payload])
    this.#pool = [...this.#pool, { ...waiting, sequence: this.#sequence++ }]
    this.#wantBlockAt(this.#blockTimeFrom(this.#now))
  }
}
