import { decimal, integer, mapping } from '../scenario/fields.ts'
import { model } from './model.ts'

/**
 * BoLD (Alvarez and others, "BoLD: Fast and Cheap Dispute Resolution"): all claims against all, in levels; a stake at
 * each level that a claim is refined to. Amounts are in ether.
 */
export interface BoldLevel {
  /** Of one claim at this level. */
  readonly stake: number
  /** Of one claim at the level below, 0 at the lowest. */
  readonly below: number
  /** Gas: to create a claim at this level, */
  readonly root: number
  /** to prove a step of it, or to create a claim at the level below, */
  readonly proof: number
  /** to update a timer, */
  readonly update: number
  /** and to bisect. */
  readonly bisect: number
  /** Bisections from the level's root to a single step. */
  readonly kmax: number
}

/**
 * The resource ratio of a level: the least that the adversary spends for each ether that it makes the honest spend.
 * It is the greatest rho with
 *
 *   stake + root >= rho (below + proof + (kmax + 1) update + bisect) + (rho - 1) kmax bisect
 */
export const boldResourceRatio = ({ stake, below, root, proof, update, bisect, kmax }: BoldLevel): number =>
  (stake + root + kmax * bisect) / (below + proof + (kmax + 1) * update + bisect + kmax * bisect)

/**
 * Days until the honest have won: the challenge period, what the adversary can censor of it, and for each of the
 * moves the blocks that it may be late, d, and one.
 */
export const boldDays = ({
  periodDays,
  censoredDays,
  delayBlocks,
  kmax,
  blockSeconds,
}: {
  readonly periodDays: number
  readonly censoredDays: number
  readonly delayBlocks: number
  readonly kmax: number
  readonly blockSeconds: number
}): number => periodDays + censoredDays + ((delayBlocks + 1) * (kmax + 2) * blockSeconds) / 86_400

/** What the honest spend and stake against an attack of so many ether. */
export const boldExpenseEther = ({
  attackEther,
  ratio,
}: {
  readonly attackEther: number
  readonly ratio: number
}): number => attackEther / ratio

const SOURCE = 'BoLD, BOLDChallengeProtocol.pdf'
const DAVE_TABLE_3 = 'Dave, arXiv 2411.05463, table 3'

const ether = decimal(0, 1e12)
const gasEther = ether.default(0)
const most = Number.MAX_SAFE_INTEGER

export const BOLD = [
  model({
    id: 'bold-resource-ratio',
    title: 'BoLD: what the adversary spends for each ether of the honest',
    source: `${SOURCE}, equation 55; stakes of Arbitrum One`,
    parameters: mapping({
      stake: ether,
      below: ether,
      root: gasEther,
      proof: gasEther,
      update: gasEther,
      bisect: gasEther,
      kmax: integer(0, 1_000_000).default(0),
    }),
    compute: boldResourceRatio,
    // The gas, at 500 gwei, is not stated; 2.28 ether is what the stated ratio leaves for it.
    figures: [
      {
        parameters: { stake: 3600, below: 555, root: 0, proof: 2.28, update: 0, bisect: 0, kmax: 0 },
        published: 6.46,
        within: 0.005,
      },
    ],
  }),
  model({
    id: 'bold-days',
    title: 'BoLD: days until the honest have won',
    source: `${SOURCE}, section 3; ${DAVE_TABLE_3}`,
    parameters: mapping({
      periodDays: decimal(0, 1e6).default(6.4),
      censoredDays: decimal(0, 1e6).default(0),
      delayBlocks: integer(0, most).default(0),
      kmax: integer(0, 1_000_000).default(0),
      blockSeconds: decimal(0, 1e6).default(12),
    }),
    compute: boldDays,
    // "1 week".
    figures: [
      {
        parameters: { periodDays: 6.4, censoredDays: 0, delayBlocks: 0, kmax: 0, blockSeconds: 12 },
        published: 7,
        within: 3.5,
      },
    ],
  }),
  model({
    id: 'bold-expense-ether',
    title: 'BoLD: what the honest spend and stake against an attack, in ether',
    source: DAVE_TABLE_3,
    parameters: mapping({ attackEther: ether, ratio: decimal(1, 1e12) }),
    compute: boldExpenseEther,
    figures: [
      { parameters: { attackEther: 3_000_000, ratio: 1000 }, published: 3000, within: 0.5 },
      // Rounded up.
      { parameters: { attackEther: 3_000_000, ratio: 6.5 }, published: 461_539, within: 1 },
    ],
  }),
]
