import {
  type Attention,
  BASIS_POINTS,
  MAX_ARITY,
  MIN_ARITY,
  type ParameterFault,
  type Seals,
} from '../../spec/setting/parameters.ts'
import type { FieldFault } from './fault.ts'
import { flag, integer, mapping, wei } from './fields.ts'

/** What `game` takes of a deployment in every scenario file, a story's and a simulation's. */

export const LONGEST_SECONDS = 2 ** 31 - 1
export const seconds = integer(1, LONGEST_SECONDS)

const ETHER = 10n ** 18n
const HOUR = 3600

const sealsSchema = mapping({ answerSeconds: seconds, revealSeconds: seconds })

const attentionSchema = mapping({
  answerSeconds: seconds.default(HOUR),
  revealSeconds: seconds.default(12 * HOUR),
  stakeWei: wei(1n).default(ETHER),
  oneIn: integer(1, 2 ** 32 - 1).default(10),
  minFeeWei: wei(1n).default(ETHER / 1000n),
  /** What a right answer earns; the least part of a fee where it is absent. */
  payWei: wei(1n).optional(),
})

interface Times {
  readonly clockSeconds: number
  readonly descentSeconds: number
  readonly windowSeconds: number
}

/** @param times where a file gives none */
export const gameFields = (times: Times) => ({
  arity: integer(MIN_ARITY, MAX_ARITY).default(16),
  clockSeconds: seconds.default(times.clockSeconds),
  descentSeconds: integer(0, 2 ** 24 - 1).default(times.descentSeconds),
  windowSeconds: seconds.default(times.windowSeconds),
  claimBondWei: wei(1n).optional(),
  /** The smallest that the formulas allow, where it is absent. */
  disputeBondWei: wei(1n).optional(),
  /** Share that is burned of a claim bond that is lost, and of every dispute bond, in basis points. */
  burnBasisPoints: integer(1, BASIS_POINTS - 1).default(5000),
  /** Disputes about one claim that its honest server plays at once. */
  disputesAtOnce: integer(1, 2 ** 16 - 1).default(4),
  /** Claims may be sealed, so that nobody can copy them in time. */
  seals: sealsSchema.optional(),
  /** Verifiers are asked for their attention; every claim is sealed. */
  attention: attentionSchema.optional(),
  /** A setting in which the game's promises do not hold is played all the same. */
  outsideAssumptions: flag().default(false),
})

interface Game {
  readonly seals?: Seals | undefined
  readonly attention?:
    | (Omit<Attention, 'payWei'> & Seals & { readonly payWei?: bigint | undefined })
    | undefined
}

/** What a deployment takes of them. */
export const sealTerms = ({
  seals,
  attention,
}: Game): { readonly seals?: Seals; readonly attention?: Attention } => {
  if (attention === undefined) return seals === undefined ? {} : { seals }
  const { answerSeconds, revealSeconds, payWei, ...terms } = attention
  return {
    seals: { answerSeconds, revealSeconds },
    attention: { ...terms, payWei: payWei ?? attention.minFeeWei },
  }
}

/** `bondWei` is short for `claimBondWei`: of two the one would say nothing. */
export const bondFaults = ({
  bondWei,
  claimBondWei,
}: {
  readonly bondWei?: bigint | undefined
  readonly claimBondWei?: bigint | undefined
}): readonly FieldFault[] =>
  bondWei === undefined || claimBondWei === undefined
    ? []
    : [
        {
          path: ['game', 'bondWei'],
          reason: 'stands beside game.claimBondWei, which it is short for; allowed: one of them',
        },
      ]

/** Where attention is asked for, its times are the seals'. */
export const sealFaults = ({ seals, attention }: Game): readonly FieldFault[] =>
  seals === undefined || attention === undefined
    ? []
    : [
        {
          path: ['game', 'seals'],
          reason: 'stands beside game.attention, which gives the times of its seals; allowed: one of them',
        },
      ]

/** Where in a file a parameter stands. */
export const pathOf = ({ attention }: Game, parameter: ParameterFault['parameter']): readonly string[] => {
  if (parameter === 'answerSeconds' || parameter === 'revealSeconds')
    return ['game', attention === undefined ? 'seals' : 'attention', parameter]
  const isOfAttention = ['stakeWei', 'oneIn', 'minFeeWei', 'payWei'].includes(parameter)
  return isOfAttention ? ['game', 'attention', parameter] : ['game', parameter]
}
