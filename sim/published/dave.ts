import { decimal, flag, integer, mapping } from '../scenario/fields.ts'
import { type Figure, model } from './model.ts'

/**
 * Dave (Nehab, de Paula and Teixeira, arXiv 2411.05463): a tournament in rounds. Claims are sorted by how often they
 * were demoted and meet in groups of G, from the least demoted on; of a group one keeps its count, all others are
 * demoted, and whoever is demoted K times is out.
 *
 * The adversary is the slowest there can be: it owns all claims and lets the least demoted of each group survive, but
 * for a last group whose survivor would win at once, where it takes one that does not.
 */
export interface Tournament {
  /** Demotions that put a claim out. */
  readonly K: number
  /** Claims in a group. */
  readonly G: number
  /** Claims at the start, the honest one included. */
  readonly N: number
}

/** How many multiples of `step` lie in [from, to): exact up to 2^53. */
const multiplesIn = (from: number, to: number, step: number): number => {
  const below = (bound: number): number => (bound - (bound % step)) / step + (bound % step === 0 ? 0 : 1)
  return below(to) - below(from)
}

/** So many claims that were demoted so often. */
interface Peers {
  readonly demotions: number
  readonly count: number
}

const total = (claims: readonly Peers[]): number => claims.reduce((sum, { count }) => sum + count, 0)

/** Ascending, one entry for each number of demotions that there is, and nobody who is out. */
const standing = (claims: readonly Peers[], K: number): Peers[] => {
  const counts = new Map<number, number>()
  for (const { demotions, count } of claims)
    if (count > 0 && demotions < K) counts.set(demotions, (counts.get(demotions) ?? 0) + count)
  return [...counts].map(([demotions, count]) => ({ demotions, count }))
}

/** The claims that are left after a round. */
const afterRound = (claims: readonly Peers[], { K, G }: Tournament): Peers[] => {
  const [least, others] = [claims[0]!, claims[1]]
  const next = (demotions: number): Peers => ({ demotions: demotions + 1, count: 1 })
  if (total(claims) <= G && least.count === 1 && others?.demotions === K - 1)
    // The least demoted would be left alone: one of the others survives it, and the two meet again.
    return standing([next(least.demotions), { ...others, count: 1 }], K)
  let position = 0
  return standing(
    claims.flatMap(({ demotions, count }) => {
      const kept = multiplesIn(position, position + count, G)
      position += count
      return [
        { demotions, count: kept },
        { demotions: demotions + 1, count: count - kept },
      ]
    }),
    K,
  )
}

/** Rounds until one claim is left, among them those that the adversary can censor. */
const allRounds = (tournament: Tournament): number => {
  let claims: readonly Peers[] = [{ demotions: 0, count: tournament.N }]
  let rounds = 0
  for (; total(claims) > 1; rounds++) claims = afterRound(claims, tournament)
  return rounds
}

/**
 * The most rounds that a tournament can have. An honest claim that loses K - 1 rounds to censorship is still in, and
 * so many are in the count; without censorship they are taken off. A single claim has nobody to meet.
 */
export const daveRounds = (tournament: Tournament & { readonly censorship: boolean }): number => {
  const rounds = allRounds(tournament)
  return tournament.censorship ? rounds : Math.max(0, rounds - (tournament.K - 1))
}

/** Days that the dispute takes: of each round two grace periods and a period for the moves. */
export const daveDays = ({
  graceHours,
  moveHours,
  ...tournament
}: Tournament & {
  readonly graceHours: number
  readonly moveHours: number
  readonly censorship: boolean
}): number => (daveRounds(tournament) * (2 * graceHours + moveHours)) / 24

/** What the honest party spends: in each round a match against each other claim of its group. */
export const daveExpenseEther = (tournament: Tournament & { readonly matchEther: number }): number =>
  (tournament.G - 1) * tournament.matchEther * daveRounds({ ...tournament, censorship: false })

const SOURCE = 'Dave, arXiv 2411.05463'

const tournament = {
  K: integer(1, 1000),
  G: integer(2, Number.MAX_SAFE_INTEGER),
  N: integer(1, Number.MAX_SAFE_INTEGER),
}

/** Table 1: K and R for N = 2^4, 2^8, ... 2^32. */
const TABLE_1: readonly (readonly [G: number, columns: readonly (readonly [K: number, R: number])[]])[] = [
  [
    2,
    [
      [16, 35],
      [27, 72],
      [36, 103],
      [45, 134],
      [45, 143],
      [51, 166],
      [55, 184],
      [61, 207],
    ],
  ],
  [
    4,
    [
      [12, 17],
      [29, 47],
      [31, 55],
      [38, 70],
      [36, 71],
      [43, 86],
      [52, 104],
      [49, 103],
    ],
  ],
]
/** Table 2: R, censorship counted, for N = 2^4, 2^8, 2^12, 2^16 at K = 21 and G = 4. */
const TABLE_2 = [49, 56, 60, 64]

const exactly = (parameters: Figure['parameters'], published: number): Figure => ({
  parameters,
  published,
  within: 0,
})
const days = (N: number, censorship: boolean, published: number): Figure =>
  exactly({ K: 21, G: 4, N, graceHours: 8, moveHours: 2, censorship }, published)

export const DAVE = [
  model({
    id: 'dave-rounds',
    title: 'Dave: most rounds of a tournament of N claims',
    source: `${SOURCE}, tables 1 and 2`,
    parameters: mapping({ ...tournament, censorship: flag().default(false) }),
    compute: daveRounds,
    figures: [
      ...TABLE_1.flatMap(([G, columns]) =>
        columns.map(([K, R], i) => exactly({ K, G, N: 2 ** (4 * (i + 1)), censorship: false }, R)),
      ),
      ...TABLE_2.map((R, i) => exactly({ K: 21, G: 4, N: 2 ** (4 * (i + 1)), censorship: true }, R)),
    ],
  }),
  model({
    id: 'dave-days',
    title: 'Dave: most days that a dispute takes',
    source: `${SOURCE}, tables 2 and 3`,
    parameters: mapping({
      ...tournament,
      graceHours: decimal(0, 1_000_000).default(8),
      moveHours: decimal(0, 1_000_000).default(2),
      censorship: flag().default(false),
    }),
    compute: daveDays,
    figures: [
      days(2 ** 4, false, 21.75),
      days(2 ** 32, false, 42.75),
      days(2 ** 4, true, 36.75),
      days(2 ** 32, true, 57.75),
      // "5 weeks" under an attack of 3 million ether at a bond of 3.
      { ...days(1_000_000, false, 35), within: 3.5 },
    ],
  }),
  model({
    id: 'dave-expense-ether',
    title: 'Dave: what the honest party spends, in ether',
    source: `${SOURCE}, table 3`,
    parameters: mapping({ ...tournament, matchEther: decimal(0, 1_000_000).default(0.05) }),
    compute: daveExpenseEther,
    figures: [{ parameters: { K: 21, G: 4, N: 1_000_000, matchEther: 0.05 }, published: 7, within: 0.5 }],
  }),
]
