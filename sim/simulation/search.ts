import { disputeCostWei, type Played } from '../../spec/setting/bonds.ts'
import { burnedShare, type Wei } from '../../spec/setting/parameters.ts'
import {
  type AdaptiveOptions,
  anyGuise,
  type Field,
  type Guise,
  mutated,
} from '../agents/attackers/adaptive.ts'
import { AGENT_STRATEGIES } from '../agents/index.ts'
import { type Chance, chanceOf } from '../chance.ts'
import type { Member, Simulation } from '../scenario/simulation.ts'
import { figuresOf, type RunFigures } from './figures.ts'
import type { PlayedRun } from './population.ts'

/** One attack that was tried. */
export interface Attempt extends Guise {
  readonly round: number
  /** What honest parties had less than in the same run without the attacker. */
  readonly harmWei: Wei
  /** What the attacker had less in the end or, where it had more, what it spent on gas. */
  readonly costWei: Wei
  /** Harm for each wei of the cost. */
  readonly factor: number
  readonly honestLosses: number
}

/** What an adaptive attacker looked for, and found. */
export interface Search {
  readonly actor: string
  readonly log: readonly Attempt[]
  /** Of the highest factor; of several the first. */
  readonly worst: Attempt
  /** The most that honest parties lose for each wei of an attacker's, as the formulas of the bonds have it. */
  readonly boundFactor: number
}

type Play = (simulation: Simulation, seed: number) => PlayedRun

/** Attacks that are kept to be varied. */
const KEPT = 4
/** Of so many rounds one tries something new. */
const NEW_ONE_IN = 3

/**
 * The bound that the specification states. Whoever lies burns beta B, and dilutes a challenger's reward to nothing at
 * worst: then that one is out of what its opening burned and what its dispute cost, beta b + c. Whoever disputes the truth
 * loses b, and costs the server c. All else that a stranger can do to an honest party in the game is made of these.
 */
export const statedBound = (played: Played): number => {
  const { parameters } = played
  const cost = disputeCostWei(played)
  const { claimBondWei, disputeBondWei } = parameters
  const lied =
    Number(burnedShare(parameters, disputeBondWei) + cost) / Number(burnedShare(parameters, claimBondWei))
  return Math.max(lied, Number(cost) / Number(disputeBondWei))
}

const isHonest = ({ strategy, options }: Member): boolean => strategy.isHonest(options)

/** The adaptive member in one of its guises. */
const disguised = (member: Member, { budgetWei }: AdaptiveOptions, guise: Guise): Member => {
  const strategy = AGENT_STRATEGIES[guise.role][guise.strategy]!
  const accounts = BigInt(member.count * (strategy.accounts ?? 1))
  return {
    ...member,
    role: guise.role,
    strategyName: guise.strategy,
    strategy,
    options: strategy.options.parse(guise.options),
    fundsWei: budgetWei / accounts,
  }
}

const replaced = (simulation: Simulation, member: Member, by: readonly Member[]): Simulation => ({
  ...simulation,
  cast: simulation.cast.flatMap((other) => (other === member ? by : [other])),
})

/** Profits of honest accounts, and of the attacker's own. */
const profitsOf = ({ members }: PlayedRun, { parties }: RunFigures, of: (member: Member) => boolean) =>
  new Map([...members].flatMap(([name, member]) => (of(member) ? [[name, parties[name]!] as const] : [])))

const positive = (wei: Wei): Wei => (wei > 0n ? wei : 0n)

class Searching {
  readonly #simulation: Simulation
  readonly #member: Member
  readonly #options: AdaptiveOptions
  readonly #field: Field
  readonly #play: Play
  readonly #chance: Chance
  readonly #seed: number
  readonly #log: Attempt[] = []

  constructor(simulation: Simulation, member: Member, play: Play, seed: number) {
    const { cast, parameters, chain } = simulation
    this.#simulation = simulation
    this.#member = member
    this.#options = member.options as AdaptiveOptions
    this.#play = play
    this.#seed = seed
    this.#chance = chanceOf(seed, member.name, 'search')
    this.#field = {
      budgetWei: this.#options.budgetWei,
      honest: cast.filter(isHonest).map(({ name }) => name),
      parameters,
      blockSeconds: chain.blockSeconds,
    }
  }

  *search(): Generator<undefined, Search> {
    const alone = replaced(this.#simulation, this.#member, [])
    const run = this.#play(alone, this.#seed)
    const without = profitsOf(run, figuresOf(alone, run), isHonest)
    for (let round = 0; round < this.#options.rounds; round++) {
      this.#log.push(this.#try(this.#next(), round, without))
      yield
    }
    const worst = this.#log.reduce((most, attempt) => (attempt.factor > most.factor ? attempt : most))
    return {
      actor: this.#member.name,
      log: this.#log,
      worst,
      boundFactor: statedBound(this.#simulation.played),
    }
  }

  /** Something new now and then, else what hurt most so far with other options. */
  #next(): Guise {
    const best = this.#log.toSorted((a, b) => b.factor - a.factor).slice(0, KEPT)
    if (best.length === 0 || this.#chance.below(NEW_ONE_IN) === 0) return anyGuise(this.#chance, this.#field)
    return mutated(best[this.#chance.below(best.length)]!, this.#chance, this.#field)
  }

  #try(guise: Guise, round: number, without: ReturnType<typeof profitsOf>): Attempt {
    const member = disguised(this.#member, this.#options, guise)
    const simulation = replaced(this.#simulation, this.#member, [member])
    const run = this.#play(simulation, this.#seed)
    const figures = figuresOf(simulation, run)
    let [harmWei, profitWei, gasWei] = [0n, 0n, 0n]
    for (const [name, { profitWei: had }] of without)
      harmWei += positive(had - figures.parties[name]!.profitWei)
    for (const party of profitsOf(run, figures, (other) => other === member).values()) {
      profitWei += party.profitWei
      gasWei += party.gasWei
    }
    const costWei = profitWei < 0n ? -profitWei : gasWei
    const factor =
      harmWei === 0n ? 0 : costWei === 0n ? Number.POSITIVE_INFINITY : Number(harmWei) / Number(costWei)
    return { ...guise, round, harmWei, costWei, factor, honestLosses: figures.honestLosses }
  }
}

/** What adaptive attackers found, and the simulation in which each plays that. */
export interface Searched {
  readonly simulation: Simulation
  readonly searches: readonly Search[]
}

/**
 * What the adaptive attackers of a simulation found, one after the other, and the simulation in which each plays that. The
 * search is decided by the run's seed, and its runs are none of the run's own. It yields behind each round.
 */
export function* searching(simulation: Simulation, play: Play, seed: number): Generator<undefined, Searched> {
  const searches: Search[] = []
  let found = simulation
  for (const member of simulation.cast.filter(({ strategyName }) => strategyName === 'adaptive')) {
    const search = yield* new Searching(found, member, play, seed).search()
    searches.push(search)
    found = replaced(found, member, [disguised(member, member.options as AdaptiveOptions, search.worst)])
  }
  return { simulation: found, searches }
}
