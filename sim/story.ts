import { stateHash } from '../spec/service/stateHash.ts'
import type { Address } from '../spec/service/task.ts'
import type { Wei } from '../spec/setting/parameters.ts'
import { type Intent, nextDeadline } from '../spec/strategies/sight.ts'
import type { Actor, Troupe } from './actors.ts'
import type { Entry, Journal } from './journal.ts'
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

/** Whoever could not pay does not try again until a call of its own has changed what it has. */
type Unpayable = Map<Address, Wei>

const firstIntent = (
  actors: readonly Actor[],
  world: World,
  now: number,
  unpayable: Unpayable,
): { actor: Actor; intent: Intent } | undefined => {
  for (const actor of actors) {
    const intent = actor.act({ state: world.view(), now })
    const tooMuch = unpayable.get(actor.address)
    if (intent !== undefined && (tooMuch === undefined || intent.valueWei < tooMuch)) return { actor, intent }
  }
  return undefined
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
  let now = world.startTime
  while (journal.length < MAX_ENTRIES) {
    const next = firstIntent(troupe.actors, world, now, unpayable)
    if (next === undefined) {
      const deadline = nextDeadline({ state: world.view(), now }, troupe.task)
      if (deadline === undefined) break
      now = blockAt(world.startTime, Math.max(deadline, now + 1))
      continue
    }
    const { actor, intent } = next
    const receipt = await world.submit(actor.address, intent.call, intent.valueWei, now)
    const entry: Entry = {
      seq: journal.length,
      time: now,
      actor: actor.name,
      sender: actor.address,
      ...intent,
      ...receipt,
      stateHash: stateHash(world.view()),
    }
    journal.push(entry)
    if (receipt.outcome === 'InsufficientFunds') unpayable.set(actor.address, intent.valueWei)
    else if (receipt.outcome === 'accepted') unpayable.delete(actor.address)
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
