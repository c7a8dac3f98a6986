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

/** What a run keeps of an agent. */
export class Seat {
  readonly agent: Agent
  /** Its place among the agents. */
  readonly index: number
  /** The event that it is asked by. */
  readonly asking = { kind: 'Ask', seat: this } as const
  /** What it has said and no block has held yet, in the order of saying. */
  unsettled: readonly Sent[] = []
  /** Until when its machine is at work. */
  busyUntil: Seconds = 0
  /** When it wants to be asked though nothing has happened, as it said last. */
  wakesAt: Seconds | undefined
  /** For which time of a block it had nothing more to say when it was asked last; undefined where it had. */
  silentAt: Seconds | undefined
  /** Whether something has happened since that can give it something to say. */
  isConcerned = true
  /** What it could not pay for, with what it had then. */
  unpayable: Map<string, Wei> | undefined
  /** Since when it wants to say what a replaced block held and nobody sent again. */
  dropped: Map<string, Seconds> | undefined
  /** The times at which it is to be asked, so that it is asked once for each, and why. */
  readonly #asked: { readonly time: Seconds; reason: Reason }[] = []

  constructor(agent: Agent, index: number) {
    this.agent = agent
    this.index = index
  }

  /** Notes that it is to be asked then. @returns whether nobody has wanted that before */
  note(time: Seconds, reason: Reason): boolean {
    for (const asked of this.#asked)
      if (asked.time === time) {
        if (reason === 'news') asked.reason = 'news'
        return false
      }
    this.#asked.push({ time, reason })
    return true
  }

  /** Why it is to be asked now, once; undefined where nobody wanted that before. */
  reasonAt(time: Seconds): Reason | undefined {
    const asked = this.#asked
    for (let i = 0; i < asked.length; i++) {
      const { time: due, reason } = asked[i]!
      if (due !== time) continue
      // Their order says nothing: the last takes the place.
      asked[i] = asked.at(-1)!
      asked.pop()
      return reason
    }
    return undefined
  }
}
