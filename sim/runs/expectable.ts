import { accountNames } from '../agents/names.ts'
import type { FieldFault } from '../scenario/fault.ts'
import { mustBe } from '../scenario/fault.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { boundsOf, magnitude } from './expectation.ts'

/** What a figure can be: what a file may expect of it, and how a message says that. */
interface Kind {
  readonly allows: (expected: unknown) => boolean
  readonly allowed: string
}

const AMOUNT = 'a number, an amount in decimal digits, or { atLeast, atMost } of them'

const isAmount = (expected: unknown): boolean =>
  magnitude(expected) !== undefined || boundsOf(expected) !== undefined

const amount: Kind = { allows: isAmount, allowed: AMOUNT }
const amountOrNull: Kind = {
  allows: (expected) => expected === null || isAmount(expected),
  allowed: `${AMOUNT}, or null`,
}
const oneOfThese = (words: readonly unknown[]): Kind => ({
  allows: (expected) => words.includes(expected),
  allowed: words.map(String).join(', '),
})
const text: Kind = { allows: (expected) => typeof expected === 'string', allowed: 'a text' }
const textOrNull: Kind = {
  allows: (expected) => expected === null || typeof expected === 'string',
  allowed: 'a text, or null',
}

const PARTY = 'profitWei\\.(mean|min|max)|gasWei|computeUsd|lockedWeiSeconds|bondsLost'

/** Figures of every point, by their paths; `NAME` stands for the name of an account. */
const OF_POINTS: readonly (readonly [path: string, Kind])[] = [
  ['runs|disputes|honestLosses', amount],
  ['(claims\\.)?(final|refuted|falseFinals|expired)', amount],
  ['outsideAssumptions', textOrNull],
  ['finalitySeconds', oneOfThese([null])],
  ['finalitySeconds\\.(min|median|p99|max)', amount],
  ['gas\\.(median|total)', amount],
  [`parties\\.NAME\\.(${PARTY})`, amount],
  ['griefing\\.(attackerWei|victimWei)', amount],
  ['griefing\\.factor', amountOrNull],
  ['chain\\.(blocks|calls|refused|replaced|gasUsed)', amount],
  ['searches\\.NAME\\.(rounds|boundFactor|worst\\.(harmWei|costWei))', amount],
  ['searches\\.NAME\\.worst\\.factor', amountOrNull],
  ['searches\\.NAME\\.worst\\.(role|strategy)', text],
]

/** What a file's only run has besides: the keys of a story. */
const OF_ONE_RUN: readonly (readonly [path: string, Kind])[] = [
  ['claim', oneOfThese(['final', 'refuted', null])],
  ['claimIsTrue', oneOfThese([true, false, null])],
  ['winner', oneOfThese(['server', 'verifier', null])],
  ['by', oneOfThese(['arbitration', 'timeout', 'none'])],
  ['moves|k', amount],
  ['gas\\.byKind\\.[A-Za-z]+', amount],
  ['output\\.(claimed|true)', textOrNull],
  ['balancesWei\\.NAME\\.(before|after)', amount],
]

/** In words, for messages. */
const FIGURES =
  'final, refuted, falseFinals, expired, disputes, honestLosses, outsideAssumptions, finalitySeconds.(min, median, p99, max), ' +
  'gas.(median, total), parties.NAME.(profitWei.(mean, min, max), gasWei, computeUsd, lockedWeiSeconds, bondsLost), ' +
  'griefing.(attackerWei, victimWei, factor)'

const accountsOf = (points: readonly Simulation[]): ReadonlySet<string> =>
  new Set(
    points.flatMap(({ cast }) =>
      cast.flatMap((member) =>
        Array.from({ length: member.count }, (_, number) => [
          // Whoever looks for what hurts most plays whatever it finds, with as many accounts as that takes.
          ...accountNames(member, number, 1),
          ...accountNames(
            member,
            number,
            member.strategyName === 'adaptive' ? 2 : (member.strategy.accounts ?? 1),
          ),
        ]).flat(),
      ),
    ),
  )

/** Paths of what stands in a mapping of mappings. */
const pathsIn = (figure: string, wanted: unknown): readonly string[] =>
  typeof wanted !== 'object' || wanted === null || boundsOf(wanted) !== undefined
    ? [figure]
    : Object.entries(wanted).flatMap(([key, inner]) => pathsIn(`${figure}.${key}`, inner))

/** Undefined where no figure has that path. */
const kindOf = (
  figure: string,
  table: readonly (readonly [path: string, Kind])[],
  accounts: ReadonlySet<string>,
): Kind | undefined => {
  for (const [path, kind] of table) {
    const found = new RegExp(`^(?:${path.replace('NAME', '(?<name>[A-Za-z0-9_.-]+?)')})$`).exec(figure)
    if (found === null) continue
    const name = found.groups?.['name']
    return name === undefined || accounts.has(name) ? kind : undefined
  }
  return undefined
}

/**
 * What is wrong with what a file expects: figures that no point has, and values that they cannot have.
 *
 * @param points the simulation at each point of its grid
 * @param isSingle whether it is one run, which has the keys of a story besides
 */
export const expectationFaults = (
  expected: Readonly<Record<string, unknown>>,
  points: readonly Simulation[],
  isSingle: boolean,
): readonly FieldFault[] => {
  const figures = Object.entries(expected)
  if (figures.length === 0) return []
  const accounts = accountsOf(points)
  return figures.flatMap(([figure, wanted]): FieldFault[] => {
    const path = ['expect', figure]
    const inner = pathsIn(figure, wanted).find(
      (below) => below !== figure && kindOf(below, [...OF_POINTS, ...OF_ONE_RUN], accounts) !== undefined,
    )
    if (inner !== undefined)
      return [{ path, reason: `is a mapping; allowed: figures by their paths, as "${inner}"` }]
    const ofRun = kindOf(figure, OF_ONE_RUN, accounts)
    const kind = kindOf(figure, OF_POINTS, accounts) ?? ofRun
    if (kind === undefined)
      return [
        {
          path,
          reason: `no such figure; allowed: ${FIGURES}, and of a single run claim, claimIsTrue, winner, by`,
        },
      ]
    if (kind === ofRun && !isSingle)
      return [{ path, reason: 'is a figure of one run; allowed in a file without runs and vary' }]
    if (!kind.allows(wanted)) return [{ path, reason: mustBe(wanted, kind.allowed) }]
    const bounds = boundsOf(wanted)
    return bounds?.isEmpty === true
      ? [{ path, reason: 'nothing is at least atLeast and at most atMost; allowed: atLeast up to atMost' }]
      : []
  })
}
