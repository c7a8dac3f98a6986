import type { Seconds } from '../../spec/game/clocks.ts'

/** A call on its way into a block. */
export interface Waiting<Payload> {
  /** Name of its sender. */
  readonly sender: string
  readonly payload: Payload
  readonly gas: number
  /** What the block's proposer is paid for each unit of gas, in gwei. */
  readonly tipGwei: number
  /** The most that the sender pays for a unit of gas, tip included, in gwei. */
  readonly maxFeeGwei: number
  /** When it was sent first. */
  readonly sentAt: Seconds
  /** From then on a block may hold it: when it was sent, and its way to the proposers. */
  readonly visibleAt: Seconds
  /** In the order of sending, over all senders. */
  readonly sequence: number
}

/** What a block has room for, and what its proposer leaves out. */
export interface BlockTerms {
  readonly time: Seconds
  readonly baseFeeGwei: number
  /** Gas that is left for the pool. */
  readonly gas: number
  readonly isCensored: (sender: string) => boolean
}

export interface Selection<Payload> {
  readonly included: readonly Waiting<Payload>[]
  /** An array of its own. */
  readonly left: Waiting<Payload>[]
}

/**
 * What a proposer takes from the pool: the highest tip first, then whoever came first, a sender's calls in the order in
 * which they were sent. One that does not fit, does not pay the base fee or is censored waits, and so does whatever its
 * sender sent behind it.
 */
export const select = <Payload>(
  pool: readonly Waiting<Payload>[],
  { time, baseFeeGwei, gas, isCensored }: BlockTerms,
): Selection<Payload> => {
  const fits = ({ visibleAt, gas: needed, maxFeeGwei, sender }: Waiting<Payload>, room: number): boolean =>
    visibleAt <= time && needed <= room && maxFeeGwei >= baseFeeGwei && !isCensored(sender)
  // Most blocks have one call to choose from, or calls of one sender.
  const [first] = pool
  if (pool.every(({ sender }) => sender === first!.sender)) {
    const ordered = inOrder(pool)
    let [count, room] = [0, gas]
    while (count < ordered.length && fits(ordered[count]!, room)) room -= ordered[count++]!.gas
    return count === ordered.length
      ? { included: ordered, left: [] }
      : { included: ordered.slice(0, count), left: ordered.slice(count) }
  }
  const queues = new Map<string, Waiting<Payload>[]>()
  for (const waiting of inOrder(pool)) {
    const queue = queues.get(waiting.sender)
    if (queue === undefined) queues.set(waiting.sender, [waiting])
    else queue.push(waiting)
  }
  const included: Waiting<Payload>[] = []
  let room = gas
  for (;;) {
    let best: Waiting<Payload> | undefined
    for (const [head] of queues.values())
      if (head !== undefined && fits(head, room) && (best === undefined || isBefore(head, best, baseFeeGwei)))
        best = head
    if (best === undefined) break
    queues.get(best.sender)!.shift()
    included.push(best)
    room -= best.gas
  }
  const taken = new Set(included)
  return { included, left: pool.filter((waiting) => !taken.has(waiting)) }
}

/** In the order of sending, in which they mostly stand. */
const inOrder = <Payload>(pool: readonly Waiting<Payload>[]): readonly Waiting<Payload>[] =>
  pool.every(({ sequence }, i) => i === 0 || pool[i - 1]!.sequence < sequence)
    ? pool
    : pool.toSorted((a, b) => a.sequence - b.sequence)

/** What the proposer gets for a unit of gas: the tip, or what the most that is paid leaves of it. */
const effectiveTip = (
  { tipGwei, maxFeeGwei }: Pick<Waiting<unknown>, 'tipGwei' | 'maxFeeGwei'>,
  baseFeeGwei: number,
): number => Math.min(tipGwei, maxFeeGwei - baseFeeGwei)

const isBefore = (a: Waiting<unknown>, b: Waiting<unknown>, baseFeeGwei: number): boolean => {
  const [ours, theirs] = [effectiveTip(a, baseFeeGwei), effectiveTip(b, baseFeeGwei)]
  return ours === theirs ? a.sequence < b.sequence : ours > theirs
}

/** What a unit of gas costs a sender whose call is included, in gwei. */
export const paidGwei = (waiting: Waiting<unknown>, baseFeeGwei: number): number =>
  baseFeeGwei + effectiveTip(waiting, baseFeeGwei)

/** When proposers have the first of some calls. */
export const firstVisibleAt = (waiting: readonly Waiting<unknown>[]): number =>
  waiting.reduce((least, { visibleAt }) => Math.min(least, visibleAt), Number.POSITIVE_INFINITY)
