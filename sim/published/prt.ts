import { integer, mapping } from '../scenario/fields.ts'
import { model } from './model.ts'

/**
 * Permissionless refereed tournaments (Nehab and Teixeira, arXiv 2212.12439): the claims of a level meet in pairs, a
 * week each, and what a pair of one level disagrees on is a tournament of the next. Weeks of N Sybils and one honest
 * claim over so many levels.
 */
export const prtWeeks = ({ N, levels }: { readonly N: number; readonly levels: number }): number =>
  // Digits of N in binary: the ceiling of log2(1 + N), exact.
  (N === 0 ? 0 : BigInt(N).toString(2).length) ** levels

export const PRT = [
  model({
    id: 'prt-weeks',
    title: 'PRT: weeks that N Sybils delay a dispute',
    source: 'PRT, arXiv 2212.12439; figures in Dave, arXiv 2411.05463, table 3',
    parameters: mapping({ N: integer(0, Number.MAX_SAFE_INTEGER), levels: integer(1, 10).default(1) }),
    compute: prtWeeks,
    figures: [
      { parameters: { N: 1_000_000, levels: 1 }, published: 20, within: 0 },
      { parameters: { N: 3_000_000, levels: 1 }, published: 22, within: 0 },
    ],
  }),
]
