import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Result } from '../../spec/result.ts'
import type { Applied } from '../../spec/service/applied.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Agent, Said } from './agent.ts'

/** Something has happened that it may see, or it has asked for it. */
export type Reason = 'news' | 'wake'

/** The state that a call was last tried on, and what came of it. */
interface Tried {
  readonly state: ServiceState
  readonly time: Seconds
  readonly result: Result<Applied>
}

/** A call on its way. */
export interface Sent {
  readonly seat: Seat
  readonly intent: Said
  /** Where nothing comes between, it comes to the same in its block. */
  tried: Tried | undefined
}

/** Some are asked, one after the other. */
export interface Asking {
  readonly kind: 'Ask'
  readonly seats: readonly Seat[]
}

/** All of them, together with those that are as far from the chain. */
export const neighboursAmong = (seats: readonly Seat[]): readonly Asking[] => {
  const groups: { readonly kind: 'Ask'; readonly seats: Seat[] }[] = []
  for (const seat of seats) {
    const { latencySeconds } = seat.agent
    const group = groups.find(({ seats: [first] }) => first!.agent.latencySeconds === latencySeconds)
    if (group === undefined) groups.push({ kind: 'Ask', seats: [seat] })
    else group.seats.push(seat)
  }
  return groups
}

/** What a run keeps of an agent. */
export class Seat {
  readonly agent: Agent
  /** Its place among the agents. */
  readonly index: number
  /** The event by which it alone is asked. */
  readonly asking: Asking = { kind: 'Ask', seats: [this] }
  /** What it has said and no block has held yet, in the order of saying. */
  unsettled: Sent[] = []
  /** Until when its machine is at work. */
  busyUntil: Seconds = 0
  /** The second of a block in which it can say more though nothing has happened, as it said last, ... */
  waitsFor: Seconds | undefined
  /** ... and when it is to be asked, so that what it says stands in that block. */
  wakesAt: Seconds | undefined
  /** For which time of a block it had nothing more to say when it was asked last; undefined where it had. */
  silentAt: Seconds | undefined
  /** Whether something has happened since that can give it something to say. */
  isConcerned = true
  /** The dispute in which it has come to move since, where that is all that concerns it. */
  turnIn: Id | undefined
  /** What it could not pay for, with what it had then. */
  unpayable: Map<string, Wei> | undefined
  /** Since when it wants to say what a replaced block held and nobody sent again. */
  dropped: Map<string, Seconds> | undefined
  /** The times at which it is to be asked, so that it is asked once for each, ... */
  readonly #times: Seconds[] = []
  /** ... and why. */
  readonly #reasons: Reason[] = []

  constructor(agent: Agent, index: number) {
    this.agent = agent
    this.index = index
  }

  /** Something has happened that concerns it. @param turnIn where that is its turn in a dispute and no more */
  concern(turnIn?: Id): void {
    this.turnIn = this.isConcerned ? undefined : turnIn
    this.isConcerned = true
  }

  /** Notes that it is to be asked then. @returns whether nobody has wanted that before */
  note(time: Seconds, reason: Reason): boolean {
    const index = this.#times.indexOf(time)
    if (index < 0) {
      this.#times.push(time)
      this.#reasons.push(reason)
    } else if (reason === 'news') this.#reasons[index] = 'news'
    return index < 0
  }

  /** Why it is to be asked now, once; undefined where nobody wanted that before. */
  reasonAt(time: Seconds): Reason | undefined {
    const index = this.#times.indexOf(time)
    if (index < 0) return undefined
    const reason = this.#reasons[index]
    // Their order says nothing: the last takes the place.
    const [lastTime, lastReason] = [this.#times.pop()!, this.#reasons.pop()!]
    if (index < this.#times.length) {
      this.#times[index] = lastTime
      this.#reasons[index] = lastReason
    }
    return reason
  }
}
