import type { Wei } from '../../spec/setting/parameters.ts'
import type { ChainFigures } from '../onChain/playedBlocks.ts'
import type { PartyFigures, RunFigures } from '../simulation/figures.ts'
import type { Search } from '../simulation/search.ts'
import type { Point } from './grid.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** What one account came to over a point's runs; sums, but for the profit. */
export interface PartySummary {
  readonly profitWei: { readonly mean: string; readonly min: string; readonly max: string }
  readonly gasWei: string
  readonly computeUsd: number
  readonly lockedWeiSeconds: string
  readonly bondsLost: number
}

/** What the runs of one point of the grid came to. Counts are sums over its runs; amounts are decimal strings of wei. */
export interface PointSummary {
  readonly at: Point
  readonly runs: number
  readonly claims: RunFigures['claims']
  readonly disputes: number
  readonly honestLosses: number
  /** Why the game's promises do not hold at this point; null where they do. */
  readonly outsideAssumptions: string | null
  /** By adaptive attacker: the worst that it found in any run, beside what the formulas state; absent where there is none. */
  readonly searches?: Readonly<Record<string, SearchSummary>>
  /** Of the blocks on a live chain, sums; absent where the chain was modelled. */
  readonly chain?: ChainFigures
  /** Of settled tasks; null where none was. */
  readonly finalitySeconds: Spread<number> | null
  readonly gas: { readonly median: number; readonly total: number }
  readonly parties: Readonly<Record<string, PartySummary>>
  readonly griefing: {
    readonly attackerWei: string
    readonly victimWei: string
    /** What honest parties lost for each wei that the others lost; null where those lost none. */
    readonly factor: number | null
  }
}

/** What an adaptive attacker's searches came to. */
export interface SearchSummary {
  /** Attacks that were tried, over all runs. */
  readonly rounds: number
  readonly worst: {
    readonly role: string
    readonly strategy: string
    readonly options: Readonly<Record<string, unknown>>
    readonly harmWei: string
    readonly costWei: string
    /** Null where it cost nothing. */
    readonly factor: number | null
  }
  readonly boundFactor: number
}

interface PartySum {
  /** In which it was there: who looks for what hurts most has other accounts in each. */
  runs: number
  profitWei: Wei
  least: Wei
  most: Wei
  gasWei: Wei
  computeUsd: number
  lockedWeiSeconds: Wei
  bondsLost: number
}

const SUMMED = ['final', 'refuted', 'falseFinals', 'expired'] as const

const added = (a: ChainFigures, b: ChainFigures): ChainFigures => ({
  blocks: a.blocks + b.blocks,
  calls: a.calls + b.calls,
  refused: a.refused + b.refused,
  replaced: a.replaced + b.replaced,
  gasUsed: a.gasUsed + b.gasUsed,
})

/** Takes a point's runs one by one, and keeps no more of each than the figures need. */
export class PointTotals {
  readonly #at: Point
  readonly #outside: string | undefined
  #runs = 0
  #outsideRuns = 0
  #firstOutside: string | undefined
  #disputes = 0
  #honestLosses = 0
  #attackerWei = 0n
  #victimWei = 0n
  readonly #claims = { final: 0, refuted: 0, falseFinals: 0, expired: 0 }
  readonly #finality: number[] = []
  readonly #gas: number[] = []
  readonly #parties = new Map<string, PartySum>()
  #chain: ChainFigures | undefined
  readonly #searches = new Map<string, { readonly rounds: number; readonly search: Search }>()

  constructor(at: Point, outside: string | undefined) {
    this.#at = at
    this.#outside = outside
  }

