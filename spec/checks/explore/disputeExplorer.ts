import { opponentOf, type Party, type Seconds } from '../../game/clocks.ts'
import { type Decided, type Dispute, move, timeout } from '../../game/dispute.ts'
import { type Ledger, ledger, type Violations } from './disputeProperties.ts'
import { type Arena, arenaOf, type Departure, type Instance } from './instance.ts'
import { DECIDED, type Node, positionGraph } from './positions.ts'

/** What became of one instance. */
export interface Exploration {
  /** Disputes that can be reached: position, turn and both clocks; and the ways in which they are decided. */
  readonly states: number
  /** Calls that were accepted: every reply at every second, and every timeout. */
  readonly transitions: number
  readonly violations: Violations
}

/** Every state of one dispute, under every reply, at every second; silence included. */
export const explore = (instance: Instance, departure: Departure = {}): Exploration => {
  const arena = arenaOf(instance, departure)
  const book = ledger()
  const { nodes, initial } = positionGraph(arena, book)
  const { reached, transitions } = walk(arena, nodes, initial, book)
  return { states: reached, transitions, violations: book.violations }
}

/** Time counts from when the side to move came to move: the rules know no other. */
const disputeAt = ({ position, turn }: Node, asserter: Seconds, challenger: Seconds) => ({
  kind: 'Running' as const,
  position,
  clocks: { turn, turnSince: 0, left: { asserter, challenger } },
})

const walk = (
  arena: Arena,
  nodes: readonly Node[],
  initial: readonly number[],
  { check }: Ledger,
): { reached: number; transitions: number } => {
  const { seconds, instance } = arena
  const readings = seconds + 1
  const seen = new Uint8Array(nodes.length * readings * readings)
  const stack: number[] = []
  const decided = new Map<string, Decided>()
  let [reached, transitions] = [0, 0]

  const reach = (node: number, asserter: Seconds, challenger: Seconds): void => {
    const state = (node * readings + asserter) * readings + challenger
    if (seen[state] === 1) return
    seen[state] = 1
    reached++
    stack.push(state)
  }

  const where = (dispute: ReturnType<typeof disputeAt>, now: Seconds) => () =>
    `${JSON.stringify(dispute)} at ${now} of ${JSON.stringify(instance)}`

  const decide = (winner: Party, by: Decided['by'], found: () => string): void => {
    decided.set(`${winner} ${by}`, { kind: 'Decided', winner, by })
    const { right } = instance
    if (right === undefined) return
    check(right === 'asserter' ? 'SAFE-1' : 'SAFE-2', winner === right, found)
  }

  /** The clocks after a move at this second; undefined where the clock has run out. Held against the rules' timeout. */
  const clocksAfter = (dispute: ReturnType<typeof disputeAt>, now: Seconds) => {
    const found = where(dispute, now)
    const { turn, left } = dispute.clocks
    const stands = () => ({ ok: true, value: { kind: 'Continues', position: dispute.position } }) as const
    const moved = move(dispute, turn, stands, now)
    const called = timeout(dispute, now)
    check('CLOCK-1', moved.ok !== called.ok && called.ok === now > left[turn], found)
    check('TURN-1', !move(dispute, opponentOf(turn), stands, now).ok, found)
    if (!moved.ok || moved.value.kind !== 'Running') return undefined
    const after = moved.value.clocks
    const idle = opponentOf(turn)
    const paid =
      after.turn === idle &&
      after.turnSince === now &&
      after.left[turn] === left[turn] - now &&
      after.left[idle] === left[idle]
    check('CLOCK-2', paid && after.left[turn] >= 0, found)
    return after.left
  }

  const expand = (node: Node, asserter: Seconds, challenger: Seconds): void => {
    const dispute = disputeAt(node, asserter, challenger)
    const { turn, left } = dispute.clocks
    for (let now = 0; now <= left[turn]; now++) {
      const after = clocksAfter(dispute, now)
      if (after === undefined) continue
      transitions += node.edges.length
      for (const edge of node.edges) {
        if (edge >= 0) reach(edge, after.asserter, after.challenger)
        else decide(edge === DECIDED.asserter ? 'asserter' : 'challenger', 'arbitration', where(dispute, now))
      }
    }
    const late = left[turn] + 1
    clocksAfter(dispute, late)
    // An honest party moves within its clock; where it cannot move at all, time runs out for it too.
    if (turn === arena.honest && !arena.mayBeLate && node.edges.length > 0) return
    const ended = timeout(dispute, late)
    if (!ended.ok || ended.value.kind !== 'Decided') return
    transitions++
    const elapsed = 2 * seconds - asserter - challenger + late
    check('BOUND-2', elapsed <= arena.secondsBound, where(dispute, late))
    decide(ended.value.winner, 'timeout', where(dispute, late))
  }

  for (const node of initial) reach(node, seconds, seconds)
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const challenger = state % readings
    const asserter = Math.floor(state / readings) % readings
    expand(nodes[Math.floor(state / readings / readings)]!, asserter, challenger)
  }
  for (const end of decided.values()) checkAbsorbs(end, check)
  return { reached: reached + decided.size, transitions }
}

const checkAbsorbs = (end: Dispute, check: Ledger['check']): void => {
  const calls = [
    move(end, 'asserter', () => ({ ok: true, value: { kind: 'Decided', moverWins: true } }), 0),
    move(end, 'challenger', () => ({ ok: true, value: { kind: 'Decided', moverWins: true } }), 0),
    timeout(end, Number.MAX_SAFE_INTEGER),
  ]
  for (const call of calls) check('ABSORB-1', !call.ok, () => JSON.stringify(end))
}
