import { opponentOf, type Party } from '../../game/clocks.ts'
import { segmentAt } from '../../game/dispute.ts'
import type { Position } from '../../game/position.ts'
import type { Reply, ReplyOutcome } from '../../game/reply.ts'
import type { Result } from '../../result.ts'
import { honestReply } from '../../strategies/honest.ts'
import { malformed, wellFormed } from './anyReply.ts'
import type { Ledger } from './disputeProperties.ts'
import type { Arena } from './instance.ts'

/**
 * All positions of an arena that can be reached, and what every reply makes of them. Clocks decide whether a move
 * is possible, never what it does, so each reply is judged once and not once a second.
 */
export interface Node {
  readonly position: Position
  readonly turn: Party
  /** Successors, one for each accepted reply: a node's index, or how the dispute is decided. */
  readonly edges: readonly number[]
}

/** Edges that are no node: who wins by arbitration. */
export const DECIDED: Readonly<Record<Party, number>> = { asserter: -1, challenger: -2 }

export interface PositionGraph {
  readonly nodes: readonly Node[]
  /** One for each claim. */
  readonly initial: readonly number[]
  /** Replies that were refused. */
  readonly refused: number
}

/** A reply and the segment that it is to. */
interface Tried {
  readonly segment: number
  readonly reply: Reply
}

const everything = function* ({ tower, alphabet, instance }: Arena, position: Position): Generator<Tried> {
  for (let segment = 0; segment < position.roots.length - 1; segment++)
    for (const reply of wellFormed(tower, alphabet, segmentAt(position, segment), instance.arity))
      yield { segment, reply }
}

const describe = ({ instance }: Arena, position: Position, what: string): string =>
  `${what} at phase ${position.phase}, step ${position.at.join('/')}, ${position.length} steps, of ${JSON.stringify(instance)}`

export const positionGraph = (arena: Arena, { check }: Ledger): PositionGraph => {
  const { tower, rules, honest } = arena
  const { arity } = arena.instance
  const nodes: (Node & { readonly longest: number })[] = []
  const indexes = new Map<string, number>()
  let refused = 0

  const keyOf = (position: Position, turn: Party): string =>
    `${turn === 'asserter' ? 'a' : 'c'}${position.phase}/${position.length}/${position.at.join('.')}/` +
    position.roots.map(tower.table.numberOf).join('.')

  const outcomeOf = (position: Position, { segment, reply }: Tried): Result<ReplyOutcome> =>
    arena.applyReply(rules, arity, segmentAt(position, segment), reply)

  const checkInvariant = (position: Position, turn: Party): void => {
    const { phase, roots, at } = position
    const trueRootAfter = (steps: number) => tower.trueRoot(phase, at.slice(0, -1), at.at(-1)! + steps)
    const where = (what: string) => () => describe(arena, position, what)
    check('INVARIANT-1', roots[0] === trueRootAfter(0), where('a false start'))
    if (turn === honest) {
      const end = trueRootAfter(position.length)
      check('INVARIANT-3', roots.at(-1) !== end, where('a true end'))
    } else {
      const segments = roots.length - 1
      const points = roots.map((_, i) => Math.floor((i * position.length) / segments))
      const allTrue = roots.every((root, i) => root === trueRootAfter(points[i]!))
      check('INVARIANT-2', allTrue, where('a false root of an honest party'))
    }
  }

  const checkMalformed = (position: Position): void => {
    for (let picked = 0; picked < position.roots.length - 1; picked++) {
      const segment = segmentAt(position, picked)
      for (const reply of malformed(tower, segment, arity)) {
        const where = () => describe(arena, position, `${reply.kind} on segment ${picked}`)
        try {
          check('REFUSE-1', !arena.applyReply(rules, arity, segment, reply).ok, where)
        } catch {
          check('REFUSE-1', false, where)
        }
        refused++
      }
    }
  }

  const repliesOf = (position: Position, turn: Party): Iterable<Tried> => {
    if (turn !== honest) return everything(arena, position)
    const honestly = honestReply(position, arity, tower.trace)
    return honestly === undefined ? [] : [honestly]
  }

  /** A claim is one segment and a dissection cuts it, so what shrinks is the segment, not the vector. */
  const checkProgress = (before: Position, { segment }: Tried, after: Position): void => {
    const { length } = segmentAt(before, segment)
    const longest = Math.ceil(after.length / (after.roots.length - 1))
    check(
      'PROGRESS-1',
      after.phase === before.phase + 1 || (after.phase === before.phase && longest < length),
      () => describe(arena, before, 'no progress'),
    )
  }

  /** Index of the node, which is made with all that follow it. Positions only ever shrink, so this ends. */
  const visit = (position: Position, turn: Party): number => {
    const key = keyOf(position, turn)
    const known = indexes.get(key)
    if (known !== undefined) return known
    if (honest !== undefined) checkInvariant(position, turn)
    if (turn !== honest && !arena.departs) checkMalformed(position)
    const edges: number[] = []
    let longest = 0
    for (const tried of repliesOf(position, turn)) {
      const outcome = outcomeOf(position, tried)
      if (!outcome.ok) {
        refused++
        continue
      }
      const { value } = outcome
      if (value.kind === 'Decided') {
        edges.push(DECIDED[value.moverWins ? turn : opponentOf(turn)])
        longest = Math.max(longest, 1)
        continue
      }
      checkProgress(position, tried, value.position)
      const next = visit(value.position, opponentOf(turn))
      longest = Math.max(longest, 1 + nodes[next]!.longest)
      edges.push(next)
    }
    if (turn === honest)
      check('LIVE-1', edges.length > 0, () => describe(arena, position, 'no reply for the honest party'))
    const index = nodes.push({ position, turn, edges, longest }) - 1
    indexes.set(key, index)
    return index
  }

  const initial = arena.claims.map((claim) => visit(claim, 'challenger'))
  for (const index of initial)
    check('BOUND-1', nodes[index]!.longest <= arena.moveBound, () =>
      describe(arena, nodes[index]!.position, `${nodes[index]!.longest} moves`),
    )
  return { nodes, initial, refused }
}
