import { maxMoves } from '../../spec/game/bounds.ts'
import { MAX_ARITY, MIN_ARITY } from '../../spec/setting/parameters.ts'
import { decimal, integer, mapping } from '../scenario/fields.ts'
import { model } from './model.ts'

/**
 * zk-OPML, opML and this game under the same response windows: a challenge period, and a window for each answer. All
 * of zk-OPML's published times are made of these.
 */
const CHALLENGE_SECONDS = 120
const WINDOW_SECONDS = 30

/** Bisection over operators, two answers a round, and the proof of the operator that is left. */
export const zkOpmlSeconds = ({ ops, proving }: { readonly ops: number; readonly proving: number }): number =>
  // Digits of ops - 1 in binary: the ceiling of log2(ops), exact.
  CHALLENGE_SECONDS + 2 * (ops - 1 === 0 ? 0 : BigInt(ops - 1).toString(2).length) * WINDOW_SECONDS + proving

/** This game over one phase, a window for each move. */
export const oursSeconds = ({ steps, arity }: { readonly steps: number; readonly arity: number }): number =>
  CHALLENGE_SECONDS + maxMoves([steps], arity) * WINDOW_SECONDS

export const WINDOWS = [
  model({
    id: 'zk-opml-seconds',
    title: 'zk-OPML: seconds of a dispute over so many operators, with a proof of one',
    source: 'Vid201/zk-OPML, README',
    parameters: mapping({ ops: integer(1, Number.MAX_SAFE_INTEGER), proving: decimal(0, 1e9) }),
    compute: zkOpmlSeconds,
    figures: [
      { parameters: { ops: 3, proving: 121 }, published: 361, within: 0 },
      { parameters: { ops: 62, proving: 118 }, published: 598, within: 0 },
      // opML, 24 rounds and no proof to speak of.
      { parameters: { ops: 2 ** 24, proving: 0.2 }, published: 1560.2, within: 0.05 },
    ],
  }),
  model({
    id: 'ours-seconds',
    title: 'This game: seconds of a dispute over so many steps, in the same windows',
    source: 'spec/game/bounds.ts, in the windows of Vid201/zk-OPML',
    parameters: mapping({ steps: integer(1, 2 ** 48 - 1), arity: integer(MIN_ARITY, MAX_ARITY) }),
    compute: oursSeconds,
    figures: [{ parameters: { steps: 2 ** 24, arity: 16 }, published: 330, within: 0 }],
  }),
]
