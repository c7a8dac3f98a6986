import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Result } from '../../spec/result.ts'
import type { Applied } from '../../spec/service/applied.ts'
import { applyShaped } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { concerns, type Intent } from '../../spec/strategies/sight.ts'
import { raisedTipGwei } from '../chain/auction.ts'
import { Market } from '../chain/market.ts'
import { firstVisibleAt, paidGwei, select, type Waiting } from '../chain/pool.ts'
import type { Agent, Pending, Sight } from './agent.ts'
import type { SimulatedCall, SimulatedEntry } from './journal.ts'
import { EventQueue } from './queue.ts'
import { reordered, scattered } from './reorganisations.ts'
import { sell } from './sale.ts'
import { type Asking, neighboursAmong, type Reason, Seat, type Sent } from './seat.ts'
import { type Account, blockOf, type Head, matterOf, type Played, type Terms } from './world.ts'

type Event =
  | Asking
  | { readonly kind: 'Send'; readonly sent: Sent }
  | { readonly kind: 'Block' }
  | { readonly kind: 'Reorganise'; readonly by: Seat | undefined }

const BLOCK: Event = { kind: 'Block' }

const NOTHING: readonly Pending[] = []
const NOBODY: ReadonlySet<string> = new Set()

/** Calls that take computing, and of which the block decides nothing but times: a seal's decides its round. */
const PLANNED: ReadonlySet<Call['kind']> = new Set(['Claim', 'Open', 'Move'])

const GWEI = 10 ** 9
/** Blocks that can still be replaced. */
const KEPT_HEADS = 64

/**
 * Plays a run to its end: until nobody has anything to do any more, or the time is over. Its law is the specification:
 * a call changes what `applyCall` says, when its block is made. (All calls are made here, so that their shape is known.)
 */
export const simulate = (start: ServiceState, agents: readonly Agent[], terms: Terms): Played =>
  new SimulatedRun(start, agents, terms).play()

/** A run, event by event. */
export class SimulatedRun {
  readonly #seats: readonly Seat[]
  readonly #terms: Terms
  readonly #events = new EventQueue<Event>()
  readonly #journal: SimulatedEntry[] = []
  readonly #heads: Head[]
  /** Of all blocks, as they stand. */
  readonly #calls: SimulatedCall[] = []
  readonly #work = new Map<string, Seconds>()
  readonly #waits = new Map<string, Seconds>()
  /** By name: calls that somebody whose calls are kept out can still need. */
  readonly #besieged = new Map<string, number>()
  readonly #market: Market
  /** All, together with those that are as far from the chain. */
  readonly #neighbours: readonly Asking[]
  readonly #watchers: readonly Seat[]
  readonly #buyers: readonly Seat[]
  #reorganisationsAhead = 0
  #pool: Waiting<Sent>[] = []
  #sequence = 0
  /** When the next block is made; undefined where nobody wants one. */
  #blockDue: Seconds | undefined
  #now: Seconds

  constructor(start: ServiceState, agents: readonly Agent[], terms: Terms) {
    this.#seats = agents.map((agent, index) => new Seat(agent, index))
    this.#terms = terms
    this.#market = new Market(terms)
    this.#now = terms.startTime
    this.#neighbours = neighboursAmong(this.#seats)
    this.#watchers = this.#seats.filter(({ agent }) => agent.powers.watchesPool)
    this.#buyers = this.#seats.filter(({ agent }) => agent.powers.buysBlocks !== undefined)
    const accounts = agents.map(({ fundsWei }) => ({ balanceWei: fundsWei, gasWei: 0n, bidWei: 0n }))
    this.#heads = [{ block: 0, time: terms.startTime, state: start, accounts, included: [] }]
    this.#begin()
  }

