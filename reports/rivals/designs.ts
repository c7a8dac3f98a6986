import { boldDays, boldExpenseEther } from '../../sim/published/bold.ts'
import { daveDays, daveExpenseEther } from '../../sim/published/dave.ts'
import { prtWeeks } from '../../sim/published/prt.ts'
import { disputeCostWei, smallestDisputeBondWei, verifierCapitalWei } from '../../spec/setting/bonds.ts'
import { DEPLOYMENT } from '../../spec/setting/presets.ts'
import type { Setting } from '../../spec/setting/setting.ts'
import { claimSeconds } from '../../spec/setting/times.ts'

/** What an attack with so many ether comes to for the honest. */
export interface Burden {
  /** Bond of one claim or dispute that the honest must have, ... */
  readonly bondEther: number
  /** ... what they spend, before what the attacker's lost bonds give back, ... */
  readonly expenseEther: number
  /** ... and what they must have at once. */
  readonly capitalEther: number
  readonly delayDays: number
}

/** A dispute game under attack. */
export interface Design {
  readonly name: string
  readonly source: string
  /** Undefined where the attack buys nothing: less than one claim. */
  readonly under: (attackEther: number) => Burden | undefined
}

const WEI_PER_ETHER = 1e18
const DAY = 86_400

const ether = (wei: bigint): number => Number(wei) / WEI_PER_ETHER

/** This game by its formulas: every ether of the attacker in bonds of false claims, a dispute about each. */
const ours = (setting: Setting): Design => {
  const { parameters, lengths } = setting
  return {
    name: 'OPML',
    source: 'spec/setting/bonds.ts, times.ts, the deployment of presets.ts',
    under: (attackEther) => {
      const claims = Math.floor(attackEther / ether(parameters.claimBondWei))
      if (claims === 0) return undefined
      return {
        bondEther: ether(parameters.disputeBondWei),
        expenseEther: claims * ether(disputeCostWei(setting)),
        capitalEther: ether(verifierCapitalWei(setting, BigInt(claims))),
        delayDays: claimSeconds(parameters, lengths.length) / DAY,
      }
    },
  }
}

const DAVE_BOND = 3
const DAVE_GAME = { K: 21, G: 4, graceHours: 8, moveHours: 2, censorship: false }

const dave: Design = {
  name: 'Dave, G = 4, K = 21',
  source: 'arXiv 2411.05463: bond 3 ether, table 3',
  under: (attackEther) => {
    const N = Math.floor(attackEther / DAVE_BOND) + 1
    const expenseEther = daveExpenseEther({ ...DAVE_GAME, N, matchEther: 0.05 })
    return {
      bondEther: DAVE_BOND,
      expenseEther,
      capitalEther: DAVE_BOND + expenseEther,
      delayDays: daveDays({ ...DAVE_GAME, N }),
    }
  },
}

const prt: Design = {
  name: 'PRT, one level',
  source: 'arXiv 2212.12439; bond and expense of 1 ether from Dave, table 3',
  under: (attackEther) => ({
    bondEther: 1,
    expenseEther: 1,
    capitalEther: 2,
    delayDays: 7 * prtWeeks({ N: Math.floor(attackEther), levels: 1 }),
  }),
}

/** The papers count stakes among BoLD's expenses; all of it must be there at once. */
const bold = (name: string, bondEther: number, ratio: number): Design => ({
  name,
  source: 'BOLDChallengeProtocol.pdf; Dave, table 3',
  under: (attackEther) => {
    const expenseEther = boldExpenseEther({ attackEther, ratio })
    return {
      bondEther,
      expenseEther,
      capitalEther: Math.max(bondEther, expenseEther),
      delayDays: boldDays({ periodDays: 6.4, censoredDays: 0, delayBlocks: 0, kmax: 0, blockSeconds: 12 }),
    }
  },
})

/** What Dave's table 3 has for three levels; its 461,539 ether are 3 million over this. */
const THREE_LEVELS_RATIO = 6.5

export const DESIGNS: readonly Design[] = [
  ours(DEPLOYMENT),
  dave,
  prt,
  bold('BoLD, one level', 1000, 1000),
  bold('BoLD, three levels', 3600, THREE_LEVELS_RATIO),
]

export const ATTACKS_ETHER = [1000, 10_000, 100_000, 1_000_000, 3_000_000] as const

/** Bonds as small as the rules allow, and what they come to. */
export interface BondChoice {
  /** D: disputes about one claim that its honest server plays at once. */
  readonly disputesAtOnce: number
  readonly claimBondEther: number
  readonly disputeBondEther: number
  /** Ether that an attacker must lock for each ether of a verifier's. */
  readonly capitalRatio: number
}

export const DISPUTES_AT_ONCE = [2, 8, 32] as const

/** For claim bonds from the deployment's on. */
export const BOND_CHOICES: readonly BondChoice[] = DISPUTES_AT_ONCE.flatMap((disputesAtOnce) =>
  [1n, 4n, 16n, 64n, 256n].map((factor) => {
    const claimBondWei = DEPLOYMENT.parameters.claimBondWei * factor
    const parameters = { ...DEPLOYMENT.parameters, disputesAtOnce, claimBondWei }
    const disputeBondWei = smallestDisputeBondWei({ ...DEPLOYMENT, parameters })
    const played = { ...DEPLOYMENT, parameters: { ...parameters, disputeBondWei } }
    return {
      disputesAtOnce,
      claimBondEther: ether(claimBondWei),
      disputeBondEther: ether(disputeBondWei),
      capitalRatio: ether(claimBondWei) / ether(verifierCapitalWei(played, 1n)),
    }
  }),
)
