import type { Player } from '../../spec/checks/properties/play.ts'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { keccak, type StateRoot } from '../../spec/commitments/hash.ts'
import type { Party } from '../../spec/game/clocks.ts'
import {
  cutPoints,
  openSegment,
  type Position,
  segmentCount,
  segmentStart,
} from '../../spec/game/position.ts'
import type { Reply } from '../../spec/game/reply.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Address } from '../../spec/service/task.ts'
import { traceAt } from '../../spec/strategies/honest.ts'
import type { Intent, View } from '../../spec/strategies/sight.ts'
import type { Trace } from '../../spec/tower/tower.ts'

/** Choices in [0, below), from one seed. */
export const choices = (seed: number) => {
  let counter = 0
  return (below: number): number =>
    Number(BigInt(keccak(bigEndian(seed, 6), bigEndian(counter++, 6))) % BigInt(below))
}

const ATTEMPTS = 12

/**
 * A party of a dispute that is bound by nothing but the rules: it picks any segment, posts roots of the true run, of a
 * false one, or of none, descends and arbitrates from whichever it likes, and states runs of the machine longer than
 * they are. Of what it thinks of it makes the first move that the contract takes; where there is none, none.
 *
 * @param traces runs that it knows, true and false; @param seed decides all that it does
 */
export const anyMover = (
  address: Address,
  party: Party,
  traces: readonly Trace[],
  arity: number,
  seed: number,
): Player => {
  const choose = choices(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[choose(items.length)]!
  const forged = (): StateRoot => keccak(bigEndian(choose(1_000_000), 6))

  /** Roots after `from` of some run or other, root by root. */
  const roots = (known: readonly Trace[], from: number, length: number): readonly StateRoot[] => {
    const mixed = choose(2) === 0
    const one = pick(known)
    return cutPoints(length, segmentCount(length, arity))
      .slice(1)
      .map((point) => {
        if (mixed && choose(4) === 0) return forged()
        return (mixed ? pick(known) : one).rootsAt([from + point])[0]!
      })
  }

  const replyTo = (position: Position, segment: number): Reply => {
    const segments = position.roots.length - 1
    const points = cutPoints(position.length, segments)
    const length = points[segment + 1]! - points[segment]!
    const from = segmentStart(position.at, position.length, segments, segment).at(-1)!
    const known = traces.map((trace) => traceAt(trace, position.at))
    if (length > 1) return { kind: 'Dissect', roots: roots(known, from, length) }
    const one = pick(known)
    if (one.kind === 'last') return { kind: 'Arbitrate', witness: one.stepWitness(from) }
    const { below, witness } = one.descend(from)
    // A stable state stands still, so a longer run with the same end is as good.
    const stated = below.length + choose(2) * choose(1000)
    const own = roots(
      [below, ...traces.map((trace) => traceAt(trace, [...position.at.slice(0, -1), from, 0]))],
      0,
      stated,
    )
    return {
      kind: 'Descend',
      length: stated,
      roots: [...own.slice(0, -1), below.rootsAt([stated])[0]!],
      witness,
    }
  }

  /** The first of some moves that the contract takes. */
  const accepted = ({ state, now }: View, move: () => Intent): Intent | undefined => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { call, valueWei } = move()
      if (applyCall(state, call, { sender: address, valueWei, now }).ok) return { call, valueWei }
    }
    return undefined
  }

  return {
    address,
    act: (view) => {
      const { disputes, claims, parameters } = view.state
      const running = [...disputes].find(([, { kind }]) => kind === 'Running')
      if (running?.[1].kind === 'Running') {
        const [disputeId, { clocks, position }] = [running[0], running[1]]
        if (clocks.turn !== party) return undefined
        return accepted(view, () => {
          const segment = choose(position.roots.length - 1)
          const opening = openSegment(position, segment)
          return {
            call: { kind: 'Move', disputeId, opening, reply: replyTo(position, segment) },
            valueWei: 0n,
          }
        })
      }
      const pending = [...claims].find(([, { kind }]) => kind === 'Pending')
      if (party !== 'challenger' || pending === undefined || disputes.size > 0) return undefined
      const [claimId, { claim }] = pending
      const position = { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
      return accepted(view, () => ({
        call: { kind: 'Open', claimId, nonce: 0, reply: replyTo(position, 0) },
        valueWei: parameters.bondWei,
      }))
    },
  }
}