  #headNow(): Head {
    return this.#heads.at(-1)!
  }

  #accountOf(seat: Seat): Account {
    return this.#headNow().accounts[seat.index]!
  }

  #begin(): void {
    const { startTime, reorganisations } = this.#terms
    for (const seat of this.#seats) this.#askAt(seat, startTime)
    if (reorganisations !== undefined) this.#reorganiseAt(startTime + reorganisations.every, undefined)
    for (const seat of this.#seats) {
      const { reorganises } = seat.agent.powers
      if (reorganises !== undefined) this.#reorganiseAt(startTime + reorganises.every, seat)
    }
  }

  /** The journal so far. */
  get journal(): readonly SimulatedEntry[] {
    return this.#journal
  }

  /** The service as the chain has it now. */
  get state(): ServiceState {
    return this.#headNow().state
  }

  /** Lets the next thing happen: a block at most. @returns whether there was one */
  step(): boolean {
    const next = this.#events.take()
    if (next === undefined || next.time > this.#terms.endTime) return false
    this.#now = next.time
    this.#happen(next.event)
    return true
  }

  /** Plays what is left, to the end. */
  play(): Played {
    while (this.step());
    return this.#over()
  }

  #over(): Played {
    for (const waiting of this.#pool) this.#noteWait(waiting)
    return {
      state: this.#headNow().state,
      journal: this.#journal,
      accounts: new Map(this.#seats.map((seat) => [seat.agent.name, this.#accountOf(seat)])),
      workSeconds: this.#work,
      waitSeconds: this.#waits,
      endTime: this.#now,
    }
  }

  #happen(event: Event): void {
    switch (event.kind) {
      case 'Ask':
        for (const seat of event.seats) this.#ask(seat)
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

  #askAt(seat: Seat, time: Seconds, reason: Reason = 'news'): void {
    if (seat.note(time, reason)) this.#events.add(time, seat.asking)
  }

  /** The chain is another: everybody is asked, those who see that at the same time by one event. */
  #tellAll(): void {
    for (const asking of this.#neighbours) {
      const { seats } = asking
      const time = this.#now + seats[0]!.agent.latencySeconds
      const told: Seat[] = []
      for (const seat of seats) if (seat.note(time, 'news')) told.push(seat)
      if (told.length === seats.length) this.#events.add(time, asking)
      else if (told.length > 0) this.#events.add(time, { kind: 'Ask', seats: told })
    }
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
  #expected(seat: Seat, time: Seconds): ServiceState {
    let { state } = this.#headNow()
    for (const sent of seat.unsettled) {
      const result = this.#apply(state, sent, time)
      if (result.ok) state = result.value.state
    }
    return state
  }

  #sightOf(seat: Seat, state: ServiceState, now: Seconds): Sight {
    const pending = seat.agent.powers.watchesPool === undefined ? NOTHING : this.#pendingFor(seat)
    return {
      state,
      now,
      block: this.#blockAt(now),
      calls: this.#calls,
      balanceWei: this.#availableWei(seat),
      pending,
    }
  }

  #pendingFor(seat: Seat): readonly Pending[] {
    return this.#pool.flatMap(({ payload, tipGwei }) => {
      const { address: sender } = payload.seat.agent
      return payload.seat === seat ? [] : [{ sender, tipGwei, ...payload.intent }]
    })
  }

  /** A call has waited until now. */
  #noteWait({ payload, sentAt }: Waiting<Sent>): void {
    const { name, latencySeconds } = payload.seat.agent
    const wait = this.#now - sentAt + latencySeconds
    if (wait > (this.#waits.get(name) ?? 0)) this.#waits.set(name, wait)
  }

  #availableWei(seat: Seat): Wei {
    let left = this.#accountOf(seat).balanceWei
    for (const { intent } of seat.unsettled) left -= intent.valueWei
    return left
  }

  #apply(state: ServiceState, sent: Sent, time: Seconds): Result<Applied> {
    const { tried, intent } = sent
    if (tried?.state === state && tried.time === time) return tried.result
    const block = blockOf(this.#blockAt(time), state, this.#terms.hashOf)
    const context: Context = { sender: sent.seat.agent.address, valueWei: intent.valueWei, now: time, block }
    const result = applyShaped(state, intent.call, context)
    sent.tried = { state, time, result }
    return result
  }

  /** What a planned call takes to compute, behind all that its sender has looked at until now. */
  #plannedSeconds(seat: Seat, intent: Intent, state: ServiceState): Seconds {
    this.#computes(seat, seat.agent.workSeconds(undefined, state))
    return seat.agent.workSeconds(intent, state)
  }

  /**
   * What will come of a call. Of one that its sender plans, in the block that will hold it once it is computed: as it mostly
   * does, nothing need be applied again there. Else, and of all others, where it would stand if it were sent now.
   *
   * @param planned seconds that it takes to compute; undefined of a call that is not planned
   */
  #expect(state: ServiceState, sent: Sent, now: Seconds, planned: Seconds | undefined): Result<Applied> {
    if (planned !== undefined) {
      const then = this.#blockTimeFrom(this.#freeAt(sent.seat) + planned + this.#wayOf(sent.seat))
      const result = this.#apply(state, sent, then)
      if (result.ok || then === now) return result
    }
    return this.#apply(state, sent, now)
  }

  /** Asks an agent until it is silent. What it says it computes first, one thing after the other. */
  #ask(seat: Seat): void {
    const reason = seat.reasonAt(this.#now)
    // It has said another time since, when it had seen more.
    if (reason === 'wake' && seat.wakesAt !== this.#now) return
    const { agent } = seat
    const isOnline = agent.isOnline(this.#now)
    // Whoever is away says nothing, so that nothing stands in a later block; it is asked again when it is back.
    const now = isOnline ? this.#blockTimeFrom(this.#now + this.#wayOf(seat)) : this.#now
    if (reason === 'wake' && isOnline && this.#isEarly(seat, now)) return
    let state = this.#expected(seat, now)
    if (reason === 'news' && isOnline && this.#staysSilent(seat, state, now)) return
    const turnIn = this.#onlyTurnOf(seat)
    seat.isConcerned = !agent.overlooksBystanding
    seat.turnIn = undefined
    seat.silentAt = undefined
    let sight = this.#sightOf(seat, state, now)
    while (isOnline) {
      const intent = agent.act(sight)
      if (intent === undefined) {
        seat.silentAt = now
        break
      }
      // What it could not pay for it says again when it has something else.
      if (seat.unpayable !== undefined) {
        const had = seat.unpayable.get(matterOf(intent))
        if (had !== undefined && had === this.#accountOf(seat).balanceWei) break
      }
      const sent: Sent = { seat, intent, tried: undefined }
      const planned = PLANNED.has(intent.call.kind) ? this.#plannedSeconds(seat, intent, state) : undefined
      const result = this.#expect(state, sent, now, planned)
      // What would be refused is not sent: a client asks first. Asking on would bring the same again.
      if (!result.ok) break
      state = result.value.state
      seat.unsettled.push(sent)
      const ready = this.#readyAt(seat, intent, planned, state)
      // Whoever sits with the proposer has its say before the block is closed.
      if (agent.powers.watchesPool && ready === this.#now) this.#send(sent)
      else this.#events.add(ready, { kind: 'Send', sent })
      sight = this.#sightOf(seat, state, now)
      if (turnIn !== undefined && this.#isAllOf(seat, turnIn, intent.call, result.value)) {
        seat.silentAt = now
        break
      }
    }
    this.#computes(seat, agent.workSeconds(undefined, state))
    this.#wakeAt(seat, agent.wakesAt(sight), now)
  }

  /**
   * Whether an agent that was silent when it was asked last is so still: nothing has happened that concerns it, and no
   * second has passed behind which it can do more. Then it need not be asked, and only its next such second is another.
   */
  #staysSilent(seat: Seat, state: ServiceState, now: Seconds): boolean {
    const { silentAt, isConcerned, agent } = seat
    if (isConcerned || silentAt === undefined) return false
    const wake = agent.wakesAt(this.#sightOf(seat, state, silentAt))
    if (wake !== undefined && wake <= now) return false
    this.#wakeAt(seat, wake, now)
    return true
  }

  /**
   * Whether an agent that was silent when it was asked last, and that nothing has concerned since, has woken too soon: its
   * calls would stand in a block before the second that it waits for. Then it need not be asked.
   */
  #isEarly(seat: Seat, now: Seconds): boolean {
    const { silentAt, isConcerned, waitsFor } = seat
    if (isConcerned || silentAt === undefined || waitsFor === undefined || waitsFor <= now) return false
    this.#wakeAt(seat, waitsFor, now)
    return true
  }

  /** The dispute in which an agent that was silent has come to move, where that alone can give it something to say. */
  #onlyTurnOf({ turnIn, silentAt, wakesAt }: Seat): Id | undefined {
    return silentAt !== undefined && (wakesAt === undefined || wakesAt > this.#now) ? turnIn : undefined
  }

  /** Whether a call is the move for which alone its sender was asked, and gives it nothing more to say. */
  #isAllOf({ agent: { address } }: Seat, turnIn: Id, call: Call, applied: Applied): boolean {
    return call.kind === 'Move' && call.disputeId === turnIn && !concerns(applied, call, address, address)
  }

  /** @param wake when it wants to be asked again @param now when its calls would stand in a block if it were asked now */
  #wakeAt(seat: Seat, wake: Seconds | undefined, now: Seconds): void {
    seat.waitsFor = wake
    seat.wakesAt = wake === undefined ? undefined : Math.max(this.#now + 1, wake - (now - this.#now))
    if (seat.wakesAt !== undefined) this.#askAt(seat, seat.wakesAt, 'wake')
  }

  /** When a call is worked out. What was sealed is at hand: its reveal has a time to keep, and waits for no machine. */
  #readyAt(seat: Seat, intent: Intent, planned: Seconds | undefined, state: ServiceState): Seconds {
    if (intent.call.kind === 'Reveal') return this.#now
    return this.#computes(seat, planned ?? seat.agent.workSeconds(intent, state))
  }

  /** From sending a call to when proposers have it; whoever looks at the pool sits with them. */
  #wayOf({ agent }: Seat): Seconds {
    const { latencySeconds, powers } = agent
    return powers.watchesPool ? 0 : latencySeconds + this.#terms.inclusionSeconds
  }

  /** From when on an agent's machine has nothing to do. */
  #freeAt(seat: Seat): Seconds {
    return Math.max(this.#now, seat.busyUntil)
  }

  /** An agent's machine is at work on what it says, or on what it says nothing about. @returns when that is done */
  #computes(seat: Seat, seconds: Seconds): Seconds {
    const free = this.#freeAt(seat)
    if (seconds === 0) return free
    const { name } = seat.agent
    this.#work.set(name, (this.#work.get(name) ?? 0) + seconds)
    seat.busyUntil = free + seconds
    return seat.busyUntil
  }

  #send(sent: Sent): void {
    const { seat, intent } = sent
    const visibleAt = this.#now + this.#wayOf(seat)
    const gas = this.#terms.gasOf(intent.call)
    const waiting: Waiting<Sent> = {
      sender: seat.agent.name,
      payload: sent,
      gas,
      tipGwei: intent.tipGwei ?? this.#tipOf(seat, gas),
      maxFeeGwei: Number.POSITIVE_INFINITY,
      sentAt: this.#firstSentAt(sent),
      visibleAt,
      sequence: this.#sequence++,
    }
    this.#pool.push(waiting)
    this.#wantBlockAt(this.#blockTimeFrom(visibleAt))
  }

  /** When this was said first, where a replaced block held it and it was lost. */
  #firstSentAt({ seat, intent }: Sent): Seconds {
    if (seat.dropped === undefined) return this.#now
    const matter = matterOf(intent)
    const first = seat.dropped.get(matter)
    seat.dropped.delete(matter)
    return first ?? this.#now
  }

  /** What an agent pays: its usual tip or, where its calls were kept out of blocks, what it bids back. */
  #tipOf(seat: Seat, gas: number): number {
    const { tipGwei, name, bidsWei } = seat.agent
    const calls = this.#besieged.get(name)
    if (calls === undefined) return tipGwei
    const spendableWei = this.#availableWei(seat)
    const unspentWei = bidsWei - this.#accountOf(seat).bidWei
    const leftWei = unspentWei < spendableWei ? unspentWei : spendableWei
    return raisedTipGwei({ leftWei, calls, tipGwei }, gas)
  }

  /** Whoever was kept out bids back from the next block on. */
  #raiseTips(kept: ReadonlySet<string>): void {
    if (kept.size === 0) return
    for (const name of kept) if (!this.#besieged.has(name)) this.#besieged.set(name, this.#terms.callsNeeded)
    this.#pool = this.#pool.map((waiting) =>
      kept.has(waiting.sender)
        ? { ...waiting, tipGwei: this.#tipOf(waiting.payload.seat, waiting.gas) }
        : waiting,
    )
  }

  #wantBlockAt(time: Seconds): void {
    const due = Math.max(time, this.#headNow().time + this.#terms.blockSeconds)
    if (this.#blockDue !== undefined && this.#blockDue <= due) return
    this.#blockDue = due
    this.#events.add(due, BLOCK)
  }

  #makeBlock(): void {
    const { blockSeconds, blockGas, isCensored } = this.#terms
    for (const watcher of this.#watchers) this.#ask(watcher)
    this.#blockDue = undefined
    const time = this.#now
    const block = this.#blockAt(time)
    const { gwei, gas } = this.#market.open(block)
    const selected = (kept: ReadonlySet<string>) =>
      select(this.#pool, {
        time,
        baseFeeGwei: gwei,
        gas,
        isCensored: (sender) => kept.has(sender) || isCensored(sender, time),
      })
    const standing = selected(NOBODY)
    const accounts = this.#headNow().accounts.slice()
    const { kept, purchases } = sell(standing.included, this.#buyers, accounts)
    for (const purchase of purchases) this.#journal.push({ kind: 'Bid', block, time, ...purchase })
    const { included, left } = kept.size === 0 ? standing : selected(kept)
    this.#pool = left
    let { state } = this.#headNow()
    let used = blockGas - gas
    for (const waiting of included) {
      state = this.#settle(waiting, state, accounts, block, paidGwei(waiting, gwei))
      used += waiting.gas
    }
    this.#market.close(used)
    if (included.length > 0 || kept.size > 0) {
      this.#heads.push({ block, time, state, accounts, included })
      if (this.#heads.length > KEPT_HEADS) this.#heads.shift()
      this.#tellAll()
    }
    this.#raiseTips(kept)
    if (left.length > 0) {
      this.#wantBlockAt(Math.max(time + blockSeconds, this.#blockTimeFrom(firstVisibleAt(left))))
    }
  }

  /** A call in its block: paid for, applied, written down. @returns the state behind it */
  #settle(
    waiting: Waiting<Sent>,
    state: ServiceState,
    accounts: Account[],
    block: number,
    gwei: number,
  ): ServiceState {
    const { payload, gas } = waiting
    const { seat, intent } = payload
    const { agent } = seat
    const { call, valueWei } = intent
    this.#noteWait(waiting)
    const needed = this.#besieged.get(agent.name)
    if (needed !== undefined) this.#besieged.set(agent.name, Math.max(1, needed - 1))
    seat.unsettled = seat.unsettled.filter((other) => other !== payload)
    const gasWei = BigInt(Math.round(gas * gwei * GWEI))
    const account = accounts[seat.index]!
    const note = (
      outcome: SimulatedCall['outcome'],
      after: ServiceState,
      paid: { readonly gasWei: Wei; readonly paidWei: Wei },
    ) => {
      const entry: SimulatedCall = {
        kind: 'Call',
        block,
        time: this.#now,
        actor: agent.name,
        sender: agent.address,
        call,
        valueWei,
        gas,
        outcome,
        after,
        gasWei: paid.gasWei,
        paidWei: paid.paidWei,
      }
      this.#journal.push(entry)
      this.#calls.push(entry)
    }
    // A proposer takes no call whose sender cannot pay for it.
    if (account.balanceWei < valueWei + gasWei) {
      seat.unpayable ??= new Map()
      seat.unpayable.set(matterOf(intent), account.balanceWei)
      seat.concern()
      note('InsufficientFunds', state, { gasWei: 0n, paidWei: 0n })
      return state
    }
    const result = this.#apply(state, payload, this.#now)
    payload.tried = undefined
    if (result.ok) this.#tell(result.value, call, agent.address)
    else seat.concern()
    const paidWei = result.ok ? result.value.paidWei : 0n
    const after = result.ok ? result.value.state : state
    note(result.ok ? 'accepted' : result.rejection.reason, after, { gasWei, paidWei })
    const moved = result.ok ? paidWei - valueWei : 0n
    const raised = needed === undefined ? 0 : Math.max(0, waiting.tipGwei - agent.tipGwei)
    accounts[seat.index] = {
      balanceWei: account.balanceWei - gasWei + moved,
      gasWei: account.gasWei + gasWei,
      bidWei: raised === 0 ? account.bidWei : account.bidWei + BigInt(Math.round(gas * raised * GWEI)),
    }
    return after
  }

  /** Whom an accepted call can give something to say is to be asked about it. */
  #tell(applied: Applied, call: Call, sender: Address): void {
    const dispute =
      call.kind === 'Open' || call.kind === 'Move' ? applied.state.disputes.get(applied.id!) : undefined
    const turnIn = dispute?.kind === 'Running' ? applied.id : undefined
    for (const seat of this.#seats)
      if (concerns(applied, call, sender, seat.agent.address)) seat.concern(turnIn)
  }

  #reorganiseAt(time: Seconds, by: Seat | undefined): void {
    if (time > this.#terms.endTime) return
    this.#reorganisationsAhead++
    this.#events.add(time, { kind: 'Reorganise', by })
  }

  /** The last blocks are replaced by empty ones: by chance, or by somebody who then decides what comes first. */
  #reorganise(by: Seat | undefined): void {
    const { reorganisations, chance, blockSeconds } = this.#terms
    const { every, depth } = by === undefined ? reorganisations! : by.agent.powers.reorganises!
    this.#reorganisationsAhead--
    // A world in which nothing happens any more ends.
    if (this.#events.size > this.#reorganisationsAhead || this.#pool.length > 0)
      this.#reorganiseAt(this.#now + every, by)
    const undone = this.#undo(this.#now - depth * blockSeconds)
    if (undone.length === 0) return
    const from = undone[0]!.block
    const actor = by === undefined ? {} : { actor: by.agent.name }
    this.#journal.push({ kind: 'Reorganisation', time: this.#now, from, depth, ...actor })
    const calls = undone.flatMap(({ included }) => included)
    const world = { now: this.#now, blockSeconds, pool: this.#pool }
    const waits = by === undefined ? scattered(calls, chance, world) : reordered(calls, by, depth, world)
    for (const waiting of waits) this.#back(waiting)
    for (const seat of this.#seats) seat.concern()
    this.#tellAll()
  }

  /** The chain goes back to what it was then. @returns the blocks that are gone, in their order */
  #undo(oldest: Seconds): readonly Head[] {
    const undone: Head[] = []
    while (this.#heads.length > 1 && this.#headNow().time > oldest) undone.unshift(this.#heads.pop()!)
    const from = undone[0]?.block ?? Number.POSITIVE_INFINITY
    while ((this.#calls.at(-1)?.block ?? -1) >= from) this.#calls.pop()
    return undone
  }

  /** What a replaced block held waits again. */
  #back(waiting: Waiting<Sent>): void {
    const { seat } = waiting.payload
    seat.unsettled.push(waiting.payload)
    this.#pool.push({ ...waiting, sequence: this.#sequence++ })
    this.#wantBlockAt(this.#blockTimeFrom(this.#now))
  }
}
