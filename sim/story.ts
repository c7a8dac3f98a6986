import type { Hash } from '../spec/commitments/hash.ts'
import type { Block } from '../spec/service/calls.ts'
import { stateHash } from '../spec/service/stateHash.ts'
import type { Address } from '../spec/service/task.ts'
import type { Wei } from '../spec/setting/parameters.ts'
import { type Intent, nextDeadline, type View } from '../spec/strategies/sight.ts'
import type { Actor, Troupe } from './actors.ts'
import { callLine, type Entry, type Journal, type RoundBlock } from './journal.ts'
import { BLOCK_SECONDS, type World } from './worlds/world.ts'

export interface Balance {
  readonly name: string
  readonly address: Address
  readonly before: Wei
  readonly after: Wei
}

export interface Story {
  readonly journal: Journal
  readonly balances: readonly Balance[]
  /** Wall-clock seconds from the request's sending to the last call's settlement. */
  readonly seconds: number
}

/** Told of every call as it settles; the story goes on when it has taken it. */
export type OnEntry = (entry: Entry) => void | Promise<void>

/** A story that goes on for ever is a bug of a strategy; no game comes near. */
const MAX_ENTRIES = 10_000

/** Of each account, the call that it was refused last, and the service as it stood. */
type Refused = Map<Address, { readonly call: string; readonly stateHash: Hash }>

/** Whoever could not pay does not try again until a call of its own has changed what it has. */
type Unpayable = Map<Address, Wei>

/** A call as far as it matters whether it is the same one. */
const wordsOf = ({ call, valueWei }: Intent): string => callLine({ valueWei }, call, {})

/**
 * Whoever has something to do first. A call that was refused says the same to the same service: whoever has no other falls
 * silent until somebody has changed something.
 */
const firstIntent = (
  actors: readonly Actor[],
  view: View,
  unpayable: Unpayable,
  refused: Refused,
): { actor: Actor; intent: Intent } | undefined => {
  for (const actor of actors) {
    const intent = actor.act(view)
    if (intent === undefined) continue
    const tooMuch = unpayable.get(actor.address)
    if (tooMuch !== undefined && intent.valueWei >= tooMuch) continue
    const last = refused.get(actor.address)
    if (last?.stateHash === stateHash(view.state) && last.call === wordsOf(intent)) continue
    return { actor, intent }
  }
  return undefined
}

/** When anything becomes possible, or somebody wants to be asked again. */
const nextMoment = (view: View, { task, actors }: Troupe): number | undefined => {
  const moments = [nextDeadline(view, task), ...actors.map(({ wakesAt }) => wakesAt?.(view))]
  return moments.reduce((first, moment) =>
    first === undefined || (moment !== undefined && moment < first) ? moment : first,
  )
}

/** What a call about a round is held against: the hash of the block that closed it, where it records that. */
const roundBlockOf = (
  { call }: Intent,
  { state }: View,
  { number, hashes }: Block,
): RoundBlock | undefined => {
  if (!('round' in call)) return undefined
  const closedIn = state.rounds.get(call.round)?.closedIn
  const closing = call.kind === 'RecordRound' && closedIn !== undefined ? hashes.get(closedIn) : undefined
  return { number, ...(closing && { closing }) }
}

/** The first block at or after `time`: blocks stand `BLOCK_SECONDS` apart from the story's first. */
const blockAt = (start: number, time: number): number =>
  start + Math.ceil((time - start) / BLOCK_SECONDS) * BLOCK_SECONDS

/**
 * Plays a story to its end: at each block the first actor with something to do does it; where nobody has, time
 * passes to the next deadline; where none is to come, the story is over.
 *
 * @param onEntry told of every call as it settles
 */
export const tell = async (world: World, troupe: Troupe, onEntry: OnEntry): Promise<Story> => {
  const balancesOf = async (): Promise<Wei[]> =>
    Promise.all(troupe.actors.map(({ address }) => world.balanceOf(address)))
  const before = await balancesOf()
  const started = performance.now()
  const journal: Entry[] = []
  const unpayable: Unpayable = new Map()
  const refused: Refused = new Map()
  let now = world.startTime
  while (journal.length < MAX_ENTRIES) {
    const block = world.block()
    const view: View = { state: world.view(), now, block: block.number }
    const next = firstIntent(troupe.actors, view, unpayable, refused)
    if (next === undefined) {
      const deadline = nextMoment(view, troupe)
      if (deadline === undefined) break
      now = blockAt(world.startTime, Math.max(deadline, now + 1))
      continue
    }
    const { actor, intent } = next
    const roundBlock = roundBlockOf(intent, view, block)
    const receipt = await world.submit(actor.address, intent.call, intent.valueWei, now)
    const entry: Entry = {
      seq: journal.length,
      time: now,
      actor: actor.name,
      sender: actor.address,
      ...intent,
      ...(roundBlock && { block: roundBlock }),
      ...receipt,
      stateHash: stateHash(world.view()),
    }
    journal.push(entry)
    if (receipt.outcome === 'InsufficientFunds') unpayable.set(actor.address, intent.valueWei)
    else if (receipt.outcome === 'accepted') unpayable.delete(actor.address)
    else refused.set(actor.address, { call: wordsOf(intent), stateHash: entry.stateHash })
    await onEntry(entry)
    now += BLOCK_SECONDS
  }
  const seconds = (performance.now() - started) / 1000
  const after = await balancesOf()
  return {
    journal,
    seconds,
    balances: troupe.actors.map(({ name, address }, i) => ({
      name,
      address,
      before: before[i]!,
      after: after[i]!,
    })),
  }
}
