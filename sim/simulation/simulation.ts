import type { Seconds } from '../../spec/game/clocks.ts'
import { applyShaped } from '../../spec/service/apply.ts'
import type { Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Intent } from '../../spec/strategies/sight.ts'
import { purchase, raisedTipGwei } from '../chain/auction.ts'
import { type BaseFee, backgroundGas } from '../chain/fees.ts'
import { paidGwei, select, type Waiting } from '../chain/pool.ts'
import type { Agent, Pending, Sight } from './agent.ts'
import type { SimulatedCall, SimulatedEntry } from './journal.ts'
import { EventQueue } from './queue.ts'
import { type Account, blockOf, type Head, matterOf, type Played, type Sent, type Terms } from './world.ts'

type Event =
  | { readonly kind: 'Ask'; readonly agent: Agent }
  | { readonly kind: 'Send'; readonly sent: Sent }
  | { readonly kind: 'Block' }
  | { readonly kind: 'Reorganise'; readonly by: Agent | undefined }

/** Something has happened that it may see, or it has asked for it. */
type Reason = 'news' | 'wake'

/**
 * The last call that an agent tried on a state, and what came of it: where nothing came between, it comes to the same in
 * its block.
 */
interface Tried {
  readonly state: ServiceState
  readonly time: Seconds
  readonly result: ReturnType<typeof applyShaped>
}

const NOTHING: readonly Pending[] = []
const NOBODY: ReadonlySet<string> = new Set()

const GWEI = 10 ** 9
/** Blocks that can still be replaced. */
const KEPT_HEADS = 64

