import type { Id, StateRoot } from '../../spec/commitments/hash.ts'
import { deadline, type Party, type Seconds } from '../../spec/game/clocks.ts'
import { cutPoints, segmentCount } from '../../spec/game/position.ts'
import type { RunningDispute } from '../../spec/service/state.ts'
import type { Row } from '../chronicle.ts'
import { machineModel, nameOf, type Setting } from '../wording.ts'
import { rootCount, stateBehind } from './places.ts'

/** A root that somebody stands by, and the state that it is the root of. */
export interface Stand {
  readonly name: string
  readonly root: StateRoot
  readonly where: string
}

/** One way in which the party to move may go on, by the length of the segment that it picks. */
export interface NextMove {
  readonly reply: 'Dissect' | 'Descend' | 'Arbitrate'
  readonly segmentLength: number
  /** Of its own, that it must show; the most, where it states the run's length itself. */
  readonly roots: number
  readonly mustShow: string
}

/** A dispute that runs, as it stands. */
export interface Standing {
  readonly dispute: Id
  readonly asserter: string
  readonly challenger: string
  /** What both accept. */
  readonly accepted: Stand
  /** What each stands by, and the other disputes. */
  readonly disputed: readonly Stand[]
  readonly toMove: { readonly name: string; readonly party: Party; readonly secondsLeft: Seconds }
  /** Segments of the opponent's vector, one of which must be picked. */
  readonly segments: number
  readonly next: readonly NextMove[]
}

const dissection = (length: number, arity: number, other: string): NextMove => {
  const roots = segmentCount(length, arity)
  return {
    reply: 'Dissect',
    segmentLength: length,
    roots,
    mustShow: `its own ${rootCount(roots)} inside it, the last another one than ${other}’s`,
  }
}

const descent = (arity: number, below: string, other: string): NextMove => ({
  reply: 'Descend',
  segmentLength: 1,
  roots: arity,
  mustShow: `the run of that one step in phase ${below}: how long it is, at most ${rootCount(arity)} inside it, and a witness by which the contract sees that it starts where the accepted state leads and ends in another state than ${other}’s`,
})

const arbitration = (setting: Setting): NextMove => ({
  reply: 'Arbitrate',
  segmentLength: 1,
  roots: 0,
  mustShow:
    machineModel(setting) === undefined
      ? 'what that one step takes of the accepted state: the contract executes it'
      : 'the registers, the instruction and the memory leaf that it touches, each proved against the accepted state: the contract executes that one instruction',
})

const nextMoves = (
  { position }: RunningDispute,
  other: string,
  arity: number,
  setting: Setting,
): readonly NextMove[] => {
  const { phases } = setting.model
  const { phase, length, roots } = position
  const points = cutPoints(length, roots.length - 1)
  const lengths = new Set(points.slice(1).map((point, i) => point - points[i]!))
  const below = phases[phase + 1]
  return [...lengths]
    .sort((a, b) => b - a)
    .map((steps) => {
      if (steps > 1) return dissection(steps, arity, other)
      return below === undefined ? arbitration(setting) : descent(arity, below, other)
    })
}

/** The call that the dispute's position came from: it posted the vector, and disputed what its opponent stands by. */
const lastMove = (rows: readonly Row[], dispute: Id): Row =>
  rows.findLast((row) => row.dispute === dispute && row.entry.outcome === 'accepted')!

const standingOf = (
  dispute: Id,
  state: RunningDispute,
  rows: readonly Row[],
  now: Seconds,
  setting: Setting,
): Standing => {
  const name = (party: Party): string => nameOf(setting.actors, state[party])
  const { segment, party } = lastMove(rows, dispute)
  const { position, clocks } = state
  const poster = name(party!)
  const mover = name(clocks.turn)
  const { at, length, roots } = position
  return {
    dispute,
    asserter: name('asserter'),
    challenger: name('challenger'),
    accepted: { name: 'both', root: roots[0]!, where: stateBehind(at, 0, setting) },
    disputed: [
      { name: poster, root: roots.at(-1)!, where: stateBehind(at, length, setting) },
      { name: mover, root: segment!.end, where: stateBehind(segment!.at, segment!.length, setting) },
    ],
    toMove: { name: mover, party: clocks.turn, secondsLeft: deadline(clocks) - now },
    segments: roots.length - 1,
    next: nextMoves(state, poster, rows.at(-1)!.after.parameters.arity, setting),
  }
}

/** The disputes that run behind these calls, as they stand. */
export const standings = (rows: readonly Row[], setting: Setting): readonly Standing[] => {
  const last = rows.at(-1)
  if (last === undefined) return []
  return [...last.after.disputes].flatMap(([id, dispute]) =>
    dispute.kind === 'Running' && last.after.claims.get(dispute.claim)?.kind !== 'Refuted'
      ? standingOf(id, dispute, rows, last.entry.time, setting)
      : [],
  )
}
