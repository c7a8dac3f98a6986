import { z } from 'zod'
import { etherOf } from '../sweeps/quantity.ts'
import type { SweepFile } from '../sweeps/sweepFile.ts'

export const SIMULATED = 'OPML, simulated'

/** The simulation whose runs stand beside the formulas. */
const SCENARIO = 'attack-budget'
const CLAIMS_KEY = 'actors.mal.claims'
const VERIFIER = 'vera'
const DAY = 86_400

/** What a simulated attack came to. */
export interface Simulated {
  /** Its page. */
  readonly href: string
  readonly attackEther: number
  readonly bondEther: number
  readonly expenseEther: number
  readonly capitalEther: number
  /** Undefined where no task was settled. */
  readonly delayDays: number | undefined
}

const pointSchema = z.looseObject({
  at: z.looseObject({ [CLAIMS_KEY]: z.number() }),
  runs: z.number(),
  disputes: z.number(),
  bonds: z.looseObject({ claimBondWei: z.string(), disputeBondWei: z.string() }),
  finalitySeconds: z.looseObject({ max: z.number() }).nullable(),
  parties: z.looseObject({ [VERIFIER]: z.looseObject({ gasWei: z.string() }) }),
})

/** The attacks of one simulation; none where it asks something else. */
export const simulatedAttacks = (
  name: string,
  { scenario, points }: Pick<SweepFile, 'scenario' | 'points'>,
): readonly Simulated[] => {
  if (scenario !== SCENARIO) return []
  return points.flatMap((point): Simulated | readonly never[] => {
    const parsed = pointSchema.safeParse(point)
    if (!parsed.success) return []
    const { at, runs, disputes, bonds, finalitySeconds, parties } = parsed.data
    const bondEther = etherOf(bonds.disputeBondWei)
    const expenseEther = etherOf(parties[VERIFIER].gasWei) / runs
    return {
      href: `${encodeURIComponent(name)}.html`,
      attackEther: at[CLAIMS_KEY] * etherOf(bonds.claimBondWei),
      bondEther,
      expenseEther,
      capitalEther: (disputes / runs) * bondEther + expenseEther,
      delayDays: finalitySeconds === null ? undefined : finalitySeconds.max / DAY,
    }
  })
}
