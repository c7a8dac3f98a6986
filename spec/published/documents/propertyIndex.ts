import { ALL_PROPERTIES } from '../../checks/explore/report.ts'
import { PLANTED } from '../../checks/mutants/planted.ts'

/** What must hold, from where it is said: the titles of tests that have an ID, and what is explored on every state. */
interface Property {
  readonly id: string
  readonly sentence: string
  readonly rationale: string
  readonly where: string
}

/** The text of every test of `spec/`, by its path below it. */
export type TestSources = ReadonlyMap<string, string>

/** A comment, if there is one, and behind it a test whose title begins with one ID or more. */
const ID = '[A-Z]+(?:-[A-Z0-9]+)+'
const COMMENT = '(?:\\/\\*\\*((?:(?!\\*\\/)[\\s\\S])*)\\*\\/|((?:[ \\t]*\\/\\/[^\\n]*\\n)+))?'
const CALL = 'test(?:\\.each(?:<[^(]*>)?\\((?:[A-Z_]+|(?:(?!test\\()[\\s\\S])*?\\](?: as const)?)\\))?\\('
const TEST = new RegExp(`${COMMENT}\\s*${CALL}\\s*(['\`])(${ID}(?:, ${ID})*) ((?:(?!\\3).)*)\\3`, 'g')

/** The words of a comment behind "Rationale:". */
const rationaleOf = (comment: string | undefined): string =>
  (comment ?? '')
    .replaceAll(/^\s*(?:\*|\/\/)\s?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^Rationale: /, '')

const ofFile = ([name, text]: readonly [string, string]): readonly Property[] =>
  [...text.matchAll(TEST)].flatMap(([, block, lines, , ids, sentence]) =>
    ids!
      .split(', ')
      .map((id) => ({ id, sentence: sentence!, rationale: rationaleOf(block ?? lines), where: name })),
  )

const explored: readonly Property[] = ALL_PROPERTIES.map(({ id, sentence }) => ({
  id,
  sentence,
  rationale: 'on every state of the small instances',
  where: 'checks/explore/explorer.test.ts',
}))

/** By family, then by number. */
const byId = (a: Property, b: Property): number => {
  const [familyA, familyB] = [a, b].map(({ id }) => id.replace(/-\d+$/, ''))
  if (familyA !== familyB) return familyA! < familyB! ? -1 : 1
  const [numberA, numberB] = [a, b].map(({ id }) => Number(id.replace(/^.*-/, '')))
  return numberA! - numberB! || (a.where < b.where ? -1 : 1)
}

export const properties = (sources: TestSources): readonly Property[] =>
  [...[...sources].flatMap(ofFile), ...explored].sort(byId)

/** How many planted mutants the property must kill in that file. */
const kills = ({ id, where }: Property): number =>
  PLANTED.filter(({ killedBy, test }) => killedBy.split(', ').includes(id) && test === `spec/${where}`).length

const cell = (text: string): string => text.replaceAll('|', '\\|')

export const propertiesDocument = (sources: TestSources): string => {
  const rows = properties(sources).map((property) => {
    const { id, sentence, rationale, where } = property
    return `| ${id} | ${cell(sentence)} | ${cell(rationale)} | \`${where}\` | ${kills(property) || ''} |`
  })
  return `${[
    '# Properties',
    '',
    'Written by `npm run documents` from the titles and comments of the tests of `spec/` and from what is explored. The last column counts the planted mutants that the property alone must kill; generated ones are in `mutants/`.',
    '',
    '| ID | sentence | rationale | where | planted mutants |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')}\n`
}
