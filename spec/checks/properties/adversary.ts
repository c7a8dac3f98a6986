import { bigEndian, concat } from '../../commitments/bytes.ts'
import { type Hash, type Id, keccak, type StateRoot } from '../../commitments/hash.ts'
import type { Party } from '../../game/clocks.ts'
import {
  cutPoints,
  openSegment,
  type Position,
  segmentCount,
  segmentLength,
  segmentStart,
} from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import type { DisputeState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { traceAt } from '../../strategies/honest.ts'
import type { Intent, View } from '../../strategies/sight.ts'
import {
  commitLetter,
  enterLetter,
  exitLetter,
  type Letter,
  lastPhase,
  letterBytes,
  stepLast,
} from '../../tower/phases/alphabet.ts'
import type { Table } from './alphabetGame.ts'
import type { Player } from './play.ts'

/**
 * An adversary on the alphabet tower that is bound by nothing but the rules: it picks any segment, posts any roots,
 * true or false, states any length, lies about any state below, and may stop to move. It keeps a book of the letters
 * behind the roots that it posts, so that it can also witness its lies.
 */
interface Book {
  readonly letterOf: (root: StateRoot) => Letter | undefined
  readonly forge: (phase: number, count: number, salt: number) => StateRoot
}

const openBook = (table: Table): Book => {
  const { tower } = table.instance
  const letters = new Map<StateRoot, Letter>()
  const write = (phase: number, letter: Letter): StateRoot => {
    const root = commitLetter(phase, letter)
    letters.set(root, letter)
    return root
  }
  /** Writes down every letter of the true run from `start`, those of the runs below included. */
  const writeRun = (phase: number, start: Letter): Letter => {
    let letter = start
    write(phase, letter)
    const steps = tower.lengths[phase] ?? Math.min(start.count, tower.stepLimit)
    for (let i = 0; i < steps; i++) {
      letter =
        phase === lastPhase(tower)
          ? stepLast(letter)
          : exitLetter(letter, writeRun(phase + 1, enterLetter(tower, phase, letter)))
      write(phase, letter)
    }
    return letter
  }
  writeRun(0, table.start)
  return {
    letterOf: (root) => letters.get(root),
    forge: (phase, count, salt) => write(phase, { count, value: keccak<Hash>(bigEndian(salt, 6)) }),
  }
}

/** A number in [0, below). */
export type Choose = (below: number) => number

/** A stream of choices, from one seed. */
export const choices = (seed: number): Choose => {
  let counter = 0
  return (below) => Number(BigInt(keccak(bigEndian(seed, 6), bigEndian(counter++, 6))) % BigInt(below))
}

/**
 * Any reply that the rules may take: true roots and false ones, any length of a run below, any end of it. Undefined
 * where the segment starts from a root whose letter nobody has written down.
 */
export const forger = (table: Table, choose: Choose): Forge => {
  const book = openBook(table)
  const { arity } = table.instance.parameters

  /** @param trueRoots of the run that the position is in, after so many steps */
  const anyRoot = (phase: number, trueRoots: (steps: number) => StateRoot, steps: number): StateRoot => {
    const kind = choose(6)
    if (kind < 3) return trueRoots(steps)
    if (kind === 3) return trueRoots(choose(steps + 2))
    return book.forge(phase, choose(3), choose(1_000_000))
  }

  const vector = (phase: number, at: readonly number[], length: number, not: StateRoot): StateRoot[] => {
    const trace = traceAt(table.trueRun, at)
    const segments = segmentCount(length, arity)
    const roots = cutPoints(length, segments)
      .slice(1)
      .map((point) => anyRoot(phase, (steps) => trace.rootsAt([steps])[0]!, at.at(-1)! + point))
    if (roots.at(-1) === not) roots[segments - 1] = book.forge(phase, choose(2), choose(1_000_000))
    return roots
  }

  const descend = (position: Position, start: StateRoot, at: readonly number[]): Reply | undefined => {
    const above = book.letterOf(start)
    const below = position.phase + 1
    const fixed = table.instance.tower.lengths[below]
    const { stepLimit } = table.instance.tower
    const length = fixed ?? 1 + choose(stepLimit)
    const stableOrCutOff = length === stepLimit ? choose(2) : 0
    const end = book.forge(below, fixed ?? stableOrCutOff, choose(1_000_000))
    const letter = book.letterOf(end)!
    if (above === undefined) return undefined
    const roots = vector(below, [...at, 0], length, end)
    roots[roots.length - 1] = end
    return {
      kind: 'Descend',
      length,
      roots,
      witness: concat(letterBytes(above), letterBytes(letter)),
    }
  }

  return (position: Position, segment: number): Reply | undefined => {
    const opening = openSegment(position, segment)
    const length = segmentLength(opening)
    const at = segmentStart(position.at, position.length, opening.segments, segment)
    if (length > 1) return { kind: 'Dissect', roots: vector(position.phase, at, length, opening.end) }
    if (position.phase < table.rules.phases.length - 1) return descend(position, opening.start, at)
    const letter = book.letterOf(opening.start)
    return letter && { kind: 'Arbitrate', witness: letterBytes(letter) }
  }
}

/** A reply to a segment; undefined where there is none. */
export type Forge = (position: Position, segment: number) => Reply | undefined

/**
 * Somebody who answers any segment in any way, as one party of one dispute.
 *
 * @param quits in how many of 100 turns it stops moving for good
 */
export const forgingPlayer = (
  address: Address,
  party: Party,
  forge: Forge,
  choose: Choose,
  quits: number,
): Player => {
  let silent = false

  const moveIn = (disputeId: Id, { position }: DisputeState & { kind: 'Running' }): Intent | undefined => {
    if (choose(100) < quits) silent = true
    if (silent) return undefined
    const segment = choose(position.roots.length - 1)
    const reply = forge(position, segment)
    return (
      reply && {
        call: { kind: 'Move', disputeId, opening: openSegment(position, segment), reply },
        valueWei: 0n,
      }
    )
  }

  return {
    address,
    act: ({ state }: View): Intent | undefined => {
      const own = [...state.disputes].filter(([, dispute]) => dispute[party] === address)
      for (const [id, dispute] of own)
        if (dispute.kind === 'Running' && state.claims.get(dispute.claim)!.kind === 'Pending')
          return dispute.clocks.turn === party ? moveIn(id, dispute) : undefined
      const claim = [...state.claims].find(([, { kind }]) => kind === 'Pending')
      if (party !== 'challenger' || claim === undefined || own.length > 0) return undefined
      const { length, startRoot, endRoot } = claim[1].claim
      const position = { phase: 0, length, roots: [startRoot, endRoot], at: [0] }
      const first = forge(position, 0)
      return (
        first && {
          call: { kind: 'Open', claimId: claim[0], nonce: 0, reply: first },
          valueWei: state.parameters.disputeBondWei,
        }
      )
    },
  }
}

/** On the alphabet tower. */
export const adversary = (
  table: Table,
  address: Address,
  party: Party,
  seed: number,
  quits: number,
): Player => {
  const choose = choices(seed)
  return forgingPlayer(address, party, forger(table, choose), choose, quits)
}