  add(run: RunFigures, searches: readonly Search[] = [], chain?: ChainFigures): void {
    for (const search of searches) this.#addSearch(search)
    if (chain !== undefined) this.#chain = this.#chain === undefined ? chain : added(this.#chain, chain)
    this.#runs++
    if (run.outsideAssumptions !== null) {
      this.#outsideRuns++
      this.#firstOutside ??= run.outsideAssumptions
    }
    this.#disputes += run.disputes
    this.#honestLosses += run.honestLosses
    this.#attackerWei += run.griefing.attackerWei
    this.#victimWei += run.griefing.victimWei
    for (const key of SUMMED) this.#claims[key] += run.claims[key]
    for (const seconds of run.finalitySeconds) this.#finality.push(seconds)
    this.#gas.push(run.gas)
    for (const [name, party] of Object.entries(run.parties)) this.#addParty(name, party)
  }

  #addSearch(search: Search): void {
    const known = this.#searches.get(search.actor)
    const isWorse = known === undefined || search.worst.factor > known.search.worst.factor
    const rounds = (known?.rounds ?? 0) + search.log.length
    this.#searches.set(search.actor, { rounds, search: isWorse ? search : known.search })
  }

  #searchSummaries(): Pick<PointSummary, 'searches'> {
    if (this.#searches.size === 0) return {}
    const summaries = [...this.#searches].map(([name, { rounds, search }]): [string, SearchSummary] => {
      const { role, strategy, options, harmWei, costWei, factor } = search.worst
      const told = Number.isFinite(factor) ? factor : null
      const worst = {
        role,
        strategy,
        options,
        harmWei: String(harmWei),
        costWei: String(costWei),
        factor: told,
      }
      return [name, { rounds, worst, boundFactor: search.boundFactor }]
    })
    return { searches: Object.fromEntries(summaries) }
  }

  /** Of runs that were beyond the assumptions how many there are, and what it was in the first. */
  #outsideOfRuns(): string | null {
    return this.#firstOutside === undefined
      ? null
      : `${this.#outsideRuns} of ${this.#runs} runs: ${this.#firstOutside}`
  }

  #addParty(
    name: string,
    { profitWei, gasWei, computeUsd, lockedWeiSeconds, bondsLost }: PartyFigures,
  ): void {
    const known = this.#parties.get(name)
    if (known === undefined) {
      const sum = {
        runs: 1,
        profitWei,
        least: profitWei,
        most: profitWei,
        gasWei,
        computeUsd,
        lockedWeiSeconds,
        bondsLost,
      }
      this.#parties.set(name, sum)
      return
    }
    known.runs++
    known.profitWei += profitWei
    if (profitWei < known.least) known.least = profitWei
    if (profitWei > known.most) known.most = profitWei
    known.gasWei += gasWei
    known.computeUsd += computeUsd
    known.lockedWeiSeconds += lockedWeiSeconds
    known.bondsLost += bondsLost
  }

  summary(): PointSummary {
    const parties = [...this.#parties].map(([name, sum]): [string, PartySummary] => [
      name,
      {
        profitWei: {
          mean: String(sum.profitWei / BigInt(sum.runs)),
          min: String(sum.least),
          max: String(sum.most),
        },
        gasWei: String(sum.gasWei),
        computeUsd: sum.computeUsd,
        lockedWeiSeconds: String(sum.lockedWeiSeconds),
        bondsLost: sum.bondsLost,
      },
    ])
    const attackers = Number(this.#attackerWei)
    return {
      at: this.#at,
      runs: this.#runs,
      claims: { ...this.#claims },
      disputes: this.#disputes,
      honestLosses: this.#honestLosses,
      outsideAssumptions: this.#outside ?? this.#outsideOfRuns(),
      ...this.#searchSummaries(),
      ...(this.#chain && { chain: this.#chain }),
      finalitySeconds: spreadOf(this.#finality) ?? null,
      gas: {
        median: spreadOf(this.#gas)?.median ?? 0,
        total: this.#gas.reduce((sum, gas) => sum + gas, 0),
      },
      parties: Object.fromEntries(parties),
      griefing: {
        attackerWei: String(this.#attackerWei),
        victimWei: String(this.#victimWei),
        factor: attackers === 0 ? null : Number(this.#victimWei) / attackers,
      },
    }
  }
}
