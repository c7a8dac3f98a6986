import type { Seconds } from '../../spec/game/clocks.ts'
import type { Waiting } from '../chain/pool.ts'
import type { Chance } from '../chance.ts'
import type { Seat, Sent } from './seat.ts'
import { matterOf } from './world.ts'

/** A call that was in a block which is replaced. */
type Undone = Waiting<Sent>

/** When blocks are replaced, and what waits besides. */
interface Replaced {
  readonly now: Seconds
  readonly blockSeconds: Seconds
  readonly pool: readonly Undone[]
}

const isSame = ({ payload: a }: Undone, { payload: b }: Undone): boolean =>
  a.seat === b.seat && matterOf(a.intent) === matterOf(b.intent)

/**
 * By chance: of the calls each waits again, is dropped for good (its sender sees that, and says it again where it still wants
 * to), or waits twice. However often blocks are replaced, none comes to wait more than twice.
 */
export const scattered = (
  calls: readonly Undone[],
  chance: Chance,
  { pool }: Pick<Replaced, 'pool'>,
): readonly Undone[] => {
  const waits: Undone[] = []
  for (const waiting of calls) {
    const copies = chance.below(3)
    const there = [...pool, ...waits].filter((other) => isSame(other, waiting)).length
    for (let i = 0; i < copies && there + i < 2; i++) waits.push(waiting)
    if (copies > 0) continue
    const { seat, intent } = waiting.payload
    seat.dropped ??= new Map()
    seat.dropped.set(matterOf(intent), waiting.sentAt)
  }
  return waits
}

/**
 * By somebody who decides what comes first: what is asked for stays where it was, behind it come its own calls, and everybody
 * else's wait as many blocks more as were replaced.
 */
export const reordered = (
  calls: readonly Undone[],
  by: Seat,
  depth: number,
  { now, blockSeconds, pool }: Replaced,
): readonly Undone[] => {
  const after = (blocks: number): Seconds => now + blocks * blockSeconds
  const waits: Undone[] = []
  for (const waiting of calls) {
    const { seat } = waiting.payload
    const visibleAt = seat.agent.role === 'requester' ? after(0) : seat === by ? after(1) : after(1 + depth)
    // What somebody says twice by now it is heard with once.
    if ([...pool, ...waits].some((other) => isSame(other, waiting))) continue
    waits.push({ ...waiting, visibleAt })
  }
  return waits
}
