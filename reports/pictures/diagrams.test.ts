import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagramTexts, pictureFile, textMark } from './diagrams.ts'

/** What stands in the boxes of the text's states and on its arrows. */
const wordsOfText = (text: string): readonly string[] => {
  const names = new Map([...text.matchAll(/state "(.+)" as (\w+)/g)].map(([, name, id]) => [id, name!]))
  const arrows = [...text.matchAll(/^\s*(\S+) --> (\S+)(?: : (.+))?$/gm)]
  const states = new Set(arrows.flatMap(([, from, to]) => [from!, to!]).filter((id) => id !== '[*]'))
  return [
    ...[...states].map((id) => names.get(id) ?? id),
    ...arrows.flatMap(([, , , calls]) => calls ?? []),
  ].sort()
}

/** The texts of the picture, whose words stand in lines. */
const wordsOfPicture = (picture: string): readonly string[] =>
  [...picture.matchAll(/<text[^>]*>(.*?)<\/text>/gs)]
    .map(([, inner]) =>
      inner!
        .replaceAll(/<tspan class="text-outer-tspan[^>]*>/g, ' ')
        .replaceAll(/<[^>]*>/g, '')
        .trim()
        .replaceAll(/\s+/g, ' '),
    )
    .filter((words) => words !== '')
    .sort()

// Rationale: a picture beside a text that says otherwise teaches other rules.
test('DIAGRAM-1 the committed pictures are of the specification’s diagrams as they are, and say what these say', () => {
  const texts = [...diagramTexts()]
  expect(texts.map(([subject]) => subject)).toEqual(['task', 'claim', 'dispute', 'seal', 'stake'])
  for (const [subject, text] of texts) {
    const picture = readFileSync(pictureFile(subject), 'utf8')
    // Where it is not there: npm run pictures -- --diagrams
    expect(picture).toContain(`<title>States of a ${subject}</title>\n${textMark(text)}\n`)
    const words = wordsOfText(text)
    expect(words.length).toBeGreaterThanOrEqual(5)
    expect(wordsOfPicture(picture)).toEqual(words)
  }
})

// Rationale: they are shown by whoever has the repository, and say nothing of where they were drawn.
test('DIAGRAM-2 a picture fetches nothing, runs nothing, and names no folder of a machine', () => {
  for (const [subject] of diagramTexts()) {
    const picture = readFileSync(pictureFile(subject), 'utf8')
    expect(picture).not.toMatch(/<script|<foreignObject|<image|@import|url\((?!#)/)
    expect(picture.replaceAll('http://www.w3.org/', '')).not.toMatch(
      /https?:|file:|\/(?:home|root|tmp|usr|work)\//,
    )
  }
})
