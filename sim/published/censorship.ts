import { decimal, integer, mapping } from '../scenario/fields.ts'
import { model } from './model.ts'

/**
 * The censorship game (Berger, Felten, Mamageishvili and Sudakov, arXiv 2502.20334): there are T blocks, and the
 * defender needs N of them. Each block goes to the higher of two bids, and only the winner pays.
 */
export interface CensorshipGame {
  /** Blocks. */
  readonly T: number
  /** Blocks that the defender needs. */
  readonly N: number
}

/**
 * The ratio of the attacker's budget to the defender's above which the attacker wins. Whoever needs no block has won;
 * whoever needs more than there are has lost. In between the paper has a recurrence over both numbers, which this
 * solves: at each block the defender offers an equal share of its budget for each block that it still needs, and the
 * attacker can outbid all but N - 1 of the T.
 *
 * @returns infinite where N is 0
 */
export const censorshipRatio = ({ T, N }: CensorshipGame): number => {
  if (N === 0) return Number.POSITIVE_INFINITY
  return N > T ? 0 : (T - N + 1) / N
}

/** The defender's best bid for a block, in units of its budget, while it needs N more. */
export const defenderBid = (budget: number, N: number): number => budget / N

/** The budget with which the defender holds against an attacker's. */
export const censorshipDefence = ({
  attack,
  ...game
}: CensorshipGame & { readonly attack: number }): number => attack / censorshipRatio(game)

const SOURCE = 'Economic censorship games in fraud proofs, arXiv 2502.20334 and ethresear.ch 21929'
const game = {
  T: integer(0, Number.MAX_SAFE_INTEGER),
  N: integer(0, Number.MAX_SAFE_INTEGER),
}

export const CENSORSHIP = [
  model({
    id: 'censorship-ratio',
    title: 'Censorship: budgets, attacker to defender, above which the attacker wins',
    source: SOURCE,
    parameters: mapping(game),
    compute: censorshipRatio,
    figures: [{ parameters: { T: 50_000, N: 60 }, published: 832.35, within: 0.005 }],
  }),
  model({
    id: 'censorship-defence',
    title: 'Censorship: budget that holds against an attack, in the unit of the attack',
    source: SOURCE,
    parameters: mapping({ ...game, attack: decimal(0, 1e30) }),
    compute: censorshipDefence,
    // "12 million dollars hold against 10 billion".
    figures: [{ parameters: { T: 50_000, N: 60, attack: 1e10 }, published: 12e6, within: 0.5e6 }],
  }),
]