/**
 * Plays a run to its end: until nobody has anything to do any more, or the time is over. Its law is the specification:
 * a call changes what `applyCall` says, when its block is made. (All calls are made here, so that their shape is known.)
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
  /** By agent: the times at which it is to be asked, so that it is asked once for each, and why. */
  readonly #asked = new Map<Agent, { readonly time: Seconds; reason: Reason }[]>()
  /** By agent: when it wants to be asked though nothing has happened, as it said last. */
  readonly #wakes = new Map<Agent, Seconds>()
  readonly #work = new Map<string, Seconds>()
  readonly #tried = new Map<Intent, Tried>()
  /** By agent: what it could not pay for, with what it had then. */
  readonly #unpayable = new Map<Agent, Map<string, Wei>>()
  /** By agent: since when it wants to say what a replaced block held and nobody sent again. */
  readonly #dropped = new Map<Agent, Map<string, Seconds>>()
  readonly #waits = new Map<string, Seconds>()
  /** By name: calls that somebody whose calls are kept out can still need. */
  readonly #besieged = new Map<string, number>()
  readonly #watchers: readonly Agent[]
  readonly #buyers: readonly Agent[]
  #reorganisationsAhead = 0
  #pool: readonly Waiting<Sent>[] = []
  #fee: BaseFee
  #sequence = 0
  #feeBlock = 0
  /** When the next block is made; undefined where nobody wants one. */
  #blockDue: Seconds | undefined
  #now: Seconds

  constructor(start: ServiceState, agents: readonly Agent[], terms: Terms) {
    this.#agents = agents
    this.#terms = terms
    this.#fee = terms.baseFee
    this.#now = terms.startTime
    this.#watchers = agents.filter(({ powers }) => powers.watchesPool)
    this.#buyers = agents.filter(({ powers }) => powers.buysBlocks !== undefined)
    const accounts = new Map(
      agents.map(({ name, fundsWei }) => [name, { balanceWei: fundsWei, gasWei: 0n, bidWei: 0n }]),
    )
    this.#heads = [{ block: 0, time: terms.startTime, state: start, accounts, included: [], calls: [] }]
  }

  get #head(): Head {
    return this.#heads.at(-1)!
  }

  play(): Played {
    const { startTime, endTime, reorganisations } = this.#terms
    for (const agent of this.#agents) this.#askAt(agent, startTime)
    for (const by of [undefined, ...this.#agents.filter(({ powers }) => powers.reorganises)]) {
      const every = by === undefined ? reorganisations?.every : by.powers.reorganises!.every
      if (every !== undefined) this.#reorganiseAt(startTime + every, by)
    }
    for (let next = this.#events.take(); next !== undefined; next = this.#events.take()) {
      if (next.time > endTime) break
      this.#now = next.time
      this.#happen(next.event)
    }
    for (const waiting of this.#pool) this.#noteWait(waiting)
    const { state, accounts } = this.#head
    return {
      state,
      journal: this.#journal,
      accounts,
      workSeconds: this.#work,
      waitSeconds: this.#waits,
      endTime: this.#now,
    }
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
        // One that is wanted earlier comes in its place.
        if (this.#blockDue === this.#now) this.#makeBlock()
        return
      case 'Reorganise':
        this.#reorganise(event.by)
        return
      default:
        event satisfies never
    }
  }

  #askAt(agent: Agent, time: Seconds, reason: Reason = 'news'): void {
    let asked = this.#asked.get(agent)
    if (asked === undefined) {
      asked = []
      this.#asked.set(agent, asked)
    }
    const before = asked.find((other) => other.time === time)
    if (before !== undefined) {
      if (reason === 'news') before.reason = 'news'
      return
    }
    asked.push({ time, reason })
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

  #sightOf(agent: Agent, view: Pick<Sight, 'state' | 'now' | 'block'>): Sight {
    return {
      ...view,
      calls: this.#head.calls,
      balanceWei: this.#availableWei(agent),
      pending: this.#pendingFor(agent),
    }
  }

  #pendingFor(agent: Agent): readonly Pending[] {
    if (agent.powers.watchesPool === undefined) return NOTHING
    return this.#pool.flatMap(({ payload, tipGwei }) => {
      const { address: sender } = payload.agent
      return payload.agent === agent ? [] : [{ sender, tipGwei, ...payload.intent }]
    })
  }

  /** A call has waited until now. */
  #noteWait({ payload, sentAt }: Waiting<Sent>): void {
    const { name, latencySeconds } = payload.agent
    const wait = this.#now - sentAt + latencySeconds
    if (wait > (this.#waits.get(name) ?? 0)) this.#waits.set(name, wait)
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
    const result = applyShaped(state, intent.call, context)
    this.#tried.set(intent, { state, time, result })
    return result
  }

  /** What a move takes to compute, behind all that the agent has looked at until now. */
  #moveSeconds(agent: Agent, intent: Intent, state: ServiceState): Seconds {
    this.#computes(agent, agent.workSeconds(undefined, state))
    return agent.workSeconds(intent, state)
  }

  /**
   * What will come of a call. Of a move, most of the calls, in the block that will hold it once it is computed: as it
   * mostly does, nothing need be applied again there. Else, and of all others, where it would stand if it were sent now.
   */
  #expect(
    state: ServiceState,
    { agent, intent }: Sent,
    now: Seconds,
    move: Seconds | undefined,
  ): Tried['result'] {
    if (move !== undefined) {
      const then = this.#blockTimeFrom(this.#freeAt(agent) + move + this.#wayOf(agent))
      const result = this.#apply(state, agent, intent, then)
      if (result.ok || then === now) return result
    }
    return this.#apply(state, agent, intent, now)
  }

  /** Why an agent is to be asked now, once; undefined where nobody wanted that before. */
  #reasonOf(agent: Agent): Reason | undefined {
    const asked = this.#asked.get(agent) ?? []
    const index = asked.findIndex(({ time }) => time === this.#now)
    if (index < 0) return undefined
    const { reason } = asked[index]!
    // Their order says nothing: the last takes the place.
    asked[index] = asked.at(-1)!
    asked.pop()
    return reason
  }

  /** Asks an agent until it is silent. What it says it computes first, one thing after the other. */
  #ask(agent: Agent): void {
    // It has said another time since, when it had seen more.
    if (this.#reasonOf(agent) === 'wake' && this.#wakes.get(agent) !== this.#now) return
    const isOnline = agent.isOnline(this.#now)
    // Whoever is away says nothing, so that nothing stands in a later block; it is asked again when it is back.
    const now = isOnline ? this.#blockTimeFrom(this.#now + this.#wayOf(agent)) : this.#now
    const block = this.#blockAt(now)
    let state = this.#expected(agent, now)
    while (isOnline) {
      const intent = agent.act(this.#sightOf(agent, { state, now, block }))
      if (intent === undefined) break
      // What it could not pay for it says again when it has something else.
      const had = this.#unpayable.get(agent)?.get(matterOf(intent))
      if (had !== undefined && had === this.#head.accounts.get(agent.name)!.balanceWei) break
      const sent = { agent, intent }
      const move = intent.call.kind === 'Move' ? this.#moveSeconds(agent, intent, state) : undefined
      const result = this.#expect(state, sent, now, move)
      // What would be refused is not sent: a client asks first. Asking on would bring the same again.
      if (!result.ok) break
      state = result.value.state
      this.#unsettled.set(agent, [...(this.#unsettled.get(agent) ?? []), sent])
      const ready = this.#readyAt(agent, intent, move, state)
      // Whoever sits with the proposer has its say before the block is closed.
      if (agent.powers.watchesPool && ready === this.#now) this.#send(sent)
      else this.#events.add(ready, { kind: 'Send', sent })
    }
    this.#computes(agent, agent.workSeconds(undefined, state))
    const wake = agent.wakesAt(this.#sightOf(agent, { state, now, block }))
    if (wake === undefined) this.#wakes.delete(agent)
    else {
      const time = Math.max(this.#now + 1, wake - (now - this.#now))
      this.#wakes.set(agent, time)
      this.#askAt(agent, time, 'wake')
    }
  }

  /** When a call is worked out. What was sealed is at hand: its reveal has a time to keep, and waits for no machine. */
  #readyAt(agent: Agent, intent: Intent, move: Seconds | undefined, state: ServiceState): Seconds {
    if (intent.call.kind === 'Reveal') return this.#now
    return this.#computes(agent, move ?? agent.workSeconds(intent, state))
  }

  /** From sending a call to when proposers have it; whoever looks at the pool sits with them. */
  #wayOf({ latencySeconds, powers }: Agent): Seconds {
    return powers.watchesPool ? 0 : latencySeconds + this.#terms.inclusionSeconds
  }

  /** From when on an agent's machine has nothing to do. */
  #freeAt(agent: Agent): Seconds {
    return Math.max(this.#now, this.#busyUntil.get(agent) ?? 0)
  }

  /** An agent's machine is at work on what it says, or on what it says nothing about. @returns when that is done */
  #computes(agent: Agent, seconds: Seconds): Seconds {
    const free = this.#freeAt(agent)
    if (seconds === 0) return free
    this.#work.set(agent.name, (this.#work.get(agent.name) ?? 0) + seconds)
    this.#busyUntil.set(agent, free + seconds)
    return free + seconds
  }

  #send(sent: Sent): void {
    const { agent, intent } = sent
    const visibleAt = this.#now + this.#wayOf(agent)
    const gas = this.#terms.gasOf(intent.call)
    const waiting: Waiting<Sent> = {
      sender: agent.name,
      payload: sent,
      gas,
      tipGwei: intent.tipGwei ?? this.#tipOf(agent, gas),
      maxFeeGwei: Number.POSITIVE_INFINITY,
      sentAt: this.#firstSentAt(sent),
      visibleAt,
      sequence: this.#sequence++,
    }
    this.#pool = [...this.#pool, waiting]
    this.#wantBlockAt(this.#blockTimeFrom(visibleAt))
  }

  /** When this was said first, where a replaced block held it and it was lost. */
  #firstSentAt({ agent, intent }: Sent): Seconds {
    const lost = this.#dropped.get(agent)
    if (lost === undefined) return this.#now
    const matter = matterOf(intent)
    const first = lost.get(matter)
    lost.delete(matter)
    return first ?? this.#now
  }

  /** What an agent pays: its usual tip or, where its calls were kept out of blocks, what it bids back. */
  #tipOf(agent: Agent, gas: number): number {
    const { tipGwei, name, bidsWei } = agent
    const calls = this.#besieged.get(name)
    if (calls === undefined) return tipGwei
    const spendableWei = this.#availableWei(agent)
    const unspentWei = bidsWei - this.#head.accounts.get(name)!.bidWei
    const leftWei = unspentWei < spendableWei ? unspentWei : spendableWei
    return raisedTipGwei({ leftWei, calls, tipGwei }, gas)
  }

  /**
   * Blocks go to whoever bids most: what would stand in this one, where somebody buys it against some of that.
   *
   * @returns senders whose calls are kept out, and the accounts behind the payment
   */
  #sell(
    standing: readonly Waiting<Sent>[],
    block: number,
  ): Pick<Head, 'accounts'> & { readonly kept: ReadonlySet<string> } {
    let { accounts } = this.#head
    const kept = new Set<string>()
    for (const { name, powers } of this.#buyers) {
      const { from, budgetWei } = powers.buysBlocks!
      const account = accounts.get(name)!
      const unspentWei = budgetWei - account.bidWei
      const leftWei = unspentWei < account.balanceWei ? unspentWei : account.balanceWei
      const bought = purchase(
        standing.filter(({ sender }) => !kept.has(sender)),
        { from, leftWei },
      )
      if (bought === undefined) continue
      const { victims, paidWei } = bought
      accounts = new Map(accounts).set(name, {
        balanceWei: account.balanceWei - paidWei,
        gasWei: account.gasWei + paidWei,
        bidWei: account.bidWei + paidWei,
      })
      this.#journal.push({ kind: 'Bid', block, time: this.#now, actor: name, victims, paidWei })
      for (const victim of victims) kept.add(victim)
    }
    return { kept, accounts }
  }

  /** Whoever was kept out bids back from the next block on. */
  #raiseTips(kept: ReadonlySet<string>): void {
    for (const name of kept) if (!this.#besieged.has(name)) this.#besieged.set(name, this.#terms.callsNeeded)
    this.#pool = this.#pool.map((waiting) =>
      kept.has(waiting.sender)
        ? { ...waiting, tipGwei: this.#tipOf(waiting.payload.agent, waiting.gas) }
        : waiting,
    )
  }

  #wantBlockAt(time: Seconds): void {
    const due = Math.max(time, this.#head.time + this.#terms.blockSeconds)
    if (this.#blockDue !== undefined && this.#blockDue <= due) return
    this.#blockDue = due
    this.#events.add(due, { kind: 'Block' })
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
    for (const watcher of this.#watchers) this.#ask(watcher)
    this.#blockDue = undefined
    const time = this.#now
    const block = this.#blockAt(time)
    const { gwei, gas } = this.#marketAt(block)
    const first = this.#journal.length
    const selected = (kept: ReadonlySet<string>) =>
      select(this.#pool, {
        time,
        baseFeeGwei: gwei,
        gas,
        isCensored: (sender) => kept.has(sender) || isCensored(sender, time),
      })
    const standing = selected(NOBODY)
    const sold = this.#sell(standing.included, block)
    const { included, left } = sold.kept.size === 0 ? standing : selected(sold.kept)
    this.#pool = left
    let { state } = this.#head
    let { accounts } = sold
    let used = blockGas - gas
    for (const waiting of included) {
      const settled = this.#settle(waiting, state, accounts, block, paidGwei(waiting, gwei))
      state = settled.state
      accounts = settled.accounts
      used += waiting.gas
    }
    this.#fee = this.#fee.after(used)
    if (included.length > 0 || sold.kept.size > 0) {
      const calls = this.#journal.slice(first).filter((entry) => entry.kind === 'Call')
      this.#heads.push({ block, time, state, accounts, included, calls: [...this.#head.calls, ...calls] })
      if (this.#heads.length > KEPT_HEADS) this.#heads.shift()
      for (const agent of this.#agents) this.#askAt(agent, time + agent.latencySeconds)
    }
    this.#raiseTips(sold.kept)
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
    waiting: Waiting<Sent>,
    state: ServiceState,
    accounts: ReadonlyMap<string, Account>,
    block: number,
    gwei: number,
  ): { readonly state: ServiceState; readonly accounts: ReadonlyMap<string, Account> } {
    const { payload, gas } = waiting
    const { agent, intent } = payload
    const { call, valueWei } = intent
    this.#noteWait(waiting)
    const needed = this.#besieged.get(agent.name)
    if (needed !== undefined) this.#besieged.set(agent.name, Math.max(1, needed - 1))
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
    const raised = needed === undefined ? 0 : Math.max(0, waiting.tipGwei - agent.tipGwei)
    const changed = {
      balanceWei: account.balanceWei - gasWei + moved,
      gasWei: account.gasWei + gasWei,
      bidWei: account.bidWei + BigInt(Math.round(gas * raised * GWEI)),
    }
    return {
      state: after,
      accounts: new Map(accounts).set(agent.name, changed),
    }
  }

  #reorganiseAt(time: Seconds, by: Agent | undefined): void {
    if (time > this.#terms.endTime) return
    this.#reorganisationsAhead++
    this.#events.add(time, { kind: 'Reorganise', by })
  }

  /** The last blocks are replaced by empty ones: by chance, or by somebody who then decides what comes first. */
  #reorganise(by: Agent | undefined): void {
    const { every, depth } = by === undefined ? this.#terms.reorganisations! : by.powers.reorganises!
    this.#reorganisationsAhead--
    // A world in which nothing happens any more ends.
    if (this.#events.size > this.#reorganisationsAhead || this.#pool.length > 0)
      this.#reorganiseAt(this.#now + every, by)
    const oldest = this.#now - depth * this.#terms.blockSeconds
    const undone: Head[] = []
    while (this.#heads.length > 1 && this.#head.time > oldest) undone.unshift(this.#heads.pop()!)
    if (undone.length === 0) return
    const actor = by === undefined ? {} : { actor: by.name }
    this.#journal.push({ kind: 'Reorganisation', time: this.#now, from: undone[0]!.block, depth, ...actor })
    const calls = undone.flatMap(({ included }) => included)
    if (by === undefined) this.#scatter(calls)
    else this.#reorder(calls, by, depth)
    for (const agent of this.#agents) this.#askAt(agent, this.#now + agent.latencySeconds)
  }

  /**
   * Of the calls each is back in the pool, dropped for good (its sender sees that, and says it again where it still wants
   * to), or there twice.
   */
  #scatter(calls: readonly Waiting<Sent>[]): void {
    for (const waiting of calls) {
      const copies = this.#terms.chance.below(3)
      for (let i = 0; i < copies; i++) this.#back(waiting)
      if (copies > 0) continue
      const { agent, intent } = waiting.payload
      const lost = this.#dropped.get(agent) ?? new Map<string, Seconds>()
      this.#dropped.set(agent, lost.set(matterOf(intent), waiting.sentAt))
    }
  }

  /**
   * What is asked for stays where it was, behind it come the attacker's own calls, and everybody else's wait as many blocks
   * more as were replaced.
   */
  #reorder(calls: readonly Waiting<Sent>[], by: Agent, depth: number): void {
    const after = (blocks: number): Seconds => this.#now + blocks * this.#terms.blockSeconds
    for (const waiting of calls) {
      const { agent } = waiting.payload
      const visibleAt = agent.role === 'requester' ? after(0) : agent === by ? after(1) : after(1 + depth)
      // What somebody says twice by now it is heard with once.
      const matter = matterOf(waiting.payload.intent)
      const isThere = this.#pool.some(
        ({ payload }) => payload.agent === agent && matterOf(payload.intent) === matter,
      )
      if (!isThere) this.#back({ ...waiting, visibleAt })
    }
  }

  #back(waiting: Waiting<Sent>): void {
    const { agent } = waiting.payload
    this.#unsettled.set(agent, [...(this.#unsettled.get(agent) ?? []), waiting.payload])
    this.#pool = [...this.#pool, { ...waiting, sequence: this.#sequence++ }]
    this.#wantBlockAt(this.#blockTimeFrom(this.#now))
  }
}
