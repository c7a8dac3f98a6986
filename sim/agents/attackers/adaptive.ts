import type { Parameters, Wei } from '../../../spec/setting/parameters.ts'
import type { Chance } from '../../chance.ts'
import { integer, mapping, wei } from '../../scenario/fields.ts'
import { type AgentRole, agentStrategy } from '../strategy.ts'

const MOST_ROUNDS = 10_000

export interface AdaptiveOptions {
  readonly budgetWei: Wei
  readonly rounds: number
}

/**
 * Plays what hurts most for each ether: before the run it tries the other strategies with options of all kinds, in runs of
 * their own (`sim/simulation/search.ts`), and what it found plays in its place.
 */
export const adaptive = agentStrategy<AdaptiveOptions>({
  options: mapping({ budgetWei: wei(1n), rounds: integer(1, MOST_ROUNDS) }),
  isHonest: () => false,
  play: () => [{ act: () => undefined }],
})

/** Somebody that it can be. */
export interface Guise {
  readonly role: AgentRole
  readonly strategy: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What is around the attack that is looked for. */
export interface Field {
  readonly budgetWei: Wei
  /** Names of honest actors. */
  readonly honest: readonly string[]
  readonly parameters: Parameters
  readonly blockSeconds: number
}

/** One of the other strategies, with options by chance. */
interface Repertoire {
  readonly role: AgentRole
  readonly strategy: string
  readonly isPossible?: (field: Field) => boolean
  readonly options: (chance: Chance, field: Field) => Readonly<Record<string, unknown>>
}

const none = () => ({})
const pick = <Choice>(chance: Chance, choices: readonly Choice[]): Choice =>
  choices[chance.below(choices.length)]!

/** As many bonds as the budget has, and one at least. */
const bonds = (budgetWei: Wei, bondWei: Wei): number => Math.max(1, Number(budgetWei / bondWei))

/** From 1 to `most`, small numbers as often as large ones. */
const upTo = (chance: Chance, most: number): number =>
  Math.max(1, Math.min(most, Math.round(most ** chance.next())))

const DEEPEST = 8
/** Blocks between two attacks on the chain, for each that is replaced: one that replaces all of them is the chain. */
const LEAST_PAUSE = 4
const PAUSES = 60
const MOST_TASKS = 20

const REPERTOIRE: readonly Repertoire[] = [
  {
    role: 'server',
    strategy: 'wrong-anywhere',
    options: (chance) => ({ continuation: pick(chance, ['consistent', 'garbage']) }),
  },
  { role: 'server', strategy: 'silent', options: (chance) => ({ after: chance.below(8) }) },
  { role: 'server', strategy: 'cheat', options: (chance) => ({ probability: chance.next() }) },
  { role: 'server', strategy: 'lazy', options: none },
  {
    role: 'server',
    strategy: 'late',
    options: (chance, { parameters }) => ({ afterSeconds: chance.below(parameters.clockSeconds) }),
  },
  { role: 'server', strategy: 'copier', options: none },
  { role: 'server', strategy: 'self-refuter', options: none },
  { role: 'server', strategy: 'withholder', options: none },
  { role: 'verifier', strategy: 'free-rider', options: none },
  {
    role: 'verifier',
    strategy: 'slow',
    options: (chance, { parameters }) => ({ afterSeconds: chance.below(parameters.clockSeconds) }),
  },
  {
    role: 'verifier',
    strategy: 'frivolous',
    options: (chance, { budgetWei, parameters }) => ({
      disputes: upTo(
        chance,
        Math.min(parameters.disputesAtOnce, bonds(budgetWei, parameters.disputeBondWei)),
      ),
    }),
  },
  {
    role: 'attacker',
    strategy: 'rivals',
    options: (chance, { budgetWei, parameters }) => ({
      claims: upTo(chance, Math.min(64, bonds(budgetWei, parameters.claimBondWei))),
    }),
  },
  { role: 'attacker', strategy: 'front-runner', options: (chance) => ({ tipFactor: 1 + 9 * chance.next() }) },
  {
    role: 'attacker',
    strategy: 'reorganiser',
    options: (chance, { blockSeconds }) => {
      const depth = 1 + chance.below(DEEPEST)
      return { depth, every: depth * blockSeconds * (LEAST_PAUSE + chance.below(PAUSES)) }
    },
  },
  {
    role: 'attacker',
    strategy: 'censor',
    isPossible: ({ honest }) => honest.length > 0,
    options: (chance, { honest, budgetWei }) => ({
      victim: pick(chance, honest),
      budgetWei: String(budgetWei / BigInt(1 + chance.below(8))),
    }),
  },
  {
    role: 'attacker',
    strategy: 'question-flood',
    isPossible: ({ parameters }) => parameters.attention !== undefined,
    options: (chance, { honest }) => ({ tasks: upTo(chance, MOST_TASKS), victims: [...honest] }),
  },
]

const guiseOf = ({ role, strategy, options }: Repertoire, chance: Chance, field: Field): Guise => ({
  role,
  strategy,
  options: options(chance, field),
})

/** Any of them. */
export const anyGuise = (chance: Chance, field: Field): Guise => {
  const possible = REPERTOIRE.filter(({ isPossible }) => isPossible?.(field) ?? true)
  return guiseOf(pick(chance, possible), chance, field)
}

/** The same strategy with other options. */
export const mutated = ({ strategy, role }: Guise, chance: Chance, field: Field): Guise =>
  guiseOf(REPERTOIRE.find((entry) => entry.strategy === strategy && entry.role === role)!, chance, field)
